"""From thumbnail colors to full size, along the edges of the photograph."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from colorizer.color import luma
from colorizer.inference.upsampling import fit_lines


def random_tensor(seed: int, *shape: int) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).random(shape, dtype=np.float32))


def test_lines_run_exactly_through_the_colors_of_the_thumbnail() -> None:
    chroma = random_tensor(0, 3, 9, 7) - 0.5
    gray = random_tensor(1, 1, 9, 7)
    torch.testing.assert_close(fit_lines(gray, chroma).enlarge(gray), chroma)


def test_one_color_everywhere_stays_that_color() -> None:
    color = torch.tensor([0.2, -0.1, 0.0])[:, None, None]
    lines = fit_lines(random_tensor(2, 1, 12, 9), color.expand(3, 12, 9))
    result = lines.enlarge(random_tensor(3, 1, 120, 90))
    torch.testing.assert_close(result, color.expand(3, 120, 90), atol=1e-4, rtol=0)


def test_where_brightness_says_nothing_enlargement_is_smooth() -> None:
    chroma = random_tensor(4, 3, 6, 8) - 0.5
    result = fit_lines(torch.full((1, 6, 8), 0.5), chroma).enlarge(torch.full((1, 30, 40), 0.5))
    expected = F.interpolate(chroma[None], size=(30, 40), mode="bilinear", align_corners=False)[0]
    torch.testing.assert_close(result, expected, atol=1e-5, rtol=0)


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 5))
def test_no_luma_is_added_whatever_the_sizes(rows: int, columns: int, scale: int) -> None:
    rgb = random_tensor(4, 3, rows, columns)
    height, width = rows * scale + scale // 2, columns * scale
    lines = fit_lines(random_tensor(5, 1, rows, columns), rgb - luma(rgb))
    result = lines.enlarge(random_tensor(6, 1, height, width))
    assert result.shape == (3, height, width)
    assert luma(result).abs().max() < 1e-4


def test_colors_change_where_the_brightness_does() -> None:
    bright = torch.arange(64).ge(30).expand(1, 64, 64)
    gray = torch.where(bright, 0.8, 0.3)
    warm = torch.tensor([0.1, 0.0, -0.1])[:, None, None]
    true = torch.where(bright, warm, -warm)
    small_gray, small_chroma = F.avg_pool2d(gray, 8), F.avg_pool2d(true, 8)
    followed = fit_lines(small_gray, small_chroma).enlarge(gray)
    smooth = F.interpolate(small_chroma[None], size=(64, 64), mode="bilinear", align_corners=False)[0]
    assert (followed - true).abs().mean() < 0.5 * (smooth - true).abs().mean()
