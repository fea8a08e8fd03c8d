"""A table of formats, bit depths, profiles, alpha and orientations: every file of it shows the same gray picture."""

import io
import itertools
import lzma
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import ExifTags, Image, PngImagePlugin

from colorizer.color import LUMA_WEIGHTS
from colorizer.errors import InputError
from colorizer.imaging import decode, decode_image, uint16
from colorizer.imaging import tiff as tiff_reader
from tests.factories import file_bytes
from tests.imaging.hard_files import build_profile

HEIGHT, WIDTH = 24, 40
LEVELS = (
    np.linspace(1000, 64000, HEIGHT)[:, None] * 0.6 + np.linspace(0, 25000, WIDTH)[None] + 257 * np.eye(HEIGHT, WIDTH)
).astype(np.uint16)
"""The picture, `(H, W)`; it looks different from each side."""
GRAY8 = uint16.to_uint8(LEVELS)
ALPHA8 = np.tile(np.linspace(40, 255, WIDTH).astype(np.uint8), (HEIGHT, 1))
GAMMA = 1.8


@dataclass(frozen=True)
class Case:
    name: str
    data: bytes
    expected: np.ndarray
    """Levels in sRGB, uint16."""
    is_deep: bool = False
    has_alpha: bool = False
    note: str = ""
    """What a note must contain; without it there must be none."""
    tolerance: float = 0.6
    """In levels of 255."""


def curve_profile(space: bytes, gamma: float = GAMMA) -> bytes:
    """Build a gray or RGB profile with this gamma, the latter with the primaries of sRGB."""

    def xyz(*values: float) -> bytes:
        return b"XYZ " + bytes(4) + b"".join(round(value * 65536).to_bytes(4) for value in values)

    curve = b"curv" + bytes(4) + (1).to_bytes(4) + round(gamma * 256).to_bytes(2)
    parts = {b"wtpt": xyz(0.9642, 1, 0.8249), b"desc": b"desc" + bytes(4) + (2).to_bytes(4) + b"x\0" + bytes(80)}
    if space == b"GRAY":
        return build_profile(space, b"XYZ ", b"mntr", {b"kTRC": curve, **parts})
    primaries = {
        b"rXYZ": (0.4361, 0.2225, 0.0139),
        b"gXYZ": (0.3851, 0.7169, 0.0971),
        b"bXYZ": (0.1431, 0.0606, 0.7141),
    }
    parts |= {name: xyz(*values) for name, values in primaries.items()}
    return build_profile(space, b"XYZ ", b"mntr", {b"rTRC": curve, b"gTRC": curve, b"bTRC": curve, **parts})


def to_srgb(levels: np.ndarray, gamma: float) -> np.ndarray:
    """Calculate what levels of this gamma are in sRGB."""
    linear = (levels / 65535) ** gamma
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.rint(65535 * encoded).astype(np.uint16)


def tiff(data: np.ndarray, photometric: str = "minisblack", *tags: tuple[Any, ...], **options: Any) -> bytes:
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, data, photometric=photometric, metadata=None, extratags=tags, **options)
    return buffer.getvalue()


def rgb(gray: np.ndarray) -> np.ndarray:
    return np.repeat(gray[..., None], 3, axis=-1)


def cases() -> Iterator[Case]:
    yield from _gray_and_rgb_tiff()
    yield from _other_tiff()
    yield from _other_formats()
    yield from _profile_alpha_and_orientation()
    yield from _shallow_png()
    for case in list(_gray_and_rgb_tiff())[:4]:
        for orientation in range(1, 9):
            yield _turned(case, orientation)


