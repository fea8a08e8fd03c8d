"""ZIP files, read in place.

The standard library's `zipfile` keeps the whole directory in memory, some 800 bytes per entry, and every worker
process would need its own. This module passes over the directory once and yields where each entry's data are.

Source: PKWARE, ".ZIP File Format Specification" (APPNOTE.TXT) 6.3.10, sections 4.3.7 to 4.3.16.
"""

import stat
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from colorizer.datasets.sources.base import ArchiveSource, Entry, read_range, readable
from colorizer.errors import InputError
from colorizer.imaging.decode import is_image_path

_LOCAL, _CENTRAL, _END = struct.Struct("<4s22xHH"), struct.Struct("<4s6H3I5H2I"), struct.Struct("<4s4H2IH")
_END64, _LOCATOR64 = struct.Struct("<4sQ2H2I4Q"), struct.Struct("<4sIQI")
_FULL16, _FULL32 = 0xFFFF, 0xFFFFFFFF
_STORED, _DEFLATED = 0, 8
_UNIX, _ENCRYPTED, _UTF8, _ZIP64_EXTRA = 3, 0x1, 0x800, 1


@dataclass(frozen=True)
class ZipSource(ArchiveSource):
    """A ZIP file."""

    def read(self, entry: Entry) -> bytes:
        name = f"{readable(entry.name)} in {self.label}"
        signature, name_length, extra_length = _LOCAL.unpack(read_range(self.path, entry.offset, _LOCAL.size, name))
        if signature != b"PK\3\4":
            raise InputError(f"{name} is damaged (its header is missing).")
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

    def scan(self, file: BinaryIO) -> Iterator[Entry]:
        """Yield the image files in the order of the directory."""
        length = file.seek(0, 2)
        start, end, count, shift = self._directory(file, length)
        file.seek(start)
        stored_bytes = 0
        for _ in range(count):
            header = file.read(_CENTRAL.size)
            if len(header) < _CENTRAL.size or file.tell() > end:
                raise self._cut_off()
            (signature, made_by, _, flags, method, _, _, crc, stored, size, name_length, extra_length, comment_length,
             disk, _, attributes, offset) = _CENTRAL.unpack(header)  # fmt: skip
            rest = file.read(name_length + extra_length + comment_length)
            if signature != b"PK\1\2" or len(rest) < name_length + extra_length + comment_length:
                raise self._cut_off()
            name = rest[:name_length].decode("utf-8" if flags & _UTF8 else "cp437", "backslashreplace")
            size, stored, offset = _zip64(rest[name_length : name_length + extra_length], size, stored, offset)
            parts = self.safe_parts(name)
            kind = stat.S_IFMT(attributes >> 16)
            if made_by >> 8 == _UNIX and kind not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise self.not_a_file(name)
            if disk:
                raise self._multi_part()
            stored_bytes += stored
            if stored_bytes > length:
                raise self.refused("files in it overlap, as in ZIP bombs")
            if name.endswith(("/", "\\")) or not is_image_path(parts):
                continue
            if flags & _ENCRYPTED:
                raise InputError(f"{self.label} has a password: make a new ZIP file without one.")
            if method not in (_STORED, _DEFLATED):
                raise InputError(
                    f"{self.label} uses the unusual compression method {method}: make a new, ordinary ZIP file."
                )
            self.validate_size(name, size, stored)
            yield Entry(name, size, offset + shift, stored, method, crc)

    def _directory(self, file: BinaryIO, length: int) -> tuple[int, int, int, int]:
        """Return start and end of the directory, the number of its entries, and a correction for all offsets."""
        tail_start = max(0, length - _END.size - _FULL16)
        file.seek(tail_start)
        tail = file.read()
        position = tail.rfind(b"PK\5\6")
        if position < 0 or len(tail) - position < _END.size:
            raise self._cut_off()
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
                    raise self._cut_off()
                _, _, _, _, disk, _, _, count, size, offset = _END64.unpack(record)
        if disk:
            raise self._multi_part()
        start = end - size
        if start < 0:
            raise self._cut_off()
        return start, end, count, start - offset  # Something may precede the archive, such as a program.

    def _cut_off(self) -> InputError:
        return self.damaged("the end of the ZIP file is missing")

    def _multi_part(self) -> InputError:
        return InputError(f"{self.label} is one part of several: make a new ZIP file in one part.")


def _zip64(extra: bytes, size: int, stored: int, offset: int) -> tuple[int, int, int]:
    """Replace values that do not fit into 32 bits by those of the ZIP64 field."""
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<2H", extra)
        field, extra = extra[4 : 4 + length], extra[4 + length :]
        if kind == _ZIP64_EXTRA:
            wide = iter(struct.unpack(f"<{len(field) // 8}Q", field[: len(field) // 8 * 8]))
            size, stored, offset = (
                next(wide, value) if value == _FULL32 else value for value in (size, stored, offset)
            )
    return size, stored, offset
