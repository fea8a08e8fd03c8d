"""Detection of gray and toned pictures."""

import numpy as np

from colorizer.imaging import Picture
from colorizer.imaging.monochrome import is_gray, is_monochrome

RANDOM = np.random.default_rng(0)
GRAY = np.repeat(RANDOM.integers(0, 256, (40, 40, 1), dtype=np.uint8), 3, axis=-1)


def test_is_gray() -> None:
    colored = Picture(RANDOM.integers(0, 256, (40, 40, 3), dtype=np.uint8))
    assert is_gray(Picture(GRAY))
    assert is_monochrome(Picture(GRAY))
    assert not is_gray(colored)
    assert not is_monochrome(colored)


def test_sepia_print_is_monochrome_but_not_gray() -> None:
    curve = np.array([0.8, 1.1, 1.6])  # Shadows reddish brown, lights cream.
    toned = (255 * (GRAY / 255.0) ** curve).round().astype(np.uint8)
    assert not is_gray(Picture(toned))
    assert is_monochrome(Picture(toned))
    half_blue = toned.copy()
    half_blue[:20, :, 2] = 200
    assert not is_monochrome(Picture(half_blue))
