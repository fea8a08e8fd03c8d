"""Images written one after the other into a `.npy` file whose length is known only at the end."""

import hashlib
import io
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

_HEADER_BYTES = 128


class PackedWriter:
    """Streams `(size, size, 3)` uint8 images into a `.npy` file.

    Use as a context manager; `count` tells how many images were written and `digest` hashes them.
    """

    def __init__(self, path: Path, size: int) -> None:
        self._path = path
        self._size = size
        self.count = 0
        self._hash = hashlib.sha256()

    def __enter__(self) -> Self:
        self._file = self._path.open("wb")
        self._file.write(bytes(_HEADER_BYTES))
        return self

    def append(self, pixels: np.ndarray) -> None:
        """Write one image, `(size, size, 3)` uint8."""
        if pixels.shape != (self._size, self._size, 3) or pixels.dtype != np.uint8:
            raise ValueError(f"expected uint8 {self._size}x{self._size}x3, got {pixels.dtype} {pixels.shape}")
        data = pixels.tobytes()
        self._hash.update(data)
        self._file.write(data)
        self.count += 1

    @property
    def digest(self) -> str:
        """SHA-256 of all pixels so far, in hexadecimal."""
        return self._hash.hexdigest()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        header = io.BytesIO()
        shape = (self.count, self._size, self._size, 3)
        np.lib.format.write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": shape})
        assert header.tell() == _HEADER_BYTES  # NumPy pads headers of this kind to 128 bytes.
        self._file.seek(0)
        self._file.write(header.getvalue())
        self._file.close()
