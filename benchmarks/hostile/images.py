"""Hostile image files."""

import io
import itertools
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from PIL import Image, ImageCms

from benchmarks.hostile import Case

_SIDE = 8_900
"""Side of a square image with as many pixels as the product accepts by default, of a usual kind."""
_HEAVY = re.compile(r"MB|million|000 |^claims .*(8900|1500|2\*\*|67108864)|^moves|strips of one row|tiles of one")
"""Names of cases that take long to make or to open."""
_TIFF_TYPES = {"byte": (1, "B"), "ascii": (2, "B"), "short": (3, "H"), "long": (4, "I"), "rational": (5, "II")}


def cases() -> Iterator[Case]:
    """Yield all of them."""
    for groups, is_quick in (
        ((_claims, _metadata, _structures, _profiles, _others), True),
        ((_expanding, _slow), False),
    ):
        for group in groups:
            for name, make in group():
                yield Case(
                    name,
                    "image",
                    lambda path, make=make: path.write_bytes(make()),
                    is_quick and not _HEAVY.search(name),
                )


_Files = Iterator[tuple[str, Callable[..., bytes]]]


def _claims() -> _Files:
    """Yield headers of a few bytes that claim huge sizes."""
    for width, height in ((2**31 - 1, 2**31 - 1), (1, 2**31 - 1), (100_000, 100_000), (10_001, 10_000), (0, 0)):
        yield f"claims {width}x{height}.png", lambda width=width, height=height: _png(width, height)
    for depth, color in ((8, 6), (16, 6), (16, 2), (16, 4), (1, 0), (3, 2), (16, 0)):
        yield f"empty {depth} bit type {color}.png", lambda depth=depth, color=color: _png(_SIDE, _SIDE, depth, color)
    yield "empty interlaced.png", lambda: _png(_SIDE, _SIDE, 16, 6, interlaced=True)
    for width, height in ((65_535, 65_535), (65_535, 1_500)):
        size = struct.pack("<HH", width, height)
        yield f"claims {width}x{height}.gif", lambda size=size: b"GIF89a" + size + _file("GIF")[10:]
        frame = struct.pack("<HHHH", 0, 0, width, height)
        yield (
            f"frame {width}x{height}.gif",
            lambda frame=frame: _replace(_file("GIF"), b"\x2c" + bytes(4), b"\x2c" + frame, 9),
        )
    for width, height in ((2**31 - 1, 2**31 - 1), (_SIDE, -_SIDE), (_SIDE, _SIDE), (-1, 1)):
        size = struct.pack("<ii", width, height)
        yield f"claims {width}x{height}.bmp", lambda size=size: _file("BMP")[:18] + size + _file("BMP")[26:]
    for compression, bits in ((1, 8), (2, 4)):
        yield f"run lengths of {bits} bits.bmp", lambda c=compression, b=bits: _bmp(_SIDE, _SIDE, b, c, b"\0\1")
        yield (
            f"moves beyond the end, {bits} bits.bmp",
            (lambda c=compression, b=bits: _bmp(_SIDE, _SIDE, b, c, b"\0\2\xff\xff" * 50_000)),
        )
    for width, height in ((65_500, 65_500), (_SIDE, _SIDE)):
        size = struct.pack(">HH", height, width)
        yield f"claims {width}x{height}.jpg", lambda size=size: _patched_frame(_file("JPEG"), size)
        yield (
            f"claims {width}x{height}, progressive.jpg",
            (lambda size=size: _patched_frame(_file("JPEG", progressive=True), size)),
        )
    for width, height in ((16_383, 16_383), (16_383, 6_100), (16_383, 3_300)):
        yield f"claims {width}x{height}.webp", lambda w=width, h=height: _webp(w, h)
        yield f"claims {width}x{height}, lossless.webp", lambda w=width, h=height: _webp_lossless(w, h)
    yield "claims 2**24.webp", lambda: _riff(b"VP8X", bytes([16, 0, 0, 0]) + b"\xff" * 6)
    for width, height in ((2**31, 2**31), (2**32 - 1, 2**32 - 1), (_SIDE, _SIDE), (1, 2**26), (2**26, 1)):
        tags = {256: width, 257: height}
        yield f"claims {width}x{height}.tif", lambda tags=tags: _tiff(tags)
        yield f"claims {width}x{height}, 16 bits.tif", lambda tags=tags: _tiff({**tags, 258: ("short", [16])})
        yield (
            f"claims {width}x{height}, double.tif",
            (lambda tags=tags: _tiff({**tags, 258: ("short", [64]), 339: ("short", [3])})),
        )
    for side in (2**31, 65_535, _SIDE):
        yield f"claims {side}x{side}.j2k", lambda side=side: _patched_j2k(side, side)
        yield f"claims {side}x{side}.avif", lambda side=side: _patched_avif(side, side)
    yield "65,025 tiles.j2k", lambda: _patched_j2k(6_000, 6_000, tile=24)
    yield "tiles of one pixel.j2k", lambda: _patched_j2k(6_000, 6_000, tile=1)


