"""Images written one after the other into a `.npy` file whose length is known only at the end."""

import hashlib
import io
import os
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

_HEADER_BYTES = 128


class PackedWriter:
    """Streams `(n, size, size, 3)` uint8 images into a `.npy` file, or goes on with one.

    Use as a context manager; `count` tells how many images were written.
    """

    def __init__(self, path: Path, size: int, count: int = 0) -> None:
        """
        Args:
            path: the file.
            size: side of the images in pixels.
            count: how many images that are there already are to be kept; others are cut off.
        """
        self._path = path
        self._size = size
        self.count = count

    def __enter__(self) -> Self:
        self._file = self._path.open("r+b" if self.count else "wb")
        if self.count:
            end = _HEADER_BYTES + self.count * self._size**2 * 3
            self._file.truncate(end)
            self._file.seek(end)
        else:
            self._file.write(bytes(_HEADER_BYTES))
        return self

    def append(self, pixels: np.ndarray) -> None:
        """Write images, `(n, size, size, 3)` uint8."""
        if pixels.shape[1:] != (self._size, self._size, 3) or pixels.ndim != 4 or pixels.dtype != np.uint8:
            raise ValueError(f"expected uint8 (n, {self._size}, {self._size}, 3), got {pixels.dtype} {pixels.shape}")
        self._file.write(pixels.tobytes())
        self.count += len(pixels)

    def flush(self) -> None:
        """Hand everything over to the system, so that it survives the end of this process."""
        self._file.flush()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        header = io.BytesIO()
        shape = (self.count, self._size, self._size, 3)
        np.lib.format.write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": shape})
        assert header.tell() == _HEADER_BYTES  # NumPy pads headers of this kind to 128 bytes.
        with self._file:
            self._file.seek(0)
            self._file.write(header.getvalue())
            if kind is None:
                self._file.flush()
                os.fsync(self._file.fileno())


def holds(path: Path, size: int, count: int) -> bool:
    """Whether a file is long enough for so many images, finished or not."""
    return count == 0 or (path.is_file() and path.stat().st_size >= _HEADER_BYTES + count * size**2 * 3)


def packed_digest(path: Path) -> str:
    """SHA-256 of the pixels in a packed array, in hexadecimal."""
    with path.open("rb") as file:
        file.seek(_HEADER_BYTES)
        return hashlib.file_digest(file, "sha256").hexdigest()