def _gray_and_rgb_tiff() -> Iterator[Case]:
    for bits, color, compression, profile in itertools.product(
        (16, 8), ("minisblack", "miniswhite", "rgb", "rgb-planar"), (None, "zlib"), (None, "own", "other")
    ):
        levels = LEVELS if bits == 16 else GRAY8
        stored = np.iinfo(levels.dtype).max - levels if color == "miniswhite" else levels
        options: dict[str, Any] = {"compression": compression}
        if color == "rgb":
            stored = rgb(levels)
        elif color == "rgb-planar":
            stored, options["planarconfig"] = np.stack([levels] * 3), "separate"
        is_rgb = color.startswith("rgb")
        if profile:
            options["iccprofile"] = curve_profile(b"RGB " if is_rgb == (profile == "own") else b"GRAY")
        expected = LEVELS if bits == 16 else GRAY8.astype(np.uint16) * 257
        # The curve of a gray profile on a file of 8 bits that is 0-is-white is applied to the levels as shown.
        expected = to_srgb(expected, GAMMA) if profile else expected
        name = f"{color} {bits} {compression} {profile}"
        data = tiff(stored, color.removesuffix("-planar"), **options)
        yield Case(name, data, expected, is_deep=bits == 16, tolerance=1.1 if profile else 0.6)


