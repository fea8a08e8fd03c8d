"""TAR files, plain or compressed by gzip, bzip2 or xz.

A plain one is read where it lies. A compressed one can only be read from its beginning, so it is first
expanded, not unpacked: one plain TAR file in the folder of the dataset in the making.
"""

import bz2
import gzip
import lzma
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, cast

from colorizer.datasets.sources.base import (
    MAX_RATIO,
    Entry,
    Progress,
    not_a_file,
    read_range,
    readable,
    safe_parts,
    validate_size,
)  # fmt: skip
from colorizer.errors import InputError, UserError
from colorizer.imaging.decode import is_image_path

_BLOCK = 2**20
_PLAIN = "plain.tar"
_OPENERS: dict[bytes, Any] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\0": lzma.open}
_DAMAGE = (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError, OSError, ValueError)


@dataclass(frozen=True)
class TarSource:
    """A TAR file."""

    label: str
    path: Path

    def entries(self) -> Iterator[Entry]:
        """All image files in it."""
        with self.path.open("rb") as file:
            yield from list_tar(file, self.label)

    def stage(self, folder: Path, progress: Progress) -> None:
        """Expand it into `folder` if it is compressed."""
        with self.path.open("rb") as file, _expanded(file) as content:
            if content is file:
                return
            length = self.path.stat().st_size
            with (folder / _PLAIN).open("wb") as copy:
                try:
                    while block := content.read(_BLOCK):
                        copy.write(block)
                        _check_ratio(copy.tell(), length, self.label)
                        progress(f"Expanding {self.label}", file.tell(), length)
                except (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile) as error:
                    raise _damaged(self.label, error) from None

    def staged(self, folder: Path) -> "TarSource":
        """Itself, or its expanded copy in `folder`."""
        return replace(self, path=folder / _PLAIN) if (folder / _PLAIN).exists() else self

    def read(self, entry: Entry) -> bytes:
        """The bytes of one file."""
        return read_range(self.path, entry.offset, entry.size, f"{readable(entry.name)} in {self.label}")


def list_tar(file: BinaryIO, label: str) -> Iterator[Entry]:
    """The image files of a TAR file, in its order; offsets are those in the expanded file.

    Raises:
        InputError: it is damaged, or not safe to read.
    """
    length = file.seek(0, 2)
    file.seek(0)
    try:
        with _expanded(file) as content, tarfile.open(fileobj=content, mode="r:") as archive:
            while (member := archive.next()) is not None:
                # TarFile remembers every member, which nobody here needs.
                archive.members = []  # type: ignore[attr-defined]
                parts = safe_parts(member.name, label)
                if member.issparse() or not (member.isreg() or member.isdir()):
                    raise not_a_file(member.name, label)
                _check_ratio(member.offset_data + member.size, length, label)
                if member.isreg() and is_image_path(parts):
                    validate_size(member.name, member.size, length, label)
                    yield Entry(member.name, member.size, member.offset_data)
            content.seek(archive.offset)
            if content.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
                raise tarfile.ReadError("its end is missing")
    except UserError:
        raise
    except _DAMAGE as error:
        raise _damaged(label, error) from None


def is_tar(file: BinaryIO) -> bool:
    """Whether it begins like a TAR file, compressed or not."""
    file.seek(0)
    try:
        with _expanded(file) as content, tarfile.open(fileobj=content, mode="r:"):
            return True
    except _DAMAGE:
        return False


@contextmanager
def _expanded(file: BinaryIO) -> Iterator[BinaryIO]:
    """The plain TAR inside a compressed one; the file itself if it is plain."""
    start = file.read(6)
    file.seek(0)
    for magic, opener in _OPENERS.items():
        if start.startswith(magic):
            with opener(file) as content:
                yield cast(BinaryIO, content)
            return
    yield file


def _check_ratio(expanded: int, length: int, label: str) -> None:
    if expanded > MAX_RATIO * length and expanded > _BLOCK:
        raise InputError(
            f"{label} was refused: it expands to more than {MAX_RATIO} times its size, which no pile of images does."
        )


def _damaged(label: str, error: Exception) -> InputError:
    return InputError(f"{label} is damaged or cut off and cannot be read as a TAR file ({error}): copy it again.")
