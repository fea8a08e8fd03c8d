"""ZIP files, read where they lie.

The standard library's `zipfile` keeps every entry of the directory in memory, some 800 bytes each, and
every process that reads would need its own. This one passes over the directory once and gives for each
entry where its bytes are.

Source: PKWARE, ".ZIP File Format Specification" (APPNOTE.TXT) 6.3.10, sections 4.3.7 to 4.3.16.
"""

import stat
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from colorizer.datasets.sources.base import (
    Entry,
    Progress,
    not_a_file,
    read_range,
    readable,
    safe_parts,
    validate_size,
)  # fmt: skip
from colorizer.errors import InputError
from colorizer.imaging.decode import is_image_path

_LOCAL, _CENTRAL, _END = struct.Struct("<4s22xHH"), struct.Struct("<4s6H3I5H2I"), struct.Struct("<4s4H2IH")
_END64, _LOCATOR64 = struct.Struct("<4sQ2H2I4Q"), struct.Struct("<4sIQI")
_FULL16, _FULL32 = 0xFFFF, 0xFFFFFFFF
_STORED, _DEFLATED = 0, 8
_UNIX, _ENCRYPTED, _UTF8, _ZIP64_EXTRA = 3, 0x1, 0x800, 1


@dataclass(frozen=True)
class ZipSource:
    """A ZIP file."""

    label: str
    path: Path

    def entries(self) -> Iterator[Entry]:
        """All image files in it."""
        with self.path.open("rb") as file:
            yield from list_zip(file, self.label)

    def stage(self, folder: Path, progress: Progress) -> None:
        """Nothing to do: each file is read where it lies."""

    def staged(self, folder: Path) -> "ZipSource":
        """Itself."""
        return self

    def read(self, entry: Entry) -> bytes:
        """The bytes of one file, unpacked and checked."""
        name = f"{readable(entry.name)} in {self.label}"
        signature, name_length, extra_length = _LOCAL.unpack(read_range(self.path, entry.offset, _LOCAL.size, name))
        if signature != b"PK\3\4":
            raise InputError(f"{name} is damaged (its header is not where the directory says).")
        start = entry.offset + _LOCAL.size + name_length + extra_length
        data = read_range(self.path, start, entry.stored, name)
        if entry.method == _DEFLATED:
            try:
                data = zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, entry.size + 1)
            except zlib.error as error:
                raise InputError(f"{name} is damaged ({error}).") from None
        if len(data) != entry.size or zlib.crc32(data) != entry.crc:
            raise InputError(f"{name} is damaged (its checksum is wrong).")
        return data


def list_zip(file: BinaryIO, label: str) -> Iterator[Entry]:
    """The image files of a ZIP file, in the order of its directory.

    Raises:
        InputError: it is damaged, or not safe to read.
    """
    length = file.seek(0, 2)
    start, end, count, shift = _directory(file, length, label)
    file.seek(start)
    stored_bytes = 0
    for _ in range(count):
        header = file.read(_CENTRAL.size)
        if len(header) < _CENTRAL.size or file.tell() > end:
            raise _cut_off(label)
        (signature, made_by, _, flags, method, _, _, crc, stored, size, name_length, extra_length, comment_length,
         disk, _, attributes, offset) = _CENTRAL.unpack(header)  # fmt: skip
        rest = file.read(name_length + extra_length + comment_length)
        if signature != b"PK\1\2" or len(rest) < name_length + extra_length + comment_length:
            raise _cut_off(label)
        name = rest[:name_length].decode("utf-8" if flags & _UTF8 else "cp437", "backslashreplace")
        size, stored, offset = _wide(rest[name_length : name_length + extra_length], size, stored, offset)
        parts = safe_parts(name, label)
        kind = stat.S_IFMT(attributes >> 16)
        if made_by >> 8 == _UNIX and kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise not_a_file(name, label)
        if disk:
            raise InputError(f"{label} is one of several parts: make a new ZIP in one part.")
        stored_bytes += stored
        if stored_bytes > length:
            raise InputError(f"{label} was refused: files in it overlap, as in archives that are made to do harm.")
        if name.endswith(("/", "\\")) or not is_image_path(parts):
            continue
        if flags & _ENCRYPTED:
            raise InputError(f"{label} is protected by a password: make a new ZIP without one.")
        if method not in (_STORED, _DEFLATED):
            raise InputError(f"{label} is packed by an unusual method ({method}): make a new, ordinary ZIP.")
        validate_size(name, size, stored, label)
        yield Entry(name, size, offset + shift, stored, method, crc)


def _directory(file: BinaryIO, length: int, label: str) -> tuple[int, int, int, int]:
    """Start and end of the directory, the number of its entries, and how far all offsets are off."""
    tail_start = max(0, length - _END.size - _FULL16)
    file.seek(tail_start)
    tail = file.read()
    position = tail.rfind(b"PK\5\6")
    if position < 0 or len(tail) - position < _END.size:
        raise _cut_off(label)
    _, disk, _, _, count, size, offset, _ = _END.unpack_from(tail, position)
    end = tail_start + position
    if _FULL16 in (disk, count) or _FULL32 in (size, offset):
        file.seek(max(0, end - _LOCATOR64.size))
        locator = file.read(_LOCATOR64.size)
        if len(locator) == _LOCATOR64.size and locator[:4] == b"PK\6\7":
            end = end - _LOCATOR64.size - _END64.size
            file.seek(max(0, end))
            record = file.read(_END64.size)
            if len(record) < _END64.size or record[:4] != b"PK\6\6":
                raise _cut_off(label)
            _, _, _, _, disk, _, _, count, size, offset = _END64.unpack(record)
    if disk:
        raise InputError(f"{label} is one of several parts: make a new ZIP in one part.")
    start = end - size
    if start < 0:
        raise _cut_off(label)
    return start, end, count, start - offset  # Something may stand before the archive, such as a program.


def _wide(extra: bytes, size: int, stored: int, offset: int) -> tuple[int, int, int]:
    """Replace values that did not fit into 32 bits by those of the ZIP64 field."""
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<2H", extra)
        field, extra = extra[4 : 4 + length], extra[4 + length :]
        if kind == _ZIP64_EXTRA:
            wide = iter(struct.unpack(f"<{len(field) // 8}Q", field[: len(field) // 8 * 8]))
            size, stored, offset = (
                next(wide, value) if value == _FULL32 else value for value in (size, stored, offset)
            )
    return size, stored, offset


def _cut_off(label: str) -> InputError:
    return InputError(f"{label} is damaged or cut off and cannot be read as a ZIP file: copy it again.")
