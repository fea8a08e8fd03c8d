"""Names and colors of runs."""

from itertools import pairwise

import pytest

from colorizer.comparison.comparison import Comparison
from colorizer.comparison.labels import PALETTE, colors, label
from colorizer.runs.store import Run, create_run
from tests.training.helpers import tiny_config


def luminance(color: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    channels = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("background", ["#fdfcfa", "#161412", "#ffffff"])
def test_each_color_stands_out_on_light_and_dark(background: str) -> None:
    for color in PALETTE:
        light, dark = sorted((luminance(color), luminance(background)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 3.5, color


def test_up_to_eight_runs_have_different_colors_and_keep_them() -> None:
    every = [f"run-{number}" for number in range(20)]
    chosen = [every[number] for number in (0, 8, 16, 3, 11, 19, 5, 6)]
    given = colors(chosen, every)
    assert len(set(given.values())) == 8
    assert colors(["run-3"], every)["run-3"] == PALETTE[3] == colors(["run-2", "run-3", "run-4"], every)["run-3"]
    assert all(one != other for one, other in pairwise(colors(every, every).values()))


def test_shipped_runs_are_called_by_their_architecture(trained: Run) -> None:
    assert label(trained) == "trained"
    shipped = create_run("unet", tiny_config("unet"))
    assert label(shipped) == "U-Net"
    same = create_run("U-Net", tiny_config("unet"))
    assert list(Comparison((shipped, same), "tiny", ()).labels.values()) == ["unet", "U-Net"]
    assert label(create_run("fc512", tiny_config("unet"))) == "fc512", "the name alone does not make it one"
