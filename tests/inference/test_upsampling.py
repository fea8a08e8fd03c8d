"""Guided upsampling of chroma."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from colorizer.color import luma
from colorizer.inference.upsampling import ChromaLines, fit_lines


def random_tensor(seed: int, *shape: int) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).random(shape, dtype=np.float32))


def upsample(lines: ChromaLines, gray: torch.Tensor) -> torch.Tensor:
    """Return the chroma of a whole picture `(3, H, W)` from its luma `(1, H, W)`."""
    return torch.cat([offset + slope * gray[:, a:b] for a, b, slope, offset in lines.strips(*gray.shape[1:])], dim=1)


def test_lines_interpolate_the_thumbnail_exactly() -> None:
    chroma = random_tensor(0, 3, 9, 7) - 0.5
    gray = random_tensor(1, 1, 9, 7)
    torch.testing.assert_close(upsample(fit_lines(gray, chroma), gray), chroma)


def test_uniform_chroma_stays_uniform() -> None:
    color = torch.tensor([0.2, -0.1, 0.0])[:, None, None]
    lines = fit_lines(random_tensor(2, 1, 12, 9), color.expand(3, 12, 9))
    result = upsample(lines, random_tensor(3, 1, 120, 90))
    torch.testing.assert_close(result, color.expand(3, 120, 90), atol=1e-4, rtol=0)


def test_flat_luma_gives_bilinear_upsampling() -> None:
    chroma = random_tensor(4, 3, 6, 8) - 0.5
    result = upsample(fit_lines(torch.full((1, 6, 8), 0.5), chroma), torch.full((1, 30, 40), 0.5))
    expected = F.interpolate(chroma[None], size=(30, 40), mode="bilinear", align_corners=False)[0]
    torch.testing.assert_close(result, expected, atol=1e-5, rtol=0)


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 5))
def test_upsampled_chroma_has_no_luma_at_any_size(rows: int, columns: int, scale: int) -> None:
    rgb = random_tensor(4, 3, rows, columns)
    height, width = rows * scale + scale // 2, columns * scale
    lines = fit_lines(random_tensor(5, 1, rows, columns), rgb - luma(rgb))
    result = upsample(lines, random_tensor(6, 1, height, width))
    assert result.shape == (3, height, width)
    assert luma(result).abs().max() < 1e-4


def test_color_edges_follow_luma_edges() -> None:
    bright = torch.arange(64).ge(30).expand(1, 64, 64)
    gray = torch.where(bright, 0.8, 0.3)
    warm = torch.tensor([0.1, 0.0, -0.1])[:, None, None]
    true = torch.where(bright, warm, -warm)
    small_gray, small_chroma = F.avg_pool2d(gray, 8), F.avg_pool2d(true, 8)
    followed = upsample(fit_lines(small_gray, small_chroma), gray)
    smooth = F.interpolate(small_chroma[None], size=(64, 64), mode="bilinear", align_corners=False)[0]
    assert (followed - true).abs().mean() < 0.5 * (smooth - true).abs().mean()
