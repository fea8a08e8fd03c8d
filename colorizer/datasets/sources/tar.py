"""TAR files, uncompressed or compressed by gzip, bzip2 or xz.

An uncompressed one is read in place. A compressed one can only be read from its beginning, so it is first
decompressed, not unpacked: to one TAR file in the folder of the preparation.

Headers are parsed here rather than by `tarfile`, which reads names of any length into memory.

Source: POSIX.1-2017, "pax - portable archive interchange"; GNU tar manual, "Basic Tar Format".
"""

import bz2
import gzip
import lzma
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

from colorizer.datasets.sources.base import (
    LINK,
    MAX_RATIO,
    NOT_A_FILE,
    ArchiveSource,
    Entry,
    OnProgress,
    read_range,
    readable,
    why_ignored,
)  # fmt: skip
from colorizer.errors import InputError, UserError

_BLOCK = 512
_COPY_BYTES = 2**20
_MAX_HEADER_BYTES = 2**16
_MAX_HEADERS = 16
"""How many headers of other headers (long names, pax records) may precede a file."""
_DECOMPRESSED = "plain.tar"
_MAX_SINGLE_BYTES = 2**20
"""How many bytes of a gzip file may be read one at a time: 1 MB of padding takes half a second."""
_OPENERS: dict[bytes, Any] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\0": lzma.open}
_DAMAGE = (EOFError, zlib.error, lzma.LZMAError, OSError, ValueError, OverflowError)
_FILE, _FOLDER, _LINKS, _SPARSE = b"0\0" + b"7", b"5", b"12", b"S"
_LONG_NAME, _LONG_LINK, _PAX, _PAX_GLOBAL = b"L", b"K", b"xX", b"g"


class _Member(NamedTuple):
    name: str
    kind: bytes
    offset: int
    size: int
    is_sparse: bool