def _metadata() -> _Files:
    """Yield small pictures with metadata that grow or never end."""
    bomb = zlib.compress(bytes(10**7), 9)
    yield "100 texts that grow.png", lambda: _with_chunks(*[(b"zTXt", b"x\0\0" + bomb)] * 100)
    yield "a text that grows to 500 MB.png", lambda: _with_chunks((b"zTXt", b"x\0\0" + _zeros(500)))
    yield "an international text that grows.png", lambda: _with_chunks((b"iTXt", b"x\0\1\0\0\0" + _zeros(500)))
    yield "a profile that grows to 500 MB.png", lambda: _with_chunks((b"iCCP", b"x\0\0" + _zeros(500)))
    yield "500,000 texts.png", lambda: _with_chunks(*[(b"tEXt", b"x\0y")] * 500_000)
    yield "a text of 30 MB.png", lambda: _with_chunks((b"tEXt", b"x\0" + b"y" * 30_000_000))
    yield "EXIF of 30 MB.png", lambda: _with_chunks((b"eXIf", _exif_values(30_000_000 // 8)))
    yield "500,000 empty data chunks.png", lambda: _with_chunks(*[(b"IDAT", b"")] * 500_000)
    yield "a million unknown chunks.png", lambda: _with_chunks(*[(b"abCd", b"")] * 1_000_000)
    yield "a chunk of 2 GB.png", lambda: _file("PNG")[:33] + struct.pack(">I", 2**31 - 1) + b"tEXt" + bytes(100)
    yield (
        "100,000 frames.png",
        lambda: _with_chunks(
            (b"acTL", struct.pack(">II", 100_000, 0)),
            *[(b"fcTL", struct.pack(">5I2H2B", 0, 8, 8, 0, 0, 1, 1, 0, 0))] * 100_000,
        ),
    )
    laughs = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + b"".join(
        b'<!ENTITY %c "%s">' % (letter, b"&%c;" % (letter - 1) * 10) for letter in range(98, 110)
    )
    packets = {
        "entities that grow": laughs + b"]><x:xmpmeta xmlns:x='adobe:ns:meta/'>&m;</x:xmpmeta>",
        "100,000 nested elements": b"<a>" * 100_000 + b"</a>" * 100_000,
        "30 MB": b"<a>" + b"b" * 30_000_000 + b"</a>",
        "200,000 elements": b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + b"<a/>" * 200_000 + b"</x:xmpmeta>",
        "80,000 attributes": b"<x:xmpmeta xmlns:x='adobe:ns:meta/' %s/>"
        % b" ".join(b"a%d='1'" % number for number in range(80_000)),
    }
    for name, packet in packets.items():
        yield (
            f"XMP of {name}.png",
            lambda packet=packet: _with_chunks((b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + packet)),
        )
        yield f"XMP of {name}.tif", lambda packet=packet: _tiff({**_SMALL, 700: ("byte", packet)})
        if len(packet) < 60_000:
            segment = b"http://ns.adobe.com/xap/1.0/\0" + packet
            yield f"XMP of {name}.jpg", lambda segment=segment: _with_segments((0xE1, segment))
    yield "EXIF that is a circle.jpg", lambda: _with_segments((0xE1, b"Exif\0\0" + _circle()))
    yield "EXIF of 5,000 values.jpg", lambda: _with_segments((0xE1, b"Exif\0\0" + _exif_values(5_000)))
    yield "EXIF of 65,535 tags.png", lambda: _with_chunks((b"eXIf", _many_tags(65_535)))
    yield "EXIF of 2**32 values.jpg", lambda: _with_segments((0xE1, b"Exif\0\0" + _exif_count(2**32 - 1)))
    yield "comments of 30 MB.jpg", lambda: _with_segments(*[(0xFE, b"c" * 60_000)] * 500)
    yield (
        "IPTC of 30 MB.jpg",
        lambda: _with_segments(
            *[(0xED, b"Photoshop 3.0\x008BIM\4\4\0\0" + struct.pack(">I", 60_000) + b"\x1c\2\x19\0\1a" * 10_000)] * 500
        ),
    )
    yield "500,000 empty segments.jpg", lambda: _with_segments(*[(0xEB, b"")] * 500_000)
    yield "300,000 EXIF segments.jpg", lambda: _with_segments(*[(0xE1, b"Exif\0\0II*\0")] * 300_000)
    yield "100,000 multi-picture entries.jpg", lambda: _with_segments(*[(0xE2, b"MPF\0" + _exif_values(7_000))] * 14)
    yield "IPTC of 30 MB.tif", lambda: _tiff({**_SMALL, 33723: ("long", [0] * 7_500_000)})


def _structures() -> _Files:
    """Yield files whose structure is absurd."""
    yield "80,000 pages.tif", lambda: _pages(80_000)
    yield "pages in a circle.tif", lambda: _pages(2, circle=True)
    yield "30 MB of fractions.tif", lambda: _tiff({**_SMALL, 42033: ("rational", [1] * 7_500_000)})
    yield "65,000 tags.tif", lambda: _tiff({**_SMALL, **{tag: ("byte", bytes(9)) for tag in range(500, 65_500)}})
    yield "a tag of 2**32 values.tif", lambda: _tiff({**_SMALL, 305: ("count", 2**32 - 1)})
    yield "a tag of 2**31 fractions.tif", lambda: _tiff({**_SMALL, 282: ("count", 2**31)})
    yield "a text of 30 MB.tif", lambda: _tiff({**_SMALL, 270: ("ascii", b"t" * 30_000_000)})
    yield "sub-pages in a circle.tif", lambda: _tiff({**_SMALL, 330: ("long", [8])})
    yield "100,000 sub-pages.tif", lambda: _tiff({**_SMALL, 330: ("long", [8] * 100_000)})
    for tag, values in {
        258: (65_535, 0, 3, 128), 277: (65_535, 0, 100), 259: (65_535, 0, 7, 34_712, 50_002), 262: (65_535, 6, 3, 5),
        278: (0, 2**32 - 1), 317: (3, 65_535), 339: (4, 65_535), 284: (2, 65_535), 338: (65_535,), 273: (2**32 - 1, 0),
        279: (2**32 - 1, 0), 322: (1, 2**32 - 1, 0), 274: (65_535,), 266: (65_535,),
    }.items():  # fmt: skip
        for value in values:
            yield f"tag {tag} is {value}.tif", lambda tag=tag, value=value: _tiff({**_SMALL, tag: value})
    yield (
        "strips of one row, a million.tif",
        lambda: _tiff({256: 1, 257: 1_000_000, 278: 1, 273: ("long", [8] * 1_000_000), 279: ("long", [1] * 1_000_000)}),
    )
    yield (
        "a million tiles.tif",
        lambda: _tiff(
            {256: 16_000, 257: 6_000, 322: 16, 323: 16, 324: ("long", [8] * 375_000), 325: ("long", [256] * 375_000)}
        ),
    )
    yield (
        "tiles of one pixel.tif",
        lambda: _tiff(
            {256: 1_000, 257: 1_000, 322: 1, 323: 1, 324: ("long", [8] * 1_000_000), 325: ("long", [1] * 1_000_000)}
        ),
    )
    yield "BigTIFF of 2**63 pixels.tif", lambda: _big_tiff(2**63)
    yield "BigTIFF with a page at 2**63.tif", lambda: struct.pack("<2sHHHQ", b"II", 43, 8, 0, 2**63)
    yield "BigTIFF of 2**60 tags.tif", lambda: struct.pack("<2sHHHQQ", b"II", 43, 8, 0, 16, 2**60)
    jpeg = _file("JPEG")
    tables = jpeg[jpeg.index(b"\xff\xdb") : jpeg.index(b"\xff\xc0")]
    yield "10,000 tables.jpg", lambda: jpeg[:2] + tables * 10_000 + jpeg[2:]
    yield "10 MB of restart markers.jpg", lambda: jpeg[:-2] + b"\xff\xd0" * 5_000_000 + jpeg[-2:]
    yield "30 MB of fill bytes.jpg", lambda: jpeg[:2] + b"\xff" * 30_000_000 + jpeg[2:]
    yield "30 MB after the end.jpg", lambda: jpeg + bytes(30_000_000)
    yield "20,000 frames.gif", lambda: _frames("GIF", 20_000)
    yield "2,000 frames.webp", lambda: _frames("WEBP", 2_000)
    yield "boxes of size 0.avif", lambda: _file("AVIF")[:32] + bytes(8) * 100_000
    yield "100,000 nested boxes.jp2", lambda: _file("JPEG2000")[:32] + struct.pack(">I4s", 8, b"jp2h") * 100_000
    yield "a million boxes.jp2", lambda: _file("JPEG2000")[:32] + struct.pack(">I4s", 8, b"free") * 1_000_000
    yield "100,000 nested boxes.avif", lambda: _file("AVIF")[:32] + struct.pack(">I4s", 8, b"meta") * 100_000


def _profiles() -> _Files:
    """Yield pictures with hostile color profiles."""
    whole = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

    def profile(space: bytes, body: bytes, tag: bytes = b"A2B0") -> bytes:
        table = struct.pack(">I4sII", 1, tag, 144, len(body))
        header = bytearray(whole[:128])
        header[0:4], header[16:20] = struct.pack(">I", 144 + len(body)), space
        return bytes(header) + table + body

    bodies: dict[str, tuple[bytes, bytes, bytes]] = {
        "a curve of 2**32 points": (b"GRAY", b"curv" + bytes(4) + b"\xff" * 4, b"kTRC"),
        "a curve of 2 M points": (b"GRAY", b"curv" + struct.pack(">II", 0, 2 * 10**6) + bytes(4 * 10**6), b"kTRC"),
        "a grid of 255**15": (b"RGB ", b"mft2" + bytes(4) + bytes([15, 15, 255, 0]) + bytes(36) + b"\xff" * 4, b"A2B0"),
        "a grid of 255**3": (b"RGB ", b"mft1" + bytes(4) + bytes([3, 3, 255, 0]) + bytes(36) + bytes(256 * 3), b"A2B0"),
        "a parametric curve of type 65,535": (b"GRAY", b"para" + bytes(4) + b"\xff" * 40, b"kTRC"),
        "16 channels": (b"FCLR", b"mft2" + bytes(4) + bytes([16, 3, 2, 0]) + bytes(60), b"A2B0"),
        "a calculator": (b"RGB ", b"mpet" + bytes(4) + struct.pack(">HHI", 3, 3, 2**31) + b"\xff" * 64, b"D2B0"),
    }  # fmt: skip
    for name, (space, body, tag) in bodies.items():
        data = profile(space, body, tag)
        yield f"profile with {name}.png", lambda data=data: _file("PNG", icc_profile=data)
        yield f"profile with {name}.tif", lambda data=data: _tiff({**_SMALL, 34675: ("byte", data)})
    many = whole[:128] + struct.pack(">I", 10**6) + struct.pack(">4sII", b"rTRC", 128, 12) * 10**6
    yield "profile of a million tags.tif", lambda: _tiff({**_SMALL, 34675: ("byte", many)})
    yield "profile of 30 MB.tif", lambda: _tiff({**_SMALL, 34675: ("byte", whole + bytes(30_000_000))})
    circle = bytearray(whole)
    circle[132:144] = struct.pack(">4sII", b"rTRC", 0, len(whole))
    yield "profile whose tag is itself.png", lambda: _file("PNG", icc_profile=bytes(circle))


def _others() -> _Files:
    """Yield what is no picture, or no longer one."""
    yield "nothing.png", lambda: b""
    yield "only a signature.png", lambda: b"\x89PNG\r\n\x1a\n"
    yield "loop.eps", lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n{1} loop\n"
    yield "script.svg", lambda: b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"
    yield "paper.pdf", lambda: b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF"
    yield "page.html.jpg", lambda: b"<html><img src=x onerror=alert(1)>" * 1000
    yield "30 MB of zeros.tif", lambda: bytes(30_000_000)
    yield "30 MB of line ends.jpg", lambda: b"\r\n" * 15_000_000
    for name in ("PNG", "JPEG", "TIFF", "WEBP", "GIF", "BMP", "JPEG2000", "AVIF"):
        yield f"{name} whose second half is noise", lambda name=name: _half_noise(_file(name, side=200))
        yield (
            f"{name} without its second half",
            lambda name=name: _file(name, side=200)[: len(_file(name, side=200)) // 2],
        )
    yield "Photoshop.psd", lambda: struct.pack(">4sH6xHIIHH", b"8BPS", 1, 56, 30_000, 30_000, 32, 4)
    yield "icon.ico", lambda: struct.pack("<HHH", 0, 1, 65_535) + b"\xff" * 16 * 65_535
    yield "map.ppm", lambda: b"P6 30000 30000 65535\n"


def _expanding() -> _Files:
    """Yield small files of as many pixels as are accepted, or more than that in one strip."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    wide = _adobe_like_profile()
    for depth, color in ((8, 0), (8, 2), (8, 6), (16, 0), (16, 6), (8, 3)):
        for name, icc in (("", b""), (" with a profile", wide)):
            side = {(8, 6): 7_900, (16, 0): 6_900, (16, 6): 5_200}.get((depth, color), _SIDE)
            yield (
                f"zeros of {depth} bits, type {color}{name}.png",
                (lambda d=depth, c=color, icc=icc, side=side: _png(side, side, d, c, filled=True, profile=icc)),
            )
    yield "zeros with a profile of XYZ.png", lambda: _png(5_000, 5_000, 8, 2, filled=True, profile=profile)
    yield "interlaced zeros.png", lambda: _png(5_200, 5_200, 16, 6, filled=True, interlaced=True)
    yield "zeros.jpg", lambda: _blank("JPEG", "L", _SIDE)
    yield "zeros, CMYK with a profile.jpg", lambda: _blank("JPEG", "CMYK", 8_500, icc_profile=wide)
    yield (
        "zeros, progressive with a profile.jpg",
        lambda: _blank("JPEG", "RGB", _SIDE, progressive=True, icc_profile=wide),
    )
    yield "zeros.gif", lambda: _blank("GIF", "L", _SIDE)
    yield "zeros.bmp.png", lambda: _blank("BMP", "1", _SIDE)
    for compression in ("tiff_lzw", "tiff_adobe_deflate", "packbits", "zstd", "lzma", "group4", "jpeg"):
        mode = "1" if compression == "group4" else "L"
        yield f"zeros, {compression}.tif", lambda m=mode, c=compression: _blank("TIFF", m, _SIDE, compression=c)
    for compression in ("tiff_lzw", "tiff_adobe_deflate"):
        yield f"zeros, 16 bits, {compression}.tif", lambda c=compression: _blank("TIFF", "I;16", 7_400, compression=c)
    yield "zeros, Lab.tif", lambda: _blank("TIFF", "LAB", _SIDE, compression="tiff_adobe_deflate")
    yield (
        "zeros, CMYK with a profile.tif",
        lambda: _blank("TIFF", "CMYK", 8_500, compression="tiff_lzw", icc_profile=wide),
    )
    yield (
        "zeros, RGBA with a profile.tif",
        lambda: _blank("TIFF", "RGBA", 7_900, compression="tiff_lzw", icc_profile=wide),
    )
    yield "zeros, float.tif", lambda: _blank("TIFF", "F", 6_600, compression="tiff_adobe_deflate")
    yield "zeros.webp", lambda: _blank("WEBP", "RGBA", 6_300, lossless=True, method=0)
    yield "zeros, lossy.webp", lambda: _blank("WEBP", "RGB", 6_300, quality=1, method=0)
    yield "zeros.avif", lambda: _blank("AVIF", "RGBA", 7_900, speed=10, quality=1)
    yield "zeros.jp2", lambda: _blank("JPEG2000", "RGBA", 5_900)
    zeros = _zeros(1000)
    for number, data in ((8, zeros), (32_946, zeros), (32_773, b"\x81\0" * 10**7)):
        tags = {256: 100, 257: 100, 259: number}
        yield (
            f"a strip that grows to 1 GB, compression {number}.tif",
            (lambda tags=tags, data=data: _tiff({**tags, 258: ("short", [8])}, data)),
        )
        yield (
            f"a strip of 16 bits that grows to 1 GB, compression {number}.tif",
            (lambda tags=tags, data=data: _tiff({**tags, 258: ("short", [16])}, data)),
        )


def _slow() -> _Files:
    """Yield files that decode slowly."""
    for kilobytes in (64, 498, 4_000):
        yield f"progressive of {kilobytes} kB.jpg", lambda kilobytes=kilobytes: _many_scans(kilobytes * 1000)
    yield "run lengths of 5 MB.bmp", lambda: _bmp(_SIDE, 9_000, 8, 1, b"\1\1" * 2_500_000)
    yield "run lengths of 30 MB.bmp", lambda: _bmp(_SIDE, 9_000, 8, 1, b"\1\1" * 15_000_000)
    yield "noise.jp2", lambda: _saved(Image.fromarray(_noise()), "JPEG2000")
    yield "noise.webp", lambda: _saved(Image.fromarray(_noise()), "WEBP", lossless=True, method=0)
    yield "noise.avif", lambda: _saved(Image.fromarray(_noise()), "AVIF", speed=10, quality=100)
    yield (
        "noise.jpg",
        lambda: _saved(
            Image.fromarray(_noise(2)), "JPEG", quality=100, progressive=True, icc_profile=_adobe_like_profile()
        ),
    )
    yield (
        "noise.png",
        lambda: _saved(Image.fromarray(_noise(2)[:7_000]), "PNG", compress_level=0, icc_profile=_adobe_like_profile()),
    )
    yield "noise.tif", lambda: _saved(Image.fromarray(_noise(2)[:7_000, :, 0]), "TIFF", compression="tiff_lzw")
    yield "noise.gif", lambda: _saved(Image.fromarray(_noise(2)[..., 0]), "GIF")
    yield "210 MB.bmp", lambda: _file("BMP") + bytes(210 * 2**20)


def _noise(times: int = 1) -> np.ndarray:
    """Return noise of 4,500 pixels a side, `(H, W, 3)` uint8, repeated along both sides."""
    noise = np.random.default_rng(0).integers(0, 256, (4_500, 4_500, 3), np.uint8)
    return np.tile(noise, (times, times, 1))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _zeros(megabytes: int) -> bytes:
    """Return zeros, deflated: a thousandth of their size."""
    packer = zlib.compressobj(9)
    head = packer.compress(bytes(10**6)) + packer.flush(zlib.Z_FULL_FLUSH)
    # After a full flush the compressor starts afresh, so equal data give equal blocks, which need not be made again.
    block = packer.compress(bytes(10**6)) + packer.flush(zlib.Z_FULL_FLUSH)
    checksum = (megabytes * 10**6 % 65_521) << 16 | 1  # Adler-32 of zeros.
    return head + block * (megabytes - 1) + b"\x03\0" + checksum.to_bytes(4)


def _png(
    width: int, height: int, depth: int = 8, color: int = 2, *, interlaced: bool = False, filled: bool = False,
    profile: bytes = b"",
) -> bytes:  # fmt: skip
    """Return a PNG without pixels, or with black ones."""
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlaced)
    data = zlib.compress(bytes(64))
    if filled:
        row = 1 + width * depth * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[color] // 8
        data = _zeros((row * height + 8 * width + 10**6) // 10**6)
    chunks = [(b"IHDR", header), (b"iCCP", b"x\0\0" + zlib.compress(profile)) if profile else (b"abCd", b"")]
    chunks += [(b"PLTE", bytes(768)), (b"tRNS", bytes(256))] if color == 3 else []
    return b"\x89PNG\r\n\x1a\n" + b"".join(itertools.starmap(_chunk, [*chunks, (b"IDAT", data), (b"IEND", b"")]))


def _saved(image: Image.Image, file_format: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def _file(file_format: str, side: int = 32, **options: Any) -> bytes:
    """Return a small picture of noise."""
    pixels = np.random.default_rng(0).integers(0, 256, (side, side, 3), np.uint8)
    return _saved(Image.fromarray(pixels), file_format, **options)


def _blank(file_format: str, mode: str, side: int, **options: Any) -> bytes:
    return _saved(Image.new(mode, (side, side)), file_format, **options)


def _adobe_like_profile() -> bytes:
    """Return an RGB profile that is not sRGB: that with the curves of gamma 2.2 in place of its own."""
    whole = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    count = struct.unpack_from(">I", whole, 128)[0]
    found = bytearray(whole)
    for number in range(count):
        name, start, length = struct.unpack_from(">4sII", whole, 132 + 12 * number)
        if name in (b"rTRC", b"gTRC", b"bTRC"):
            found[start : start + length] = (b"curv" + bytes(4) + struct.pack(">IH", 1, 563)).ljust(length, b"\0")[
                :length
            ]
        if name == b"desc":
            found[start : start + length] = found[start : start + length].replace(b"s\0R\0G\0B", b"w\0i\0d\0e")
    return bytes(found)


def _replace(data: bytes, old: bytes, new: bytes, length: int) -> bytes:
    """Replace `length` bytes from the first `old` on."""
    start = data.index(old)
    return data[:start] + new + data[start + length :]


def _with_chunks(*chunks: tuple[bytes, bytes]) -> bytes:
    """Return a small PNG with more chunks after its header."""
    png = _file("PNG")
    return png[:33] + b"".join(itertools.starmap(_chunk, chunks)) + png[33:]


def _with_segments(*segments: tuple[int, bytes]) -> bytes:
    """Return a small JPEG with more segments."""
    jpeg = _file("JPEG")
    parts = [struct.pack(">BBH", 0xFF, kind, len(body) + 2) + body for kind, body in segments]
    return jpeg[:20] + b"".join(parts) + jpeg[20:]


def _patched_frame(jpeg: bytes, size: bytes) -> bytes:
    frame = next(jpeg.index(marker) for marker in (b"\xff\xc0", b"\xff\xc2") if marker in jpeg)
    return jpeg[: frame + 5] + size + jpeg[frame + 9 :]


def _many_scans(length: int) -> bytes:
    """Return a progressive JPEG of 25 megapixels with as many scans as fit into `length` bytes."""
    jpeg = _file("JPEG", progressive=True)
    start = jpeg.index(b"\xff\xda")
    head = _patched_frame(jpeg[:start], struct.pack(">HH", 5_000, 5_000))
    scan = b"\xff\xda\x00\x08\x01\x01\x00\x01\x3f\x00"
    return head + scan * ((length - len(head)) // len(scan)) + b"\xff\xd9"


def _bmp(width: int, height: int, bits: int, compression: int, data: bytes) -> bytes:
    palette = bytes(4 << bits)
    start = 14 + 40 + len(palette)
    header = struct.pack("<2sIII", b"BM", start + len(data), 0, start)
    return (
        header
        + struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, compression, len(data), 0, 0, 0, 0)
        + palette
        + data
    )


def _riff(kind: bytes, data: bytes) -> bytes:
    body = b"WEBP" + kind + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _webp(width: int, height: int) -> bytes:
    return _riff(b"VP8 ", b"\x50\1\0\x9d\x01\x2a" + struct.pack("<HH", width, height) + bytes(60))


def _webp_lossless(width: int, height: int) -> bytes:
    return _riff(b"VP8L", b"\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14 | 1 << 28) + bytes(60))


def _patched_j2k(width: int, height: int, tile: int = 0) -> bytes:
    """Return a JPEG 2000 codestream of another size: SIZ holds size, origin, and those of the tiles."""
    data = _file("JPEG2000")
    start = data.index(b"\xff\x51") + 6
    tiles = struct.pack(">II", tile or width, tile or height)
    return data[:start] + struct.pack(">II", width, height) + data[start + 8 : start + 16] + tiles + data[start + 24 :]


def _patched_avif(width: int, height: int) -> bytes:
    data = _file("AVIF")
    start = data.index(b"ispe") + 8
    return data[:start] + struct.pack(">II", width, height) + data[start + 8 :]


def _half_noise(data: bytes) -> bytes:
    noise = np.random.default_rng(0).integers(0, 256, len(data) - len(data) // 2, np.uint8).tobytes()
    return data[: len(data) // 2] + noise


_SMALL: dict[int, Any] = {256: 32, 257: 32}


def _tiff(tags: dict[int, Any], data: bytes = bytes(4096)) -> bytes:
    """Return a gray TIFF with one strip.

    Args:
        tags: values by tag: a number, or a type and values. `count` is a tag that claims so many.
        data: the strip.
    """
    defaults = {258: ("short", [8]), 259: 1, 262: 1, 273: 8, 277: 1, 278: 2**31, 279: len(data)}
    entries, body = [], bytearray(data + bytes(len(data) % 2))
    for tag, value in sorted({**defaults, **tags}.items()):
        kind, values = value if isinstance(value, tuple) else ("long", [value])
        if kind == "count":
            entries.append(struct.pack("<HHII", tag, 5 if tag == 282 else 2, values, 8))
            continue
        number, letter = _TIFF_TYPES[kind]
        packed = bytes(values) if letter == "B" else np.array(values, f"<u{struct.calcsize(letter[0])}").tobytes()
        if len(packed) <= 4:
            entries.append(struct.pack("<HHI", tag, number, len(values)) + packed.ljust(4, b"\0"))
        else:
            count = len(values) // len(letter) if kind == "rational" else len(values)
            entries.append(struct.pack("<HHII", tag, number, count, 8 + len(body)))
            body += packed + bytes(len(packed) % 2)
    directory = struct.pack("<H", len(entries)) + b"".join(entries) + bytes(4)
    return b"II*\0" + struct.pack("<I", 8 + len(body)) + bytes(body) + directory


def _pages(count: int, *, circle: bool = False) -> bytes:
    one = _tiff(_SMALL, bytes(32 * 32))
    first = struct.unpack_from("<I", one, 4)[0]
    directory, file = one[first:-4], bytearray(one[:-4])
    for _ in range(count - 1):
        file += struct.pack("<I", len(file) + 4) + directory
    return bytes(file) + struct.pack("<I", first if circle else 0)


def _big_tiff(pixels: int) -> bytes:
    entries = {256: pixels, 257: pixels, 258: 8, 259: 1, 262: 1, 273: 16, 277: 1, 278: pixels, 279: 16}
    packed = b"".join(struct.pack("<HHQQ", tag, 16, 1, value) for tag, value in entries.items())
    return struct.pack("<2sHHHQ", b"II", 43, 8, 0, 16) + struct.pack("<Q", len(entries)) + packed + bytes(8)


def _exif_values(count: int) -> bytes:
    return b"II*\0\x08\0\0\0\1\0" + struct.pack("<HHII", 0x9214, 5, count, 26) + bytes(4) + b"\1\0\0\0" * 2 * count


def _exif_count(count: int) -> bytes:
    return b"II*\0\x08\0\0\0\1\0" + struct.pack("<HHII", 0x010E, 2, count, 26) + bytes(4)


def _many_tags(count: int) -> bytes:
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, tag) for tag in range(count))
    return b"II*\0\x08\0\0\0" + struct.pack("<H", count) + entries + bytes(4)


def _circle() -> bytes:
    """Return EXIF whose blocks of details, GPS, and interoperability are the first block."""
    tags = (0x8769, 0x8825, 0xA005)
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, 8) for tag in tags)
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) + entries + struct.pack("<I", 8)


def _frames(file_format: str, count: int) -> bytes:
    colors = [Image.new("L", (2, 2), number % 256) for number in range(256)]
    frames = (colors[number % 256] for number in range(1, count))
    return _saved(colors[0], file_format, save_all=True, append_images=list(frames), duration=10)
