"""Image files that have broken other programs, with the expected outcome of each.

Run as a program it takes every one of them, and any number of random mutations of valid files, from bytes to
colored bytes, and prints what that cost:

    python -m tests.imaging.hard_files --mutations 2000
"""

import argparse
import io
import json
import random
import struct
import sys
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import ExifTags, Image

from colorizer.errors import UserError
from colorizer.imaging import Picture, decode, decode_image, encode_image, icc
from colorizer.inference import Colorizer, colorize_picture
from colorizer.workspace import DEFAULT_RUN
from tests.factories import file_bytes, huge_png, noise, smooth

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP")


@dataclass(frozen=True)
class Hard:
    """A file, and what it is."""

    name: str
    data: bytes
    pixels: np.ndarray | None
    """What a person should see, `(H, W, 3)` uint8; None if the file must be refused."""
    tolerance: float = 1.0
    """Mean difference to that, in levels."""


def hard_files() -> list[Hard]:
    """All of them."""
    groups = (_orientations, _cut_off, _no_pictures, _bombs, _sizes, _deep, _color_spaces, _opacity, _odd, _archives)
    return [hard for group in groups for hard in group()]


def mutations(count: int, seed: int = 0) -> Iterator[tuple[str, bytes]]:
    """Valid files of all formats with a few bytes changed at random, the same for each seed."""
    chance = random.Random(seed)
    valid = _valid()
    for number in range(count):
        kind = chance.choice(sorted(valid))
        data = bytearray(valid[kind])
        for _ in range(chance.randint(1, 8)):
            # Most of a file's structure is at its start.
            place = chance.randrange(min(200, len(data)) if chance.random() < 0.5 else len(data))
            data[place] = chance.choice((0, 255, chance.randrange(256)))
        yield f"{kind} mutated {number}", bytes(data)


def _valid() -> dict[str, bytes]:
    exif = Image.Exif()
    exif[ExifTags.Base.Make], exif[ExifTags.Base.Orientation] = "Leica", 6
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (52.0, 31.0, 0.0)
    pixels = smooth(1, 40, 48)
    found = {kind: file_bytes(pixels, kind) for kind in FORMATS}
    for kind in ("JPEG", "PNG", "WEBP"):
        found[f"{kind} with metadata"] = file_bytes(pixels, kind, exif=exif.tobytes(), icc_profile=icc.srgb())
    found["deep PNG"] = file_bytes(Image.fromarray(noise(0, 40, 48)[..., 0].astype(np.uint16) * 257))
    found["deep TIFF"] = file_bytes(Image.fromarray(noise(0, 40, 48)[..., 0].astype(np.float32)), "TIFF")
    found["packed TIFF"] = file_bytes(pixels, "TIFF", compression="tiff_lzw")
    found["palette PNG"] = file_bytes(Image.fromarray(pixels).quantize(16))
    if "HEIF" in decode.FORMATS:
        found["HEIC"] = _heic(pixels)
    return found


def _orientations() -> Iterator[Hard]:
    upright = smooth(3, 48, 80)
    undo: dict[int, Callable[[np.ndarray], np.ndarray]] = {
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.transpose(1, 0, 2),
        6: lambda a: np.rot90(a),
        7: lambda a: np.rot90(a, 2).transpose(1, 0, 2),
        8: lambda a: np.rot90(a, -1),
    }
    for number, turn in undo.items():
        exif = Image.Exif()
        exif[ExifTags.Base.Orientation] = number
        stored = np.ascontiguousarray(turn(upright))
        for kind in ("JPEG", "TIFF"):
            data = file_bytes(stored, kind, exif=exif.tobytes())
            yield Hard(f"orientation {number}.{kind.lower()}", data, upright, 3)


