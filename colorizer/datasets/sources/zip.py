"""ZIP files, read in place.

The standard library's `zipfile` keeps the whole directory in memory, some 800 bytes per entry, and every worker
process would need its own. This module passes over the directory once and yields where each entry's data are. It also
reads what several programs write against the specification.

Source: PKWARE, ".ZIP File Format Specification" (APPNOTE.TXT) 6.3.10, sections 4.3.7 to 4.3.16.
"""

import bz2
import lzma
import re
import stat
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from colorizer.datasets.sources.base import (
    LINK,
    MISPLACED,
    NOT_A_FILE,
    UNUSUAL,
    ArchiveSource,
    Entry,
    read_range,
    readable,
    why_ignored,
)  # fmt: skip
from colorizer.errors import InputError

_LOCAL, _CENTRAL, _END = struct.Struct("<4s22xHH"), struct.Struct("<4s6H3I5H2I"), struct.Struct("<4s4H2IH")
_END64, _LOCATOR64 = struct.Struct("<4sQ2H2I4Q"), struct.Struct("<4sIQI")
_FULL16, _FULL32 = 0xFFFF, 0xFFFFFFFF
_STORED, _DEFLATED, _BZIP2, _LZMA = 0, 8, 12, 14
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
        try:
            if entry.method == _DEFLATED:
                data = zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, entry.size + 1)
            elif entry.method == _BZIP2:
                data = bz2.BZ2Decompressor().decompress(data, entry.size + 1)
            elif entry.method == _LZMA:
                data = _unpack_lzma(data, entry.size)
        except (zlib.error, lzma.LZMAError, struct.error, OSError, EOFError) as error:
            raise InputError(f"{name} is damaged ({error}).") from None
        if len(data) != entry.size or zlib.crc32(data) != entry.crc:
            raise InputError(f"{name} is damaged (its checksum is wrong).")
        return data

    def scan(self, file: BinaryIO) -> Iterator[Entry]:
        """Yield the files in the order of the directory."""
        length = file.seek(0, 2)
        start, end, count, shift = self._directory(file, length)
        # Above 4 GB, the macOS Finder writes offsets modulo 2**32; it keeps the order of the files.
        wraps = shift > 0 and shift % 2**32 == 0
        base, last = (0, 0) if wraps else (shift, 0)
        found = stored_bytes = 0
        file.seek(start)
        while file.tell() < end:
            header = file.read(_CENTRAL.size)
            if len(header) < _CENTRAL.size or header[:4] != b"PK\1\2":
                break
            (_, made_by, _, flags, method, _, _, crc, stored, size, name_length, extra_length, comment_length,
             disk, _, attributes, offset) = _CENTRAL.unpack(header)  # fmt: skip
            rest = file.read(name_length + extra_length + comment_length)
            if len(rest) < name_length + extra_length + comment_length:
                break
            found += 1
            raw = rest[:name_length]
            name = raw.decode("utf-8", "backslashreplace") if flags & _UTF8 else decode_name(raw)
            size, stored, offset = _zip64(rest[name_length : name_length + extra_length], size, stored, offset)
            if disk:
                raise self._multi_part()
            parts = self.safe_parts(name)
            if not parts or name.endswith(("/", "\\")):
                continue
            while wraps and offset + base < last:
                base += 2**32
            place = last = offset + base
            kind = stat.S_IFMT(attributes >> 16) if made_by >> 8 == _UNIX else 0
            reason = why_ignored(parts)
            if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
                reason = LINK if kind == stat.S_IFLNK else NOT_A_FILE
            elif not 0 <= place <= length - _LOCAL.size - stored:
                reason = reason or MISPLACED
            elif method not in (_STORED, _DEFLATED, _BZIP2, _LZMA):
                reason = reason or UNUSUAL
            if reason:
                yield Entry(name, 0, ignored=reason)
                continue
            stored_bytes += stored
            if stored_bytes > length:
                raise self.refused("files in it overlap, as in ZIP bombs")
            if flags & _ENCRYPTED:
                raise InputError(f"{self.label} is password-protected: make a new ZIP file without a password.")
            self.validate_size(name, size, stored)
            yield Entry(name, size, place, stored, method, crc)
        # The Finder also counts modulo 65,536.
        if found < count:
            raise self._cut_off()

    def _directory(self, file: BinaryIO, length: int) -> tuple[int, int, int, int]:
        """Return start and end of the directory, the number of its entries, and a correction for all offsets."""
        record = _find_end(file)
        if record is None:
            raise self._cut_off()
        end, (_, disk, _, _, count, size, offset, _) = record
        if _FULL16 in (disk, count) or _FULL32 in (size, offset):
            file.seek(max(0, end - _LOCATOR64.size))
            locator = file.read(_LOCATOR64.size)
            if len(locator) == _LOCATOR64.size and locator[:4] == b"PK\6\7":
                end = end - _LOCATOR64.size - _END64.size
                file.seek(max(0, end))
                data = file.read(_END64.size)
                if len(data) < _END64.size or data[:4] != b"PK\6\6":
                    raise self._cut_off()
                _, _, _, _, disk, _, _, count, size, offset = _END64.unpack(data)
        if disk:
            raise self._multi_part()
        start = end - size
        if start < 0 or offset > length:
            raise self._cut_off()
        return start, end, count, start - offset  # Something may precede the archive, such as a program.

    def _cut_off(self) -> InputError:
        return self.damaged("the end of the ZIP file is missing")

    def _multi_part(self) -> InputError:
        return InputError(f"{self.label} is one part of a multi-part archive: make a new, single ZIP file.")


