"""Small pictures, files and archives for the tests."""

import io
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

CLASSES = ("airplane", "cat", "frog")


def smooth(seed: int, height: int = 32, width: int = 32) -> np.ndarray:
    """A picture `(height, width, 3)` uint8 whose colour can be learned: dark is blue, bright is orange."""
    random = np.random.default_rng(seed)
    down, across, start = random.uniform(-1, 1, 3)
    rows = np.linspace(0, down, height)[:, None]
    columns = np.linspace(0, across, width)[None, :]
    bright = 0.5 + 0.4 * np.sin(3 * (rows + columns) + 6 * start)
    rgb = np.stack([bright**0.5, bright, 0.7 - 0.5 * bright], axis=-1)
    return np.rint(rgb.clip(0, 1) * 255).astype(np.uint8)


def noise(seed: int, height: int, width: int) -> np.ndarray:
    """Random colours `(height, width, 3)` uint8."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def file_bytes(image: np.ndarray | Image.Image, file_format: str = "PNG", **options: Any) -> bytes:
    """An image as the bytes of a file."""
    buffer = io.BytesIO()
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(buffer, file_format, **options)
    return buffer.getvalue()


def write_picture(path: Path, pixels: np.ndarray) -> Path:
    """Write a picture where `path` says, in the format of its ending."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path


def write_class_folders(folder: Path, *, train: int, test: int, seed: int = 0) -> Path:
    """`{train,test}/<class>/<number>.png` as in CIFAR-10; numbers start again in each class."""
    for split, count, first in (("train", train, seed), ("test", test, seed + 100_000)):
        for number in range(count):
            name = f"{split}/{CLASSES[number % 3]}/{number // 3}.png"
            write_picture(folder / name, smooth(first + number))
    return folder


def zip_folder(folder: Path, path: Path) -> Path:
    """All files of a folder as a ZIP file."""
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, file.relative_to(folder).as_posix())
    return path


def zip_bytes(path: Path, files: dict[str, bytes]) -> Path:
    """A ZIP file of these names and contents."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def huge_png(width: int, height: int) -> bytes:
    """A PNG file whose header claims this size, with next to no pixels behind it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(64))) + chunk(b"IEND", b"")
    )


def plain_luma(pixels: np.ndarray) -> np.ndarray:
    """0.299 R + 0.587 G + 0.114 B of `(..., 3)` in float64, written out once more to check the program's."""
    return pixels.astype(np.float64) @ np.array([0.299, 0.587, 0.114])
