"""Packed arrays, written one image at a time."""

from pathlib import Path

import numpy as np
import pytest

from colorizer.datasets.pack import PackedWriter
from tests.making import noise


@pytest.mark.parametrize("count", [0, 1, 5])
def test_what_is_packed_is_an_ordinary_numpy_file(count: int, tmp_path: Path) -> None:
    pictures = [noise(number, 8, 8) for number in range(count)]
    with PackedWriter(tmp_path / "a.npy", 8) as writer:
        for picture in pictures:
            writer.append(picture)
    loaded = np.load(tmp_path / "a.npy", allow_pickle=False)
    assert loaded.shape == (count, 8, 8, 3)
    assert loaded.dtype == np.uint8
    assert all(np.array_equal(one, other) for one, other in zip(loaded, pictures, strict=True))
    assert writer.count == count


def test_the_digest_changes_with_any_pixel(tmp_path: Path) -> None:
    digests = set()
    for change in range(3):
        picture = np.zeros((8, 8, 3), dtype=np.uint8)
        picture[7, 7, change] = 1
        with PackedWriter(tmp_path / "a.npy", 8) as writer:
            writer.append(picture)
        digests.add(writer.digest)
    assert len(digests) == 3


@pytest.mark.parametrize("wrong", [np.zeros((8, 9, 3), np.uint8), np.zeros((8, 8), np.uint8), np.zeros((8, 8, 3))])
def test_other_shapes_and_types_are_refused(wrong: np.ndarray, tmp_path: Path) -> None:
    with PackedWriter(tmp_path / "a.npy", 8) as writer, pytest.raises(ValueError, match="expected uint8 8x8x3"):
        writer.append(wrong)
