"""Pictures that all but equal each other, though not byte for byte: saved anew, brighter, recolored.

What is compared is where a picture gets brighter and darker, in its luma: the differences between
neighboring pixels of a 16x16 thumbnail. Their correlation is 1 for the same picture at any brightness and
contrast. Comparing the gray values themselves takes any two photographs of a ship between sky and sea for
the same one; comparing differences does not.
"""

import numpy as np
from PIL import Image

SAME = 0.8
"""Correlation from which two pictures count as the same. On CIFAR-10, all of 24 pairs drawn at random from
those just above it show the same picture; below 0.75 ships at sea begin to mix in."""

_COARSE_SAME = 0.75
_FINE, _COARSE = 16, 8
_FLAT = 40.0
"""Length of the vector of differences below which a picture is so even that its noise would decide."""
_BLOCK = 8192
_MOST_COMPARED = 16
"""So many of those that agree coarsely are compared finely, the likeliest first."""


def edges(pixels: np.ndarray, side: int = _COARSE) -> np.ndarray:
    """Where pictures get brighter and darker, as vectors of length 1 (or 0 for pictures too even to tell).

    Args:
        pixels: `(N, H, W, 3)` uint8.
        side: of the thumbnails that are compared, 8 or 16.

    Returns:
        `(N, 2 * side * (side - 1))` float32.
    """
    gray = np.empty((len(pixels), _FINE, _FINE), np.float32)
    for row, picture in enumerate(pixels):
        small = Image.fromarray(picture).convert("L").resize((_FINE, _FINE), Image.Resampling.BOX)
        gray[row] = np.asarray(small)
    step = _FINE // side
    gray = gray.reshape(len(pixels), side, step, side, step).mean(axis=(2, 4))
    across, down = np.diff(gray, axis=2), np.diff(gray, axis=1)
    shape = (len(pixels), side * (side - 1))
    vectors = np.concatenate([across.reshape(shape), down.reshape(shape)], axis=1)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.where(lengths < _FLAT, 0, vectors / np.maximum(lengths, 1e-6)).astype(np.float32)


class NearDuplicateIndex:
    """Finds the picture of one set that another picture all but equals.

    A product of matrices compares coarse thumbnails of all; the few that agree are compared finely.
    """

    def __init__(self, pixels: np.ndarray) -> None:
        """
        Args:
            pixels: `(N, H, W, 3)` uint8, memory-mapped: only 448 bytes of each picture are kept in memory.
        """
        self._pixels = pixels
        blocks = [edges(pixels[start : start + _BLOCK]) for start in range(0, len(pixels), _BLOCK)]
        self._coarse = np.concatenate(blocks) if blocks else edges(pixels)

    def find(self, pixels: np.ndarray, coarse: np.ndarray) -> list[int | None]:
        """For each picture the row of the set's picture that it is most like, or None.

        Args:
            pixels: `(n, H, W, 3)` uint8.
            coarse: their `edges`.
        """
        candidates: list[list[tuple[float, int]]] = [[] for _ in pixels]
        for start in range(0, len(self._coarse), _BLOCK):
            near_duplicates = coarse @ self._coarse[start : start + _BLOCK].T
            for row, column in np.argwhere(near_duplicates > _COARSE_SAME):
                candidates[row].append((-float(near_duplicates[row, column]), start + int(column)))
        return [
            self._most_like(picture, [row for _, row in sorted(found)[:_MOST_COMPARED]]) if found else None
            for picture, found in zip(pixels, candidates, strict=True)
        ]

    def _most_like(self, picture: np.ndarray, rows: list[int]) -> int | None:
        others = edges(self._pixels[rows], _FINE)
        near_duplicates = others @ edges(picture[None], _FINE)[0]
        best = int(near_duplicates.argmax())
        return rows[best] if near_duplicates[best] >= SAME else None
