"""Packed arrays, written one image at a time."""

from pathlib import Path

import numpy as np
import pytest

from colorizer.datasets.prepare.write import PackedWriter, holds_images, packed_digest
from tests.factories import noise


@pytest.mark.parametrize("count", [0, 1, 5])
def test_packed_array_is_a_plain_numpy_file(count: int, tmp_path: Path) -> None:
    pictures = [noise(number, 8, 8)[None] for number in range(count)]
    with PackedWriter(tmp_path / "a.npy", 8) as writer:
        for picture in pictures:
            writer.append(picture)
    loaded = np.load(tmp_path / "a.npy", allow_pickle=False)
    assert loaded.shape == (count, 8, 8, 3)
    assert loaded.dtype == np.uint8
    assert all(np.array_equal(one, other) for one, other in zip(loaded, (p[0] for p in pictures), strict=True))
    assert writer.count == count


def test_digest_changes_with_any_pixel(tmp_path: Path) -> None:
    digests = set()
    for change in range(3):
        picture = np.zeros((1, 8, 8, 3), dtype=np.uint8)
        picture[0, 7, 7, change] = 1
        with PackedWriter(tmp_path / "a.npy", 8) as writer:
            writer.append(picture)
        digests.add(packed_digest(tmp_path / "a.npy"))
    assert len(digests) == 3


@pytest.mark.parametrize(
    "wrong", [np.zeros((1, 8, 9, 3), np.uint8), np.zeros((8, 8, 3), np.uint8), np.zeros((1, 8, 8, 3))]
)
def test_wrong_shapes_and_types_are_refused(wrong: np.ndarray, tmp_path: Path) -> None:
    with PackedWriter(tmp_path / "a.npy", 8) as writer, pytest.raises(ValueError, match="expected uint8"):
        writer.append(wrong)


def test_interrupted_packing_resumes(tmp_path: Path) -> None:
    pictures = np.stack([noise(number, 8, 8) for number in range(5)])
    with PackedWriter(tmp_path / "whole.npy", 8) as writer:
        writer.append(pictures)
    data = (tmp_path / "whole.npy").read_bytes()
    (tmp_path / "half.npy").write_bytes(bytes(128) + data[128 : 128 + 3 * 192 + 50])
    with PackedWriter(tmp_path / "half.npy", 8, 3) as writer:
        writer.append(pictures[3:])
    assert (tmp_path / "half.npy").read_bytes() == data
    assert holds_images(tmp_path / "half.npy", 8, 5)
    assert not holds_images(tmp_path / "half.npy", 8, 6)
    assert not holds_images(tmp_path / "none.npy", 8, 1)
