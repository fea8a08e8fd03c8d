"""Hostile archives."""

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.hostile import Case, images

_BLOCK = 512
_ZEROS = bytes(2**20)
_OPENERS: dict[str, Any] = {"": open, ".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}


def cases() -> Iterator[Case]:
    """Yield all of them."""
    for name, make, is_quick in _tars():
        for suffix, opener in _OPENERS.items():

            def write(path: Path, make: Callable[..., Iterator[bytes]] = make, opener: Any = opener) -> None:
                with opener(path, "wb") as file:
                    for block in make():
                        file.write(block)

            yield Case(f"{name}.tar{suffix}", "archive", write, is_quick and suffix in ("", ".gz"))
    for group, is_quick in ((_zips, True), (_large_zips, False), (_streams, False), (_rars, True), (_unknown, True)):
        for name, data in group():
            yield Case(name, "archive", lambda path, data=data: path.write_bytes(data()), is_quick)


def _tars() -> Iterator[tuple[str, Callable[..., Iterator[bytes]], bool]]:
    """Yield TAR files as blocks of bytes, and whether they are short."""
    gigabyte = 2**30

    def long(kind: bytes, size: int, filled: int) -> Iterator[bytes]:
        yield _header(kind, size)
        for _ in range(filled // len(_ZEROS)):
            yield b"n" * len(_ZEROS)

    yield "a long name of 2 GB", lambda: long(b"L", 2 * gigabyte, 2**28), False
    yield "a pax record of 2 GB", lambda: long(b"x", 2 * gigabyte, 2**28), False
    yield "a shared pax record of 2 GB", lambda: long(b"g", 2 * gigabyte, 2**28), False
    yield "a long name that is missing", lambda: long(b"L", gigabyte, 0), True
    yield (
        "a file of 300 MB of zeros",
        lambda: iter([_header(b"0", 300 * 2**20, "a.png"), *[_ZEROS] * 300, bytes(1024)]),
        False,
    )
    yield "nested long names", lambda: (_header(b"L", 5) + b"a.png".ljust(_BLOCK, b"\0") for _ in range(200_000)), False
    yield (
        "nested pax records",
        lambda: (_header(b"x", 14) + b"14 path=a.png\n".ljust(_BLOCK, b"\0") for _ in range(100_000)),
        False,
    )
    for text in (b"99999999999999999999", b"-1", b"0x9", b"1e9", b"\xd9\xa1"):
        record = b"size=" + text + b"\n"
        record = b"%d " % (len(record) + 3) + record
        yield (
            f"a pax size {text!r}",
            lambda record=record: iter(
                [_header(b"x", len(record)), record.ljust(_BLOCK, b"\0"), _header(b"0", 5, "a.png"), bytes(_BLOCK * 3)]
            ),
            True,
        )
    yield (
        "a pax record of length 20 digits",
        lambda: iter([_header(b"x", 40), b"99999999999999999999 path=a.png\n".ljust(_BLOCK, b"\0"), bytes(1024)]),
        True,
    )
    yield "a size of 2**90", lambda: iter([_with_size(b"\x80" + b"\xff" * 11), bytes(1024)]), True
    yield "a negative size", lambda: iter([_with_size(b"\xff" * 12), bytes(1024)]), True
    yield "a sparse map without end", lambda: iter([_sparse(), *[b"\xff" * _BLOCK] * 200_000]), False
    yield "300,000 empty files", lambda: (_header(b"0", 0, f"{number}.png") for number in range(300_000)), False
    yield (
        "10,000 shared pax records",
        lambda: (
            _header(b"g", 20)
            + b"20 GNU.sparse.%03d=1\n".replace(b"%03d", b"%03d" % (number % 1000)).ljust(_BLOCK, b"\0")
            for number in range(10_000)
        ),
        True,
    )
    for path in ("../../evil.png", "/etc/evil.png", "a\\..\\..\\evil.png", "a\nb\x1b[31m.png", "\udcff.png"):
        yield (
            f"a path {path!r}".replace("/", "|").replace("\\", "|"),
            lambda path=path: iter([_header(b"0", 0, path), bytes(1024)]),
            True,
        )
    for kind in (b"1", b"2", b"3", b"4", b"6", b"7", b"V", b"\xff"):
        yield (
            f"a member of type {kind!r}".replace("\\", ""),
            lambda kind=kind: iter([_header(kind, 2**33, "a.png"), bytes(1024)]),
            True,
        )
    yield "zeros only", lambda: iter([_ZEROS] * 200), False
    yield (
        "a picture that grows",
        lambda: iter(
            [
                _header(b"0", len(_bomb()), "a.png"),
                _bomb().ljust(-(-len(_bomb()) // _BLOCK) * _BLOCK, b"\0"),
                bytes(1024),
            ]
        ),
        False,
    )


def _zips() -> Iterator[tuple[str, Callable[..., bytes]]]:
    for name, method in (("deflate", 8), ("bzip2", 12), ("LZMA", 14)):
        yield f"20 MB of zeros, {name}.zip", lambda method=method: _zip({"a.png": bytes(2 * 10**7)}, method)
        yield (
            f"a size that is a lie, {name}.zip",
            lambda method=method: _patched_sizes(_zip({"a.png": bytes(10**7), "b.png": _picture()}, method), 9_000),
        )
    for value in (2**63, 2**64 - 1, 2**62, 2**32):
        yield f"ZIP64 values of {value}.zip", lambda value=value: _zip64(value)
        yield f"a ZIP64 directory at {value}.zip", lambda value=value: _zip64_end(value)
    yield "files that overlap.zip", lambda: _overlapping(1000)
    yield "65,535 extra fields.zip", lambda: _with_extra(struct.pack("<HH", 9, 0) * 16_383)
    yield "a ZIP64 field that is cut off.zip", lambda: _with_extra(b"\1\0\xff\xff" + bytes(8))
    yield "a comment of end records.zip", lambda: _zip({"a.png": _picture()}) + b"PK\5\6" * 16_000
    yield "end records only.zip", lambda: b"PK\3\4" + (b"PK\5\6" + bytes(18)) * 3_000
    yield "a directory that is cut off.zip", lambda: _zip({f"{n}.png": b"" for n in range(100)})[:-500]
    yield "a password.zip", lambda: _flagged(_zip({"a.png": _picture()}), 1)
    yield "a wrong checksum.zip", lambda: _damaged(_zip({"a.png": _picture(), "b.png": _picture(1)}))
    for path in (
        "../../evil.png",
        "C:\\evil.png",
        "/evil.png",
        "a\0b.png",
        "\x1b[31m.png",
        "a/" * 2_000 + "a.png",
        "." * 250,
    ):
        yield (
            f"a path {path[:20]!r}.zip".replace("/", "|").replace("\\", "|"),
            lambda path=path: _zip({path: _picture(), "b.png": _picture(1)}),
        )
    yield "a link.zip", lambda: _linked("/etc/passwd")
    yield "names of 65,535 bytes.zip", lambda: _zip({f"{n}" + "n" * 65_500 + ".png": b"" for n in range(200)})
    yield "an inner archive.zip", lambda: _zip({"inner.zip": _zip({"a.png": _picture()}), "b.png": _picture()})
    yield "one name 20,000 times.zip", lambda: _same_names(20_000)
    yield "nothing.zip", lambda: b"PK\5\6" + bytes(18)


def _large_zips() -> Iterator[tuple[str, Callable[..., bytes]]]:
    yield "300,000 entries.zip", lambda: _many_entries(300_000)
    yield "10,000 files of 10 MB of zeros.zip", lambda: _overlapping(10_000)
    yield "a picture that grows.zip", lambda: _zip({"a.png": _bomb(), "b.png": _picture()})
    yield "a picture of 80,000 pages.zip", lambda: _zip({"a.tif": images._pages(80_000), "b.png": _picture()})
    yield "a picture of many scans.zip", lambda: _zip({"a.jpg": images._many_scans(498_000), "b.png": _picture()})


def _streams() -> Iterator[tuple[str, Callable[..., bytes]]]:
    """Yield compressed files whose container is hostile."""
    yield "a name of 30 MB.tar.gz", lambda: b"\x1f\x8b\x08\x08" + bytes(6) + b"n" * 30_000_000
    yield "a comment of 30 MB.tar.gz", lambda: b"\x1f\x8b\x08\x10" + bytes(6) + b"n" * 30_000_000
    yield "500,000 empty parts.tar.gz", lambda: gzip.compress(b"", mtime=0) * 500_000
    yield "100,000 empty parts.tar.bz2", lambda: bz2.compress(b"") * 100_000
    yield "200,000 empty parts.tar.xz", lambda: lzma.compress(b"") * 200_000
    yield "padding of 30 MB.tar.gz", lambda: gzip.compress(_header(b"0", 0, "a.png") + bytes(1024)) + bytes(30_000_000)
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 1536 * 2**20}]
    yield "a dictionary of 1.5 GB.tar.xz", lambda: _with_dictionary(filters)
    for suffix, compress in ((".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress)):
        yield f"compressed twice.tar{suffix}", lambda compress=compress: compress(compress(bytes(2**26)))
        yield f"not a TAR file.tar{suffix}", lambda compress=compress: compress(b"text" * 10**7)
        yield f"cut off.tar{suffix}", lambda compress=compress: compress(b"".join(
            [_header(b"0", 2**20, "a.png"), np.random.default_rng(0).bytes(2**20), bytes(1024)]
        ))[:300_000]  # fmt: skip


def _rars() -> Iterator[tuple[str, Callable[..., bytes]]]:
    signature, newer = b"Rar!\x1a\x07\x00", b"Rar!\x1a\x07\x01\x00"
    yield "blocks of size 0.rar", lambda: signature + struct.pack("<HBHH", 0, 0x74, 0, 0) * 1000
    yield "blocks of 2**32.rar", lambda: signature + struct.pack("<HBHHI", 0, 0x74, 0x8000, 11, 2**32 - 1) * 1000
    yield "lengths without end.rar", lambda: newer + b"\xff" * 10_000
    yield "noise.rar", lambda: signature + np.random.default_rng(0).bytes(100_000)
    yield "noise, newer.rar", lambda: newer + np.random.default_rng(0).bytes(100_000)
    yield "zeros.rar", lambda: newer + bytes(1_000_000)
    yield "only a signature.rar", lambda: signature
    for size, name in ((2**31, "a.png"), (10, "../../evil.png"), (10, "/evil.png"), (10, "C:\\evil.png")):
        yield f"{size} bytes of {name}.rar".replace("/", "|").replace("\\", "|"), lambda s=size, n=name: _rar(s, n)


def _unknown() -> Iterator[tuple[str, Callable[..., bytes]]]:
    noise = np.random.default_rng(0).bytes(100_000)
    signatures = {
        "7z": b"7z\xbc\xaf\x27\x1c",
        "zst": b"\x28\xb5\x2f\xfd",
        "cab": b"MSCF",
        "lz4": b"\4\x22\x4d\x18",
        "Z": b"\x1f\x9d",
    }
    for suffix, magic in signatures.items():
        yield f"noise.{suffix}", lambda magic=magic: magic + noise
    yield "noise.zip", lambda: noise
    yield "zeros.tar", lambda: bytes(100_000)
    yield "text.tar", lambda: b"text " * 10_000
    yield "empty.zip", lambda: b""


def _header(kind: bytes, size: int, name: str = "n") -> bytes:
    info = tarfile.TarInfo("x")
    info.size = size
    data = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    data[:100] = name.encode("utf-8", "surrogateescape")[:100].ljust(100, b"\0")
    data[156:157] = kind
    return _signed(data)


def _signed(header: bytearray) -> bytes:
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header)


def _with_size(field: bytes) -> bytes:
    data = bytearray(_header(b"0", 0, "a.png"))
    data[124:136] = field
    return _signed(data)


def _sparse() -> bytes:
    data = bytearray(_header(b"S", 0, "a.png"))
    data[482] = 1
    return _signed(data)


def _picture(seed: int = 0) -> bytes:
    buffer = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 256, (32, 32, 3), np.uint8)
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def _bomb() -> bytes:
    """Return a PNG of 100 megapixels in 400 kB."""
    return images._png(10_000, 10_000, 8, 6, filled=True)


def _zip(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo("x")
            info.filename, info.compress_type = name, method
            archive.writestr(info, data)
    return buffer.getvalue()


def _patched_sizes(data: bytes, size: int) -> bytes:
    """Change the unpacked size of the first entry."""
    file, central = bytearray(data), data.index(b"PK\1\2")
    file[central + 24 : central + 28] = file[22:26] = struct.pack("<I", size)
    return bytes(file)


def _flagged(data: bytes, flags: int) -> bytes:
    file = bytearray(data)
    file[6] |= flags
    file[data.index(b"PK\1\2") + 8] |= flags
    return bytes(file)


def _damaged(data: bytes) -> bytes:
    file = bytearray(data)
    file[60] ^= 255
    return bytes(file)


def _entry(name: bytes, *, size: int, stored: int, offset: int, extra: bytes = b"", crc: int = 0) -> bytes:
    values = (b"PK\1\2", 45, 45, 0, 8, 0, 33, crc, stored, size, len(name), len(extra), 0, 0, 0, 0, offset)
    return struct.pack("<4s6H3I5H2I", *values) + name + extra


def _with_directory(body: bytes, directory: bytes, count: int) -> bytes:
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, count & 0xFFFF, count & 0xFFFF, len(directory), len(body), 0)
    return body + directory + end


def _zip64(value: int) -> bytes:
    full = 2**32 - 1
    extra = struct.pack("<HHQQQ", 1, 24, value % 2**64, value % 2**64, value % 2**64)
    return _with_directory(
        _zip({"b.png": _picture()})[:30], _entry(b"a.png", size=full, stored=full, offset=full, extra=extra), 1
    )


def _zip64_end(value: int) -> bytes:
    value %= 2**64
    record = struct.pack("<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 0, 0, value, value, value, value)
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, value, 1)
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 65_535, 65_535, 2**32 - 1, 2**32 - 1, 0)
    return b"PK\3\4" + bytes(26) + record + locator + end


def _with_extra(extra: bytes) -> bytes:
    body = b"PK\3\4" + bytes(26)
    return _with_directory(body, _entry(b"a.png", size=2**32 - 1, stored=1, offset=0, extra=extra), 1)


def _overlapping(count: int) -> bytes:
    """Return a ZIP whose entries are all the same 10 MB of zeros (David Fifield, "A better zip bomb", 2019)."""
    zeros = bytes(10**7)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = packer.compress(zeros) + packer.flush()
    body = (
        struct.pack("<4s5H3I2H", b"PK\3\4", 45, 0, 8, 0, 33, zlib.crc32(zeros), len(data), len(zeros), 5, 0)
        + b"a.png"
        + data
    )
    entries = [
        _entry(b"%05d.png" % number, size=len(zeros), stored=len(data), offset=0, crc=zlib.crc32(zeros))
        for number in range(count)
    ]
    return _with_directory(body, b"".join(entries), count)


def _many_entries(count: int) -> bytes:
    entries = [_entry(b"%06d.png" % number, size=0, stored=0, offset=0) for number in range(count)]
    return _with_directory(b"PK\3\4" + bytes(26), b"".join(entries), count)


def _same_names(count: int) -> bytes:
    return _with_directory(b"PK\3\4" + bytes(26), _entry(b"a.png", size=0, stored=0, offset=0) * count, count)


def _linked(target: str) -> bytes:
    link = zipfile.ZipInfo("link.png")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(link, target)
        archive.writestr("b.png", _picture())
    return buffer.getvalue()


def _with_dictionary(filters: list[dict[str, int]]) -> bytes:
    """Return an XZ file that asks for a large dictionary, which a decoder allocates before it reads."""
    small = lzma.compress(bytes(2**26), filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 2**20}])
    wanted = lzma._encode_filter_properties(filters[0])  # type: ignore[attr-defined]
    file = bytearray(small)
    size = (file[12] + 1) * 4
    place = file.index(b"\x21\x01", 12) + 2  # the filter's number, and the length of its properties
    file[place : place + 1] = wanted
    file[12 + size - 4 : 12 + size] = struct.pack("<I", zlib.crc32(file[12 : 12 + size - 4]))
    return bytes(file)


def _rar(size: int, name: str) -> bytes:
    """Return a RAR file (format 3, stored) with one entry."""

    def block(kind: int, bits: int, fields: bytes) -> bytes:
        rest = struct.pack("<BHH", kind, bits, 7 + len(fields)) + fields
        return struct.pack("<H", zlib.crc32(rest) & 0xFFFF) + rest

    data = bytes(10)
    fields = struct.pack("<IIBIIBBHI", len(data), size, 3, zlib.crc32(data), 0x5A000000, 20, 0x30, len(name), 0o100644)
    return b"Rar!\x1a\x07\x00" + block(0x73, 0, bytes(6)) + block(0x74, 0x8000, fields + name.encode()) + data