def _other_tiff() -> Iterator[Case]:
    deep: dict[str, Any] = {"expected": LEVELS, "is_deep": True}
    alpha16 = ALPHA8.astype(np.uint16) * 257
    premultiplied = np.rint(LEVELS * (alpha16 / 65535)).astype(np.uint16)
    for bits, gray, alpha in ((16, LEVELS, alpha16), (8, GRAY8, ALPHA8)):
        expected = LEVELS if bits == 16 else GRAY8.astype(np.uint16) * 257
        both: dict[str, Any] = {"expected": expected, "is_deep": bits == 16}
        data = tiff(np.dstack([gray, alpha]), extrasamples=["unassalpha"], planarconfig="contig")
        yield Case(f"gray alpha {bits}", data, has_alpha=True, **both)
        stored = np.dstack([np.iinfo(gray.dtype).max - gray, alpha])
        data = tiff(stored, "miniswhite", extrasamples=["unassalpha"], planarconfig="contig")
        yield Case(f"0-is-white alpha {bits}", data, has_alpha=True, **both)
        data = tiff(np.stack([gray, alpha]), extrasamples=["unassalpha"], planarconfig="separate")
        yield Case(f"gray alpha planar {bits}", data, has_alpha=True, **both)
        data = tiff(np.dstack([rgb(gray), alpha]), "rgb", extrasamples=["unassalpha"])
        yield Case(f"rgb alpha {bits}", data, has_alpha=True, **both)
        data = tiff(np.dstack([rgb(gray), alpha]), "rgb", extrasamples=["unspecified"])
        yield Case(f"rgb infrared {bits}", data, note="1 more channel", **both)
    data = tiff(np.dstack([premultiplied] * 3 + [alpha16]), "rgb", extrasamples=["assocalpha"])
    yield Case("rgb associated alpha 16", data, has_alpha=True, **deep)
    yield Case("big endian 16", tiff(LEVELS, byteorder=">"), **deep)
    yield Case("BigTIFF 16", tiff(LEVELS, bigtiff=True), **deep)
    yield Case("tiled 16", tiff(rgb(LEVELS), "rgb", tile=(16, 16), compression="zlib"), **deep)
    yield Case("strips, predictor 16", tiff(LEVELS, rowsperstrip=5, compression="zlib", predictor=2), **deep)
    yield Case("LZW 16", file_bytes(Image.fromarray(LEVELS), "TIFF", compression="tiff_lzw"), **deep)
    yield Case("PackBits 16", file_bytes(Image.fromarray(LEVELS), "TIFF", compression="packbits"), **deep)
    yield Case("Zstandard 16", file_bytes(Image.fromarray(LEVELS), "TIFF", compression="zstd"), **deep)
    twelve = (LEVELS >> 4).astype(np.uint16)
    yield Case("12 bits in 16", tiff(twelve, "minisblack", (281, 3, 1, 4095, True)), **deep)
    yield Case("12 bits in 16, not said", tiff(twelve), note="12 bits", **deep)
    stored = np.dstack([twelve, alpha16 >> 4])
    data = tiff(stored, "minisblack", (281, 3, 1, 4095, True), extrasamples=["unassalpha"], planarconfig="contig")
    yield Case("12 bits in 16 with alpha", data, has_alpha=True, **deep)
    stored = (np.dstack([LEVELS, alpha16]) / 65535).astype(np.float32)
    data = tiff(stored, extrasamples=["unassalpha"], planarconfig="contig")
    yield Case("gray alpha float", data, has_alpha=True, **deep)
    below = (LEVELS / 65535).astype(np.float32)
    below[:, 0] = -0.5
    expected = LEVELS.copy()
    expected[:, 0] = 0
    yield Case("float below 0", tiff(below), expected, is_deep=True, note="below 0 as black")
    both = {"expected": GRAY8.astype(np.uint16) * 257}
    yield Case("big endian BigTIFF 8", tiff(GRAY8, bigtiff=True, byteorder=">"), **both)
    premultiplied8 = np.dstack([np.rint(GRAY8 * (ALPHA8 / 255)).astype(np.uint8), ALPHA8])
    data = tiff(premultiplied8, extrasamples=["assocalpha"], planarconfig="contig")
    yield Case("gray associated alpha 8", data, has_alpha=True, tolerance=5, **both)
    ramp = np.stack([np.arange(256, dtype=np.uint16)] * 3)
    yield Case("palette of 8 bits", tiff(GRAY8, "palette", colormap=ramp), **both)
    yield Case("uint32", tiff(LEVELS.astype(np.uint32) * 65537), **deep)
    yield Case("uint32 of 16 bits", tiff(LEVELS.astype(np.uint32)), note="32-bit", **deep)
    yield Case("int16", tiff((LEVELS.astype(int) - 32768).astype(np.int16)), note="signed", **deep)
    yield Case("int16 from 0", tiff((LEVELS >> 1).astype(np.int16)), note="signed", **deep)
    yield Case("int8", tiff((GRAY8.astype(int) - 128).astype(np.int8)), GRAY8.astype(np.uint16) * 257, note="signed")
    for kind in (np.float16, np.float32, np.float64):
        yield Case(kind.__name__, tiff((LEVELS / 65535).astype(kind)), **deep)
    yield Case("float to 255", tiff((LEVELS / 257).astype(np.float32)), note="255 was taken as white", **deep)
    yield Case("CMYK 16", tiff(np.dstack([LEVELS * 0] * 3 + [65535 - LEVELS]), "separated"), **deep)
    lab = np.zeros((HEIGHT, WIDTH, 3), np.uint16)
    lab[..., 0] = np.linspace(6000, 60000, WIDTH)
    lightness = lab[..., 0] / 65535 * 100
    linear = np.where(lightness > 8, ((lightness + 16) / 116) ** 3, lightness / 903.3)
    expected = to_srgb(65535 * linear, 1)
    yield Case("Lab 16", tiff(lab, "cielab"), expected, is_deep=True)
    lab[..., 1:] = 32768
    yield Case("Lab 16 with offset", tiff(lab, "cielab"), expected, is_deep=True)
    data = tiff(rgb(GRAY8), "minisblack", planarconfig="contig")
    yield Case("three gray samples", data, GRAY8.astype(np.uint16) * 257, note="2 more channels")
    buffer = io.BytesIO()
    with tifffile.TiffWriter(buffer) as writer:
        writer.write(GRAY8[::4, ::4], subfiletype=1, metadata=None)
        writer.write(LEVELS, metadata=None)
    yield Case("reduced copy first", buffer.getvalue(), **deep)
    buffer = io.BytesIO()
    with tifffile.TiffWriter(buffer) as writer:
        writer.write(GRAY8, metadata=None)
        writer.write(255 - GRAY8, metadata=None)
        writer.write(GRAY8[::2, ::2], subfiletype=1, metadata=None)
    yield Case("two pages", buffer.getvalue(), GRAY8.astype(np.uint16) * 257, note="2 pages")