def _cut_off() -> Iterator[Hard]:
    for kind in ("PNG", "WEBP", "TIFF"):
        whole = file_bytes(noise(1, 64, 64), kind)
        for tenth in range(10):
            yield Hard(f"cut at {tenth} tenths.{kind.lower()}", whole[: len(whole) * tenth // 10], None)


def _no_pictures() -> Iterator[Hard]:
    yield Hard("empty.jpg", b"", None)
    yield Hard("text.jpg", b"dear diary", None)
    yield Hard("page.png", b"<html><script>alert(1)</script></html>", None)
    yield Hard("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><rect width='9' height='9'/></svg>", None)
    yield Hard("paper.pdf", b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF", None)
    yield Hard("postscript.eps", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n{1} loop\n", None)
    yield Hard("zeros.tif", bytes(10_000), None)
    yield Hard("only the first bytes.png", b"\x89PNG\r\n\x1a\n", None)
    yield Hard("only the first bytes.jpg", b"\xff\xd8\xff\xe0", None)
    yield Hard("a PNG called.jpg", file_bytes(smooth(1)), smooth(1), 0)
    yield Hard("a JPEG called.png", file_bytes(smooth(1), "JPEG", quality=100), smooth(1), 3)


def _bombs() -> Iterator[Hard]:
    yield Hard("bomb.png", huge_png(100_000, 100_000), None)
    yield Hard("bomb with a pixel too many.png", huge_png(10_001, 10_000), None)
    yield Hard("empty promise.png", huge_png(10_000, 10_000), None)
    gif = bytearray(file_bytes(smooth(1), "GIF"))
    gif[6:10] = struct.pack("<HH", 65535, 65535)
    yield Hard("bomb.gif", bytes(gif), None)
    bmp = bytearray(file_bytes(smooth(1), "BMP"))
    bmp[18:26] = struct.pack("<ii", 2**31 - 1, 2**31 - 1)
    yield Hard("bomb.bmp", bytes(bmp), None)
    jpeg = bytearray(file_bytes(smooth(1), "JPEG"))
    frame = jpeg.index(b"\xff\xc0")
    jpeg[frame + 5 : frame + 9] = struct.pack(">HH", 65500, 65500)
    yield Hard("bomb.jpg", bytes(jpeg), None)
    tiff = file_bytes(smooth(1), "TIFF")
    wide = struct.pack("<HHII", 256, 4, 1, 32), struct.pack("<HHII", 256, 4, 1, 2**31 - 1)
    short = struct.pack("<HHIHH", 256, 3, 1, 32, 0)
    yield Hard("bomb.tif", tiff.replace(wide[0], wide[1]).replace(short, wide[1]), None)
    many = b"".join(_png_chunk(b"zTXt", b"x\0\0" + zlib.compress(bytes(10**6))) for _ in range(100))
    png = file_bytes(smooth(1))
    yield Hard("texts that grow.png", png[:33] + many + png[33:], None)
    yield Hard(
        "a profile that grows.png",
        png[:33] + _png_chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(10**8))) + png[33:],
        None,
    )


def _sizes() -> Iterator[Hard]:
    for kind in FORMATS:
        yield Hard(
            f"one pixel.{kind.lower()}",
            file_bytes(np.full((1, 1, 3), 200, np.uint8), kind),
            np.full((1, 1, 3), 200, np.uint8),
            3,
        )
    for shape in ((20_000, 1, 3), (1, 20_000, 3)):
        pixels = noise(2, *shape[:2])
        yield Hard(f"{shape[1]}x{shape[0]}.png", file_bytes(pixels), pixels, 0)
        yield Hard(f"{shape[1]}x{shape[0]}.tif", file_bytes(pixels, "TIFF"), pixels, 0)


def _deep() -> Iterator[Hard]:
    gray = smooth(4, 40, 60)[..., 0]
    seen, levels = np.repeat(gray[..., None], 3, axis=-1), gray.astype(np.uint16) * 257
    yield Hard("16 bits.png", file_bytes(Image.fromarray(levels)), seen, 0)
    yield Hard("16 bits.tif", file_bytes(Image.fromarray(levels), "TIFF"), seen, 0)
    big_endian = Image.frombytes("I;16B", (60, 40), levels.astype(">u2").tobytes())
    yield Hard("16 bits, big end first.tif", file_bytes(big_endian, "TIFF"), seen, 0)
    yield Hard("32 bits.tif", file_bytes(Image.fromarray(levels.astype(np.int32)), "TIFF"), seen, 0)
    values = gray.astype(np.float32) / 255
    yield Hard("floating point.tif", file_bytes(Image.fromarray(values), "TIFF"), seen, 0)
    values[:2] = np.nan
    values[2:4] = np.inf
    broken = seen.copy()
    broken[:2], broken[2:4] = 0, 255
    yield Hard("not a number.tif", file_bytes(Image.fromarray(values), "TIFF"), broken, 0)
    yield Hard("all is not a number.tif", file_bytes(Image.fromarray(values * np.float32(np.nan)), "TIFF"), seen * 0, 0)


def _color_spaces() -> Iterator[Hard]:
    pixels = smooth(5, 40, 60)
    image = Image.fromarray(pixels)
    one_bit = image.convert("1")
    yield Hard("1 bit.png", file_bytes(one_bit), np.asarray(one_bit.convert("RGB")), 0)
    yield Hard(
        "1 bit, fax.tif", file_bytes(one_bit, "TIFF", compression="group4"), np.asarray(one_bit.convert("RGB")), 0
    )
    palette = image.quantize(32)
    yield Hard("palette.png", file_bytes(palette), np.asarray(palette.convert("RGB")), 0)
    ink = Image.fromarray(np.full((40, 60, 4), (0, 255, 255, 0), np.uint8), "CMYK")
    red = np.full((40, 60, 3), (255, 0, 0), np.uint8)
    yield Hard("CMYK.jpg", file_bytes(ink, "JPEG"), red, 6)
    yield Hard("CMYK.tif", file_bytes(ink, "TIFF"), red, 0)
    # By the profile, the same ink is a middle gray.
    middle = np.full((40, 60, 3), 119, np.uint8)
    yield Hard("CMYK with profile.tif", file_bytes(ink, "TIFF", icc_profile=cmyk_profile()), middle, 3)
    yield Hard("CMYK with a profile for RGB.tif", file_bytes(ink, "TIFF", icc_profile=icc.srgb()), red, 2)
    yield Hard("YCbCr.tif", file_bytes(image.convert("YCbCr"), "TIFF"), pixels, 3)
    for name, profile in (("cut", icc.srgb()[:200]), ("nonsense", b"nonsense" * 50), ("empty", b"\0")):
        yield Hard(f"{name} profile.png", file_bytes(pixels, icc_profile=profile), pixels, 0)


def _opacity() -> Iterator[Hard]:
    pixels = smooth(6, 40, 60)
    hidden = np.dstack([noise(1, 40, 60), np.zeros((40, 60), np.uint8)])
    for kind in ("PNG", "WEBP", "TIFF"):
        yield Hard(
            f"hidden colors.{kind.lower()}", file_bytes(Image.fromarray(hidden), kind), np.full_like(pixels, 255), 0
        )
    half = Image.fromarray(np.dstack([pixels, np.full((40, 60), 128, np.uint8)]))
    yield Hard("half seen.png", file_bytes(half), pixels, 0)
    gray = Image.fromarray(pixels[..., 0])
    gray.putalpha(90)
    yield Hard("half seen gray.png", file_bytes(gray), np.repeat(pixels[..., :1], 3, axis=-1), 0)
    palette = Image.fromarray(pixels).quantize(8)
    yield Hard(
        "a color of the palette is clear.png",
        file_bytes(palette, transparency=255),
        np.asarray(palette.convert("RGB")),
        0,
    )


def _odd() -> Iterator[Hard]:
    pixels = smooth(7, 40, 60)
    frames = [Image.fromarray(noise(seed, 40, 60)) for seed in (0, 1, 2)]
    for kind in ("GIF", "WEBP", "PNG", "TIFF"):
        first = np.asarray((frames[0].quantize(255) if kind == "GIF" else frames[0]).convert("RGB"))
        data = file_bytes(
            frames[0], kind, save_all=True, append_images=frames[1:], **({"lossless": True} if kind == "WEBP" else {})
        )
        yield Hard(f"several pictures.{kind.lower()}", data, first, 30 if kind == "GIF" else 0)
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = "x" * 60_000
    yield Hard("much EXIF.jpg", file_bytes(pixels, "JPEG", quality=100, exif=exif.tobytes()), pixels, 3)
    exif[ExifTags.Base.Artist] = "x" * 5_000_000
    yield Hard("very much EXIF.png", file_bytes(pixels, exif=exif.tobytes()), pixels, 0)
    yield Hard(
        "broken EXIF.jpg", file_bytes(pixels, "JPEG", quality=100, exif=b"Exif\0\0II*\0\xff\xff\xff\xff" * 9), pixels, 3
    )
    yield Hard("progressive.jpg", file_bytes(pixels, "JPEG", quality=100, progressive=True), pixels, 3)
    jpeg = file_bytes(pixels, "JPEG", quality=100)
    yield Hard("something after the end.jpg", jpeg + noise(0, 50, 50).tobytes(), pixels, 3)
    yield Hard("upside down.bmp", file_bytes(pixels, "BMP"), pixels, 0)
    if "HEIF" in decode.FORMATS:
        yield Hard("telephone.heic", _heic(pixels), pixels, 4)
        yield Hard("half a telephone.heic", _heic(pixels)[:300], None)


def _archives() -> Iterator[Hard]:
    photo = file_bytes(smooth(1))
    link = zipfile.ZipInfo("link.png")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    inner = _zip({"a.png": photo})
    encrypted = bytearray(_zip({"a.png": photo}))
    encrypted[6] |= 1
    encrypted[encrypted.rindex(b"PK\x01\x02") + 8] |= 1
    contents: dict[str, bytes] = {
        "traversal.zip": _zip({"../../evil.png": photo}),
        "symlink.zip": _zip({link: b"/etc/passwd"}),
        "nested.zip": _zip({"inner.zip": inner}),
        "encrypted.zip": bytes(encrypted),
        "10,000 entries.zip": _zip({f"{number}.png": b"" for number in range(10_000)}),
        "high ratio.zip": _zip({"zeros.png": bytes(50_000_000)}),
    }
    for name, data in contents.items():
        yield Hard(name, data, None)
        yield Hard(f"{name} called.jpg", data, None)


def _zip(files: Mapping[Any, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def _png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _heic(pixels: np.ndarray) -> bytes:
    import pillow_heif

    buffer = io.BytesIO()
    pillow_heif.from_pillow(Image.fromarray(pixels)).save(buffer, quality=95)
    return buffer.getvalue()


def cmyk_profile() -> bytes:
    """A profile by which magenta with yellow is the gray of L* = 50 (ICC.1:2001-04, lut8Type)."""
    identity = b"".join(round(value * 65536).to_bytes(4) for value in (1, 0, 0, 0, 1, 0, 0, 0, 1))
    ramp = bytes(range(256))
    lightness = {0: 255, 0b0110: 128}  # by inks C, M, Y, K; all others are black
    lab = b"".join(bytes((lightness.get(inks, 0), 128, 128)) for inks in range(16))
    table = b"mft1" + bytes(4) + bytes((4, 3, 2, 0)) + identity + ramp * 4 + lab + ramp * 3
    white = b"XYZ " + bytes(4) + b"".join(round(value * 65536).to_bytes(4) for value in (0.9642, 1.0, 0.8249))
    text = b"desc" + bytes(4) + (4).to_bytes(4) + b"ink\0" + bytes(80)
    return build_profile(b"CMYK", b"Lab ", b"prtr", {b"A2B0": table, b"wtpt": white, b"desc": text})


def build_profile(space: bytes, connection: bytes, kind: bytes, parts: dict[bytes, bytes]) -> bytes:
    """An ICC profile of these tags.

    Args:
        space: what its numbers are, four letters.
        connection: what they are converted to.
        kind: of device.
        parts: tags by their names.
    """
    table, body, start = len(parts).to_bytes(4), b"", 128 + 4 + 12 * len(parts)
    for name, data in parts.items():
        table += name + (start + len(body)).to_bytes(4) + len(data).to_bytes(4)
        body += data + bytes(-len(data) % 4)
    header = bytearray(icc.srgb()[:128])
    header[0:4] = (start + len(body)).to_bytes(4)
    header[8:12] = bytes((2, 64, 0, 0))
    header[12:16], header[16:20], header[20:24] = kind, space, connection
    return bytes(header) + table + body


def journey(name: str, data: bytes, colorizer: Colorizer) -> Picture:
    """From bytes to colored bytes; the picture as it was read.

    Raises:
        InputError: the file cannot be read.
    """
    picture = decode_image(data, name)
    result = encode_image(colorize_picture(picture, colorizer.predict(picture.pixels)))
    again = decode_image(result, name)
    assert again.size == picture.size
    return picture


def _peak_mb() -> float:
    """The most memory that this process has held, in MiB, Linux only.

    `getrusage` would not do: its peak is handed on by the process that started this one.
    """
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) / 2**10


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--mutations", type=int, default=0)
    parser.add_argument("--model", default=DEFAULT_RUN)
    options = parser.parse_args()
    colorizer = Colorizer.load(options.model)
    files = [(hard.name, hard.data) for hard in hard_files()] + list(mutations(options.mutations))
    pictures, refused, slowest = 0, 0, (0.0, "")
    for name, data in files:
        started = time.perf_counter()
        try:
            journey(name, data, colorizer)
            pictures += 1
        except UserError as error:
            refused += str(error).startswith(name)
        slowest = max(slowest, (time.perf_counter() - started, name))
    report = {"pictures": pictures, "refused": refused, "slowest_s": round(slowest[0], 2), "slowest": slowest[1]}
    if sys.platform == "linux":
        report["peak_mb"] = _peak_mb()
    print(json.dumps(report))


if __name__ == "__main__":
    main()