def is_zip(file: BinaryIO) -> bool:
    """Return whether a file is a ZIP file, or begins like one."""
    file.seek(0)
    return file.read(4) in (b"PK\3\4", b"PK\5\6") or _find_end(file) is not None


def _find_end(file: BinaryIO) -> tuple[int, tuple[bytes, int, int, int, int, int, int, int]] | None:
    """Return position and values of the end record, the last one whose directory is where it says."""
    length = file.seek(0, 2)
    first = max(0, length - _END.size - _FULL16)
    file.seek(first)
    tail = file.read()
    ends = [match.start() for match in re.finditer(b"PK\x05\x06", tail)]
    records = [(end, _END.unpack_from(tail, end)) for end in ends if end + _END.size <= len(tail)]
    # The comment ends with the file, unless something was appended to it.
    records.sort(key=lambda record: (record[0] + _END.size + record[1][-1] == len(tail), record[0]), reverse=True)
    for position, values in records:
        size = values[5]
        file.seek(max(0, first + position - size))
        found = size in (0, _FULL32) or first + position < size or file.read(4) == b"PK\1\2"
        if found or tail[max(0, position - _LOCATOR64.size) :].startswith(b"PK\6\7"):
            return first + position, values
    return None


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


def _unpack_lzma(data: bytes, size: int) -> bytes:
    """Decompress an entry: APPNOTE.TXT, section 5.8.8. A dictionary larger than the file would only take memory."""
    _, length, properties, dictionary = struct.unpack_from("<HHBI", data)
    decoder = {"id": lzma.FILTER_LZMA1, "lc": properties % 9, "lp": properties // 9 % 5, "pb": properties // 45}
    decoder["dict_size"] = max(4096, min(dictionary, size))
    return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[decoder]).decompress(data[4 + length :], size + 1)


def decode_name(raw: bytes) -> str:
    """Decode a file name whose encoding is not stated, folder by folder.

    The specification says code page 437, but macOS writes UTF-8, and Windows in Japan code page 932.
    """
    return "/".join(map(_decode_part, raw.split(b"/")))


def _decode_part(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        western = raw.decode("cp437")
    if all(map(_is_western_word, re.findall(r"[^\W\d_]+", western))) and not re.search("[\u2500-\u25ff]", western):
        return western
    try:
        return raw.decode("cp932")
    except UnicodeDecodeError:
        return western


def _is_western_word(word: str) -> bool:
    """Return whether a word could be of a western language: mostly plain letters, in the case of words."""
    plain = sum(letter.isascii() for letter in word)
    return word.isascii() or (2 * plain >= len(word) and (word[1:].islower() or word.isupper()))