def _other_formats() -> Iterator[Case]:
    shallow: dict[str, Any] = {"expected": GRAY8.astype(np.uint16) * 257}
    deep: dict[str, Any] = {"expected": LEVELS, "is_deep": True}
    gray, one = Image.fromarray(GRAY8), file_bytes(Image.new("RGB", (1, 1)))
    yield Case("PNG gray 8", file_bytes(gray), **shallow)
    yield Case("PNG gray 16", file_bytes(Image.fromarray(LEVELS)), **deep)
    yield Case("PNG RGB 16", uint16.write_png(rgb(LEVELS), one), **deep)
    yield Case(
        "PNG gray alpha 8", file_bytes(Image.merge("LA", (gray, Image.fromarray(ALPHA8)))), has_alpha=True, **shallow
    )
    for space in (b"GRAY", b"RGB "):
        profile, name = curve_profile(space), space.decode().lower().strip()
        both: dict[str, Any] = {"expected": to_srgb(shallow["expected"], GAMMA), "tolerance": 1.1}
        yield Case(f"PNG gray 8, {name} profile", file_bytes(gray, icc_profile=profile), **both)
        yield Case(f"PNG RGB 8, {name} profile", file_bytes(gray.convert("RGB"), icc_profile=profile), **both)
        data = file_bytes(Image.fromarray(LEVELS), icc_profile=profile)
        yield Case(f"PNG gray 16, {name} profile", data, to_srgb(LEVELS, GAMMA), is_deep=True, tolerance=1.1)
        template = file_bytes(Image.new("RGB", (1, 1)), icc_profile=profile)
        data = uint16.write_png(rgb(LEVELS), template)
        yield Case(f"PNG RGB 16, {name} profile", data, to_srgb(LEVELS, GAMMA), is_deep=True, tolerance=1.1)
    chunks = PngImagePlugin.PngInfo()
    chunks.add(b"gAMA", struct.pack(">I", 100_000))
    yield Case("PNG linear", file_bytes(gray, pnginfo=chunks), to_srgb(shallow["expected"], 1))
    yield Case("PNG linear 16", file_bytes(Image.fromarray(LEVELS), pnginfo=chunks), to_srgb(LEVELS, 1), is_deep=True)
    jpeg = file_bytes(gray, "JPEG", quality=100)
    yield Case("JPEG", jpeg, tolerance=2, **shallow)
    yield Case("JPEG after a line end", b"\r\n" + jpeg, tolerance=2, **shallow)
    yield Case("JPEG without its end", jpeg[:-2], tolerance=2, note="incomplete", **shallow)
    yield Case("AVIF", file_bytes(gray, "AVIF", quality=100), tolerance=3, **shallow)
    yield Case("JPEG 2000", file_bytes(gray, "JPEG2000"), **shallow)
    yield Case("JPEG 2000, 16 bits", file_bytes(Image.fromarray(LEVELS), "JPEG2000"), **deep)
    yield Case("WebP", file_bytes(gray, "WEBP", lossless=True), **shallow)
    yield Case("BMP", file_bytes(gray, "BMP"), **shallow)
    yield Case("GIF", file_bytes(gray, "GIF"), **shallow)
    inks = Image.merge("CMYK", [Image.new("L", gray.size)] * 3 + [Image.fromarray(255 - GRAY8)])
    yield Case("JPEG CMYK", file_bytes(inks, "JPEG", quality=100, subsampling=0), tolerance=3, **shallow)