@dataclass(frozen=True)
class TarSource(ArchiveSource):
    """A TAR file."""

    @property
    def needs_staging(self) -> bool:
        with self.path.open("rb") as file:
            return self._is_staged(file)

    def _is_staged(self, file: BinaryIO | None) -> bool:
        if file is None:
            return self.needs_staging
        file.seek(0)
        return file.read(6).startswith(tuple(_OPENERS))

    def scan(self, file: BinaryIO) -> Iterator[Entry]:
        """Yield the files; offsets are those in the decompressed file."""
        length = file.seek(0, 2)
        file.seek(0)
        try:
            with _decompressed(file) as content:
                for member in self._members(content, length):
                    parts = self.safe_parts(member.name)
                    if member.kind in _FOLDER or not parts or member.name.endswith("/"):
                        continue
                    reason = why_ignored(parts)
                    if member.kind in _LINKS:
                        reason = LINK
                    elif member.kind not in _FILE or member.is_sparse:
                        reason = NOT_A_FILE
                    if reason:
                        yield Entry(member.name, 0, ignored=reason)
                        continue
                    self._check_ratio(member.offset + member.size, length)
                    self.validate_size(member.name, member.size, length)
                    yield Entry(member.name, member.size, member.offset)
        except UserError:
            raise
        except _DAMAGE as error:
            raise self.damaged(error) from None

    def read(self, entry: Entry) -> bytes:
        return read_range(self.path, entry.offset, entry.size, f"{readable(entry.name)} in {self.label}")

    def _members(self, content: BinaryIO, length: int) -> Iterator[_Member]:
        """Yield the members of a decompressed TAR file. Concatenated archives are read as one.

        Raises:
            ValueError: it is damaged.
        """
        position = headers = 0
        ended = False
        shared: dict[str, str] = {}
        own: dict[str, str] = {}
        while True:
            self._check_ratio(position, length)
            content.seek(position)
            block = content.read(_BLOCK)
            position += _BLOCK
            if len(block) < _BLOCK or (ended and block != bytes(_BLOCK) and not _is_header(block)):
                if ended:
                    return
                raise ValueError("its end is missing")
            if block == bytes(_BLOCK):
                ended = True
                continue
            if not _is_header(block):
                raise ValueError("a header is damaged")
            ended, kind, size = False, block[156:157], _number(block[124:136])
            if kind in _LONG_NAME + _LONG_LINK + _PAX + _PAX_GLOBAL:
                headers += 1
                if size > _MAX_HEADER_BYTES or headers > _MAX_HEADERS:
                    raise self.refused("a name in it is longer than any file system allows")
                data = content.read(size)
                if kind in _LONG_NAME:
                    own["path"] = data.partition(b"\0")[0].decode("utf-8", "surrogateescape")
                elif kind in _PAX:
                    own.update(_pax_records(data))
                elif kind in _PAX_GLOBAL:
                    shared.update(_pax_records(data))
                    if len(shared) > _MAX_HEADERS * 64:
                        raise self.refused("it holds too many pax records")
            else:
                facts = {**shared, **own}
                size = int(facts["size"]) if "size" in facts else size
                name = facts.get("path") or facts.get("GNU.sparse.name") or _name(block)
                is_sparse = kind in _SPARSE or any(key.startswith("GNU.sparse") for key in facts)
                start = position
                extends = kind in _SPARSE and block[482]
                while extends:  # The map of a sparse file continues in further blocks.
                    extends = (content.read(_BLOCK) or bytes(_BLOCK)).ljust(_BLOCK, b"\0")[504]
                    start = position = position + _BLOCK
                    self._check_ratio(position, length)
                has_data = kind not in _LINKS + _FOLDER + b"346"
                size = size if has_data else 0
                yield _Member(name, kind, start, size, is_sparse)
                own, headers = {}, 0
            position += -(-size // _BLOCK) * _BLOCK

    def _stage(self, folder: Path, on_progress: OnProgress) -> None:
        length = self.path.stat().st_size
        with (
            self.path.open("rb") as file,
            _decompressed(file) as content,
            (folder / _DECOMPRESSED).open("wb") as copy,
        ):
            try:
                while block := content.read(_COPY_BYTES):
                    copy.write(block)
                    self._check_ratio(copy.tell(), length)
                    on_progress(f"Decompressing {self.label}", file.tell(), length)
            except (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile) as error:
                raise self.damaged(error) from None

    def _staged(self, folder: Path) -> "TarSource":
        return replace(self, path=folder / _DECOMPRESSED)

    def _check_ratio(self, decompressed: int, length: int) -> None:
        if decompressed > MAX_RATIO * length and decompressed > _COPY_BYTES:
            raise InputError(
                f"{self.label} was rejected: it decompresses to more than {MAX_RATIO} times its size, which no "
                "collection of images does."
            )


def first_name(file: BinaryIO) -> str | None:
    """Return the name of the first member of a TAR file, compressed or not, or None if it is not a TAR file."""
    file.seek(0)
    try:
        with _decompressed(file) as content:
            block = content.read(_BLOCK)
    except _DAMAGE:
        return None
    return _name(block) if len(block) == _BLOCK and _is_header(block) else None


def _is_header(block: bytes) -> bool:
    """Return whether the checksum of a header is right."""
    digits = block[148:156].strip(b" \0")
    if not re.fullmatch(rb"[0-7]{1,8}", digits):
        return False
    unsigned = sum(block[:148]) + 8 * 32 + sum(block[156:])
    if int(digits, 8) == unsigned:
        return True
    # Some old programs add the bytes up as signed ones.
    return int(digits, 8) == unsigned - 256 * sum(byte > 127 for byte in block[:148] + block[156:])


def _name(block: bytes) -> str:
    parts = [block[:100].partition(b"\0")[0]]
    if block[257:262] == b"ustar" and block[257:265] != b"ustar  \0":  # GNU tar uses the prefix for other things.
        parts.insert(0, block[345:500].partition(b"\0")[0])
    return b"/".join(filter(None, parts)).decode("utf-8", "surrogateescape")


def _number(field: bytes) -> int:
    """Return the value of a number: octal digits, or binary if the first bit is set."""
    if field[0] & 0x80:
        return int.from_bytes(bytes([field[0] & 0x7F]) + field[1:])
    digits = field.strip(b" \0")
    return int(digits, 8) if digits else 0


def _pax_records(data: bytes) -> dict[str, str]:
    """Return the records of a pax header that matter here."""
    records: dict[str, str] = {}
    while match := re.match(rb"(\d{1,9}) ([^=\n]*)=", data):
        length = int(match[1])
        key, value = match[2].decode("utf-8", "replace"), data[match.end() : length - 1]
        if length <= match.end() or length > len(data) or data[length - 1 : length] != b"\n":
            break
        if key == "path" or key.startswith("GNU.sparse"):
            records[key] = value.decode("utf-8", "surrogateescape")
        elif key == "size" and re.fullmatch(rb"\d{1,18}", value):
            records[key] = value.decode()
        data = data[length:]
    if data.strip(b"\0"):
        raise ValueError("a pax record is damaged")
    return records


class _CompressedFile:
    """A file that refuses to be read byte by byte without end.

    That is how `gzip` reads names and comments in headers, and the zeros after the end.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._single = file, 0

    def read(self, size: int = -1) -> bytes:
        self._single = self._single + 1 if size == 1 else 0
        if self._single > _MAX_SINGLE_BYTES:
            raise OSError("a name, a comment, or the zeros after its end are longer than 1 MB")
        return self._file.read(size)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


@contextmanager
def _decompressed(file: BinaryIO) -> Iterator[BinaryIO]:
    """Yield the decompressed content of a file, or the file itself if it is not compressed."""
    start = file.read(6)
    file.seek(0)
    for magic, opener in _OPENERS.items():
        if start.startswith(magic):
            with opener(_CompressedFile(file)) as content:
                yield cast(BinaryIO, content)
            return
    yield file
