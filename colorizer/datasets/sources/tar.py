"""TAR files, uncompressed or compressed by gzip, bzip2 or xz.

An uncompressed one is read in place. A compressed one can only be read from its beginning, so it is first
decompressed, not unpacked: to one TAR file in the folder of the preparation.
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

from colorizer.datasets.sources.base import MAX_RATIO, ArchiveSource, Entry, OnProgress, read_range, readable
from colorizer.errors import InputError, UserError
from colorizer.imaging.decode import is_image_path

_BLOCK = 2**20
_DECOMPRESSED = "plain.tar"
_OPENERS: dict[bytes, Any] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\0": lzma.open}
_DAMAGE = (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError, OSError, ValueError)


@dataclass(frozen=True)
class TarSource(ArchiveSource):
    """A TAR file."""

    @property
    def needs_staging(self) -> bool:
        with self.path.open("rb") as file:
            return file.read(6).startswith(tuple(_OPENERS))

    def scan(self, file: BinaryIO) -> Iterator[Entry]:
        """Yield the image files; offsets are those in the decompressed file."""
        length = file.seek(0, 2)
        file.seek(0)
        try:
            with _decompressed(file) as content, tarfile.open(fileobj=content, mode="r:") as archive:
                while (member := archive.next()) is not None:
                    archive.members = []  # type: ignore[attr-defined]  # TarFile would remember every member.
                    parts = self.safe_parts(member.name)
                    if member.issparse() or not (member.isreg() or member.isdir()):
                        raise self.not_a_file(member.name)
                    self._check_ratio(member.offset_data + member.size, length)
                    if member.isreg() and is_image_path(parts):
                        self.validate_size(member.name, member.size, length)
                        yield Entry(member.name, member.size, member.offset_data)
                content.seek(archive.offset)
                if content.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
                    raise tarfile.ReadError("its end is missing")
        except UserError:
            raise
        except _DAMAGE as error:
            raise self.damaged(error) from None

    def read(self, entry: Entry) -> bytes:
        return read_range(self.path, entry.offset, entry.size, f"{readable(entry.name)} in {self.label}")

    def _stage(self, folder: Path, on_progress: OnProgress) -> None:
        length = self.path.stat().st_size
        with (
            self.path.open("rb") as file,
            _decompressed(file) as content,
            (folder / _DECOMPRESSED).open("wb") as copy,
        ):
            try:
                while block := content.read(_BLOCK):
                    copy.write(block)
                    self._check_ratio(copy.tell(), length)
                    on_progress(f"Decompressing {self.label}", file.tell(), length)
            except (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile) as error:
                raise self.damaged(error) from None

    def _staged(self, folder: Path) -> "TarSource":
        return replace(self, path=folder / _DECOMPRESSED)

    def _check_ratio(self, decompressed: int, length: int) -> None:
        if decompressed > MAX_RATIO * length and decompressed > _BLOCK:
            raise InputError(
                f"{self.label} was refused: it decompresses to more than {MAX_RATIO} times its size, which no "
                "collection of images does."
            )


def is_tar(file: BinaryIO) -> bool:
    """Return whether a file begins like a TAR file, compressed or not."""
    file.seek(0)
    try:
        with _decompressed(file) as content, tarfile.open(fileobj=content, mode="r:"):
            return True
    except _DAMAGE:
        return False


@contextmanager
def _decompressed(file: BinaryIO) -> Iterator[BinaryIO]:
    """Yield the decompressed content of a file, or the file itself if it is not compressed."""
    start = file.read(6)
    file.seek(0)
    for magic, opener in _OPENERS.items():
        if start.startswith(magic):
            with opener(file) as content:
                yield cast(BinaryIO, content)
            return
    yield file