def _profile_alpha_and_orientation() -> Iterator[Case]:
    """Gray and RGB of 8 bits in every format with each of these that the format can have."""
    exact: dict[str, dict[str, Any]] = {"WEBP": {"lossless": True}, "JPEG": {"quality": 100}}
    exact["AVIF"] = {"quality": 100, "subsampling": "4:4:4"}
    spread = {"JPEG": 2.0, "AVIF": 3.0}
    plain = GRAY8.astype(np.uint16) * 257
    for kind in ("JPEG", "PNG", "WEBP", "AVIF", "JPEG2000", "TIFF"):
        options, tolerance = exact.get(kind, {}), spread.get(kind, 0.6)
        for mode in ("L", "RGB"):
            image = Image.fromarray(GRAY8).convert(mode)
            if kind != "JPEG2000":  # Pillow writes neither profiles nor orientations into it.
                # WebP and AVIF store gray as RGB.
                profile = curve_profile(b"GRAY" if mode == "L" and kind not in ("WEBP", "AVIF") else b"RGB ")
                data = file_bytes(image, kind, icc_profile=profile, **options)
                yield Case(f"{kind} {mode} profile", data, to_srgb(plain, GAMMA), tolerance=tolerance + 0.6)
                for orientation in (2, 3, 6):
                    exif = Image.Exif()
                    exif[ExifTags.Base.Orientation] = orientation
                    stored = Image.fromarray(np.ascontiguousarray(_UNDO[orientation](GRAY8))).convert(mode)
                    data = file_bytes(stored, kind, exif=exif.tobytes(), **options)
                    yield Case(f"{kind} {mode} orientation {orientation}", data, plain, tolerance=tolerance)
            if kind not in ("JPEG", "TIFF"):
                image.putalpha(Image.fromarray(ALPHA8))
                data = file_bytes(image, kind, **(options | {"exact": True} if kind == "WEBP" else options))
                yield Case(f"{kind} {mode} alpha", data, plain, has_alpha=True, tolerance=tolerance)


