"""The study beside our runs, and its mistake."""

import numpy as np
import pytest
import torch

from colorizer.comparison.study import entries, mistaken
from colorizer.comparison.study_html import layout_html, study_table_html
from colorizer.imaging import Picture
from tests.comparison.factories import figures_of


def test_the_mistake_is_what_view_does() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    expected = torch.from_numpy(pixels).view(3, 32, 32).permute(1, 2, 0).numpy()
    assert np.array_equal(mistaken(pixels), expected)


def test_several_pictures_are_mistaken_each_by_itself() -> None:
    pixels = np.random.default_rng(0).random((4, 32, 32, 3), dtype=np.float32)
    assert np.array_equal(mistaken(pixels), np.stack([mistaken(picture) for picture in pixels]))


def test_each_channel_becomes_a_third_of_the_picture_with_its_thirds_line_by_line() -> None:
    pixels = np.zeros((33, 33, 3), np.uint8)
    pixels[:11] = 10
    pixels[11:22] = 20
    pixels[:, 22:] += 5
    wrong = mistaken(pixels)
    assert set(np.unique(wrong[..., 0])) == {10, 15}
    assert set(np.unique(wrong[..., 1])) == {20, 25}
    assert set(np.unique(wrong[..., 2])) == {0, 5}
    assert (wrong[2::3, :, 0] == 15).all(), "each third line is the right third"
    assert (wrong[0::3, :, 0] == 10).all()


def test_the_sums_of_the_study_stand_beside_ours() -> None:
    ours = figures_of("mine", 0.0045, architecture="unet")
    lines = entries([figures_of("gray", 0.0066), ours], {"mine": 2.0}, {"mine": "My U-Net"})
    assert [(line.network, line.who, line.train_sum, line.test_sum) for line in lines] == [
        ("Left gray", "", None, pytest.approx(0.66)),
        ("FC-512", "the study", 2.3465, 1.4805),
        ("FC-2048", "the study", 0.8541, 1.3706),
        ("U-Net", "the study", 28.655, 6.7071),
        ("My U-Net", "ours", 2.0, pytest.approx(0.45)),
    ]
    assert lines[2].test_mse == pytest.approx(0.013706)
    table = study_table_html(lines, {"mine": "#123456"})
    assert table.count("<tr") == 6
    assert "--run:#123456" in table
    assert study_table_html(entries([], {}, {}), {}).count("<tr") == 4, "without figures the study stands alone"


def test_the_mistake_is_shown_on_a_square_of_any_picture() -> None:
    pixels = Picture(np.full((40, 90, 3), 7, np.uint8)).square_thumbnail(32)
    assert pixels.shape == (32, 32, 3)
    assert layout_html(pixels).count("<img") == 5
