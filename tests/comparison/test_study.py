"""The study beside our runs, and its data-layout bug."""

import numpy as np
import pytest
import torch

from colorizer.comparison.study import scramble, scramble_html, study_rows, study_table_html
from colorizer.imaging import Picture
from tests.comparison.factories import metrics_of


def test_scramble_equals_torch_view() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    expected = torch.from_numpy(pixels).view(3, 32, 32).permute(1, 2, 0).numpy()
    assert np.array_equal(scramble(pixels), expected)


def test_scramble_handles_batches() -> None:
    pixels = np.random.default_rng(0).random((4, 32, 32, 3), dtype=np.float32)
    assert np.array_equal(scramble(pixels), np.stack([scramble(picture) for picture in pixels]))


def test_channels_become_interleaved_thirds() -> None:
    pixels = np.zeros((33, 33, 3), np.uint8)
    pixels[:11] = 10
    pixels[11:22] = 20
    pixels[:, 22:] += 5
    wrong = scramble(pixels)
    assert set(np.unique(wrong[..., 0])) == {10, 15}
    assert set(np.unique(wrong[..., 1])) == {20, 25}
    assert set(np.unique(wrong[..., 2])) == {0, 5}
    assert (wrong[2::3, :, 0] == 15).all(), "each third line is the right third"
    assert (wrong[0::3, :, 0] == 10).all()


def test_study_sums_stand_beside_ours() -> None:
    ours = metrics_of("mine", 0.0045, architecture="unet")
    lines = study_rows([metrics_of("gray", 0.0066), ours], {"mine": 2.0}, {"mine": "My U-Net"})
    assert [(line.network, line.source, line.train_sum, line.test_sum) for line in lines] == [
        ("Grayscale baseline", "", None, pytest.approx(0.66)),
        ("FC-512", "study", 2.3465, 1.4805),
        ("FC-2048", "study", 0.8541, 1.3706),
        ("U-Net", "study", 28.655, 6.7071),
        ("My U-Net", "ours", 2.0, pytest.approx(0.45)),
    ]
    assert lines[2].test_mse == pytest.approx(0.013706)
    table = study_table_html(lines, {"mine": "#123456"})
    assert table.count("<tr") == 6
    assert "--run:#123456" in table
    assert study_table_html(study_rows([], {}, {}), {}).count("<tr") == 4, "without metrics only the study is shown"


def test_scramble_html_shows_five_pictures() -> None:
    pixels = Picture(np.full((40, 90, 3), 7, np.uint8)).square_thumbnail(32)
    assert pixels.shape == (32, 32, 3)
    assert scramble_html(pixels).count("<img") == 5