def _shallow_png() -> Iterator[Case]:
    """PNG of fewer than 8 bits, palettes, and colors that are transparent."""
    for bits in (1, 2, 4):
        levels = GRAY8 >> (8 - bits)
        expected = (levels.astype(int) * (65535 // (2**bits - 1))).astype(np.uint16)
        packed = np.packbits(
            np.unpackbits(levels[..., None].astype(np.uint8), axis=2)[..., 8 - bits :].reshape(HEIGHT, -1), axis=1
        )
        yield Case(f"PNG {bits} bits", _png(packed, bits, 0), expected)
        palette = bytes(value for level in range(2**bits) for value in 3 * [255 - 255 * level // (2**bits - 1)])
        inverted = _png(packed, bits, 3, PLTE=palette)
        yield Case(f"PNG palette of {bits} bits", inverted, 65535 - expected)
    opacity = bytes(np.linspace(40, 255, 256).astype(np.uint8))
    across = np.tile(np.rint(np.linspace(0, 255, WIDTH)).astype(np.uint8), (HEIGHT, 1))
    palette = bytes(value for level in range(256) for value in 3 * [level])
    data = _png(across, 8, 3, PLTE=palette, tRNS=opacity)
    yield Case("PNG palette alpha", data, across.astype(np.uint16) * 257, has_alpha=True)


def _png(rows: np.ndarray, bits: int, kind: int, **chunks: bytes) -> bytes:
    """Write a PNG file of packed rows `(H, bytes)`, whose width is `WIDTH`."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    data = zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows))
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, bits, kind, 0, 0, 0)
    named = b"".join(chunk(name.encode(), value) for name, value in chunks.items())
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + named + chunk(b"IDAT", data) + chunk(b"IEND", b"")


_UNDO: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    1: lambda a: a, 2: lambda a: a[:, ::-1], 3: lambda a: a[::-1, ::-1], 4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1), 6: lambda a: np.rot90(a), 7: lambda a: np.rot90(a, 2).swapaxes(0, 1),
    8: lambda a: np.rot90(a, -1),
}  # fmt: skip
"""How a picture is stored that an orientation turns upright."""


def _turned(case: Case, orientation: int) -> Case:
    """Store the picture turned, with the tag that says so."""
    stored = tifffile.imread(io.BytesIO(case.data))
    page = tifffile.TiffFile(io.BytesIO(case.data)).pages[0]
    assert isinstance(page, tifffile.TiffPage)
    data = tiff(
        np.ascontiguousarray(_UNDO[orientation](stored)),
        tifffile.PHOTOMETRIC(page.photometric).name,
        (274, 3, 1, orientation, True),
    )
    return replace(case, name=f"{case.name} orientation {orientation}", data=data, expected=LEVELS, tolerance=0.6)


CASES = {case.name: case for case in cases()}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_kind_is_decoded(case: Case) -> None:
    picture = decode_image(case.data, "scan")
    assert picture.size == (WIDTH, HEIGHT)
    expected = case.expected / 257
    luma = picture.pixels.astype(float) @ np.array(LUMA_WEIGHTS)
    visible = np.ones((HEIGHT, WIDTH), bool) if picture.alpha is None else picture.alpha > 0
    assert np.abs(luma - expected)[visible].max() <= case.tolerance
    assert (picture.gray16 is not None) == case.is_deep
    if picture.gray16 is not None:
        assert np.abs(picture.gray16 / 257 - expected)[visible].max() <= case.tolerance
        assert len(np.unique(picture.gray16)) > 300 or "Lab" in case.name, "the depth is used"
    assert (picture.alpha is not None) == case.has_alpha
    if picture.alpha is not None:
        assert np.abs(picture.alpha.astype(int) - ALPHA8).max() <= 1
    assert len(picture.notes) == bool(case.note)
    assert case.note in " ".join(picture.notes)


def test_raw_camera_file_is_refused() -> None:
    with pytest.raises(InputError, match="camera raw file: convert it"):
        decode_image(tiff(LEVELS, "cfa"), "photo.dng")


def test_tiff_of_unusual_samples_is_refused() -> None:
    with pytest.raises(InputError, match="complex numbers"):
        decode_image(tiff(LEVELS.astype(np.complex64)))
    directory = {256: WIDTH, 257: HEIGHT, 258: 12, 259: 1, 262: 1, 273: 8, 277: 1, 278: HEIGHT, 279: HEIGHT * WIDTH * 2}
    data = bytes(HEIGHT * WIDTH * 2)
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in directory.items())
    file = b"II*\0" + struct.pack("<I", 8 + len(data)) + data + struct.pack("<H", len(directory)) + entries + bytes(4)
    with pytest.raises(InputError, match="12 bits per sample, packed"):
        decode_image(file)


def test_progressive_jpeg_cut_off_anywhere_is_decoded() -> None:
    data = file_bytes(GRAY8, "JPEG", progressive=True)
    for end in range(data.index(b"\xff\xda") + 30, len(data)):
        picture = decode_image(data[:end])
        assert "incomplete" in picture.notes[0]
    assert np.abs(picture.pixels[..., 0].astype(int) - GRAY8).max() <= 10


def test_lost_depth_is_noted() -> None:
    data = file_bytes(rgb(GRAY8), "JPEG2000").replace(b"\0\3\7\1\1", b"\0\3\x0b\1\1")
    assert "12 bits per channel, of which 8" in decode_image(data).notes[0]


def test_depth_of_avif() -> None:
    data = file_bytes(GRAY8, "AVIF")
    flags = data.index(b"av1C") + 6
    with Image.open(io.BytesIO(data)) as image:
        for added, bits in ((0, 8), (0x40, 10), (0x60, 12)):
            assert decode._bits(image, data[:flags] + bytes([data[flags] | added]) + data[flags + 1 :]) == bits


def test_color_that_is_transparent_in_16_bits() -> None:
    data = _png(LEVELS.astype(">u2").view(np.uint8), 16, 0, tRNS=struct.pack(">H", LEVELS[0, 3]))
    picture = decode_image(data)
    assert picture.alpha is not None
    assert np.array_equal(picture.alpha == 0, LEVELS[0, 3] == LEVELS)


def test_many_pages_are_not_all_read() -> None:
    buffer = io.BytesIO()
    with tifffile.TiffWriter(buffer) as writer:
        for _ in range(1_010):
            writer.write(GRAY8[:1, :1], metadata=None)
    assert "1,000 or more pages" in decode_image(buffer.getvalue(), "book.tif").notes[0]


def test_orientation_swaps_the_size() -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    assert decode_image(file_bytes(GRAY8, "PNG", exif=exif.tobytes())).size == (HEIGHT, WIDTH)


@pytest.mark.parametrize(
    ("compression", "data"),
    [(8, zlib.compress(bytes(10**6))), (34925, lzma.compress(bytes(10**6))), (32773, b"\x81\0" * 10**4)],
)
def test_tiff_strips_grow_no_further_than_their_size(compression: int, data: bytes) -> None:
    assert tiff_reader._CODECS[compression](data, out=1000) == bytes(1000)
