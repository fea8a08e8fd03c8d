"""Find near-duplicates: the same image saved again, brightened or recolored.

What is compared is where an image gets brighter and darker: the differences between neighboring luma values of a 16x16
thumbnail. Their correlation is 1 for the same image at any brightness and contrast. Comparing luma itself confuses
photographs of the same layout, such as any two ships between sea and sky; comparing differences does not.
"""

import numpy as np
from PIL import Image

MIN_CORRELATION = 0.8
"""Correlation above which two images may be near-duplicates; below 0.75, different ships at sea begin to match."""

MIN_CLIPPED_CORRELATION = 0.7
"""The same with the strongest differences clipped, so that a white frame, a horizon or a corner does not decide alone.
On CIFAR-10, up to 0.698 the pairs are different pictures in equal frames; of the true ones, a single one is below."""

_MIN_COARSE_CORRELATION = 0.75
_FINE, _COARSE = 16, 8
_MIN_LENGTH = 40.0
"""Length of the vector of differences below which an image is so flat that only its noise would be compared."""
_BLOCK = 8192
_MAX_CANDIDATES = 16
"""How many coarse matches are compared finely, the best first."""


def edges(pixels: np.ndarray, side: int = _COARSE) -> np.ndarray:
    """Return the luma differences of images as vectors of length 1 (or 0 for images too flat to compare).

    Args:
        pixels: `(N, H, W, 3)` uint8.
        side: of the thumbnails that are compared, 8 or 16.

    Returns:
        `(N, 2 * side * (side - 1))` float32.
    """
    gray = np.empty((len(pixels), _FINE, _FINE), np.float32)
    for row, image in enumerate(pixels):
        thumbnail = Image.fromarray(image).convert("L").resize((_FINE, _FINE), Image.Resampling.BOX)
        gray[row] = np.asarray(thumbnail)
    step = _FINE // side
    gray = gray.reshape(len(pixels), side, step, side, step).mean(axis=(2, 4))
    across, down = np.diff(gray, axis=2), np.diff(gray, axis=1)
    shape = (len(pixels), side * (side - 1))
    vectors = np.concatenate([across.reshape(shape), down.reshape(shape)], axis=1)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.where(lengths < _MIN_LENGTH, 0, vectors / np.maximum(lengths, 1e-6)).astype(np.float32)


class NearDuplicateIndex:
    """Finds the image in a set that another image nearly duplicates.

    A matrix product compares coarse thumbnails of all images; the few that match are compared finely.
    """

    def __init__(self, pixels: np.ndarray) -> None:
        """
        Args:
            pixels: `(N, H, W, 3)` uint8, memory-mapped: only 448 bytes per image are held in memory.
        """
        self._pixels = pixels
        blocks = [edges(pixels[start : start + _BLOCK]) for start in range(0, len(pixels), _BLOCK)]
        self._coarse = np.concatenate(blocks) if blocks else edges(pixels)

    def find(self, pixels: np.ndarray, coarse: np.ndarray) -> list[int | None]:
        """Return for each image the row of its best match in the set, or None.

        Args:
            pixels: `(n, H, W, 3)` uint8.
            coarse: their `edges`.
        """
        candidates: list[list[tuple[float, int]]] = [[] for _ in pixels]
        for start in range(0, len(self._coarse), _BLOCK):
            correlation = coarse @ self._coarse[start : start + _BLOCK].T
            for row, column in np.argwhere(correlation > _MIN_COARSE_CORRELATION):
                candidates[row].append((-float(correlation[row, column]), start + int(column)))
        return [
            self._best_match(image, [row for _, row in sorted(matches)[:_MAX_CANDIDATES]]) if matches else None
            for image, matches in zip(pixels, candidates, strict=True)
        ]

    def _best_match(self, image: np.ndarray, rows: list[int]) -> int | None:
        others, vector = edges(self._pixels[rows], _FINE), edges(image[None], _FINE)[0]
        correlation = others @ vector
        correlation[_clip(others) @ _clip(vector) < MIN_CLIPPED_CORRELATION] = 0
        best = int(correlation.argmax())
        return rows[best] if correlation[best] >= MIN_CORRELATION else None


def _clip(vectors: np.ndarray) -> np.ndarray:
    """Clip vectors at 1.5 times the third quartile of their absolute values, and scale them to length 1 (or 0)."""
    limit = 1.5 * np.quantile(np.abs(vectors), 0.75, axis=-1, keepdims=True)
    clipped = vectors.clip(-limit, limit)
    return clipped / np.maximum(np.linalg.norm(clipped, axis=-1, keepdims=True), 1e-6)
