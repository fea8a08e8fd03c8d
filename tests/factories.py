"""Small pictures, files and archives for the tests."""

import io
import stat
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

CLASSES = ("airplane", "cat", "frog")
LINNAEUS_CLASSES = ("berry", "bird", "dog", "flower", "other")


def smooth(seed: int, height: int = 32, width: int = 32) -> np.ndarray:
    """A picture `(height, width, 3)` uint8 whose color can be learned: dark is blue, bright is orange."""
    random = np.random.default_rng(seed)
    down, across, start = random.uniform(-1, 1, 3)
    rows = np.linspace(0, down, height)[:, None]
    columns = np.linspace(0, across, width)[None, :]
    bright = 0.5 + 0.4 * np.sin(3 * (rows + columns) + 6 * start)
    rgb = np.stack([bright**0.5, bright, 0.7 - 0.5 * bright], axis=-1)
    return np.rint(rgb.clip(0, 1) * 255).astype(np.uint8)


def noise(seed: int, height: int, width: int) -> np.ndarray:
    """Random colors `(height, width, 3)` uint8."""
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


def tar_bytes(path: Path, files: dict[str, bytes], mode: str = "w") -> Path:
    """A TAR file of these names and contents; `mode` says how it is compressed, as for `tarfile.open`."""
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path


def rar_bytes(path: Path, files: dict[str, bytes], *, mode: int = stat.S_IFREG | 0o644, flags: int = 0) -> Path:
    """A RAR file (format 3, stored) of these names and contents.

    Args:
        path: where to write it.
        files: contents by name.
        mode: Unix mode of every file.
        flags: of every file, such as 4 for encrypted.

    Source:
        The format note that came with RAR 3, technote.txt.
    """

    def block(kind: int, bits: int, fields: bytes, data: bytes = b"") -> bytes:
        rest = struct.pack("<BHH", kind, bits, 7 + len(fields)) + fields
        return struct.pack("<H", zlib.crc32(rest) & 0xFFFF) + rest + data

    blocks = [b"Rar!\x1a\x07\x00", block(0x73, 0, bytes(6))]
    for name, data in files.items():
        encoded = name.replace("/", "\\").encode()
        fields = struct.pack(
            "<IIBIIBBHI", len(data), len(data), 3, zlib.crc32(data), 0x5A000000, 20, 0x30, len(encoded), mode
        )
        blocks.append(block(0x74, 0x8000 | flags, fields + encoded, data))
    path.write_bytes(b"".join([*blocks, block(0x7B, 0x4000, b"")]))
    return path


def folder_bytes(folder: Path) -> dict[str, bytes]:
    """All files of a folder by their paths inside it."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*.*"))
            if path.is_file()}  # fmt: skip


def write_linnaeus(folder: Path, size: int = 32) -> Path:
    """Five classes with the same file names in each, laid out as Linnaeus 5."""
    for split, count, first in (("train", 6, 0), ("test", 2, 500)):
        for number, group in enumerate(LINNAEUS_CLASSES):
            for picture in range(1, count + 1):
                name = f"Linnaeus 5 {size}X{size}/{split}/{group}/{picture}_{size}.jpg"
                write_picture(folder / name, smooth(first + 10 * number + picture, size, size))
    return folder
