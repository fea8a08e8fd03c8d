"""Decode the TIFF files that Pillow decodes wrongly, in 8 bits, or not at all: more than 8 bits per sample, signed and
floating-point samples, and unusual layouts. tifffile reads the structure and the samples.
"""

from __future__ import annotations

import contextlib
import io
import logging
import lzma
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from colorizer.errors import InputError
from colorizer.imaging import icc
from colorizer.imaging.uint16 import Samples, scale_to_uint16, to_uint8
from colorizer.text import count as count_in_words

if TYPE_CHECKING:
    import tifffile  # Imported where it is used, for most images are not TIFF.

# tifffile reports oddities of files to the log; without a handler they would be printed.
logging.getLogger("tifffile").addHandler(logging.NullHandler())

_MAX_PAGES = 1000
"""More are not counted."""
_MAX_CANDIDATES = 16
"""Pages among which the full-size one is searched."""
_MAX_RATIONALS = 4096
"""Longest list of fractions in one tag; Pillow takes microseconds for each."""
_MAX_STRIPS = 100_000
"""Most strips or tiles of a page; each takes some 20 microseconds."""
_ROWS = 64
_RATIONALS = (5, 10)
_REDUCED = 1  # bit of NewSubfileType
_GRAY, _RGB, _PALETTE, _CMYK, _YCBCR, _LAB = (0, 1), 2, 3, 5, 6, (8, 9, 10)
_CHANNELS = {0: 1, 1: 1, 2: 3, 3: 1, 5: 4, 6: 3, 8: 3, 9: 3, 10: 3}
"""Samples per pixel of each color space, without alpha and others."""
_RAW_CAMERA = (32803, 34892)


@dataclass
class Page:
    """The page of a TIFF file to decode."""

    index: int
    """Its number in the chain of pages, from 0; -1 for a sub-page, which Pillow cannot seek to."""
    page: tifffile.TiffPage
    notes: list[str]

    @property
    def needs_tifffile(self) -> bool:
        """Whether Pillow would lose depth or misread the samples."""
        return (
            self.index < 0
            or _bits(self.page) > 8
            or self.page.sampleformat != 1
            or (self.page.photometric in _GRAY and self.page.samplesperpixel > 1)
            or (self.page.colormap is not None and self.page.colormap.max() < 256)
        )

    @property
    def bytes_per_pixel(self) -> int:
        """Memory that decoding, colorizing and saving takes at its peak, per pixel."""
        dtype, samples = np.dtype(self.page.dtype or np.float64), self.page.samplesperpixel
        return samples * (dtype.itemsize + (0 if dtype == np.uint16 else 2)) + 14


def is_tiff(data: bytes) -> bool:
    """Return whether the data begin like a TIFF or BigTIFF file."""
    return data[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def open_tiff(data: bytes) -> tifffile.TiffFile:
    """Open a file, to be used in a `with` statement."""
    import tifffile

    return tifffile.TiffFile(io.BytesIO(data))


def resolution(page: tifffile.TiffPage) -> tuple[float, float] | None:
    """Return the pixels per inch of a page, if it has a resolution in an absolute unit."""
    unit = {2: 1.0, 3: 2.54}.get(page.tags.valueof(296, 2))
    values = []
    for tag in (282, 283):
        numerator, denominator = page.tags.valueof(tag) or (0, 0)
        values.append(unit * numerator / denominator if unit and denominator else 0.0)
    return (values[0], values[1]) if all(1 < value <= 65535 for value in values) else None


def iptc(page: tifffile.TiffPage) -> bytes:
    """Return the IPTC-IIM records of a page, which some programs store as 32-bit numbers."""
    value = page.tags.valueof(33723) or b""
    return value if isinstance(value, bytes) else struct.pack(f"<{len(value)}I", *value)


def exif(page: tifffile.TiffPage, data: bytes) -> Image.Exif:
    """Return the EXIF of a file, and the texts of a page; of a BigTIFF only these."""
    result = Image.Exif()
    if not _is_big(data):
        with contextlib.suppress(Exception):  # Broken EXIF is common.
            result.load(data)
    for tag in page.tags:
        if tag.code not in result and isinstance(tag.value, str | bytes):
            result[tag.code] = tag.value.encode() if isinstance(tag.value, str) else tag.value
    return result


def find_page(file: tifffile.TiffFile, data: bytes, name: str) -> Page:
    """Choose the page to decode: the first that is not a reduced copy of another.

    Raises:
        InputError: the file is a camera's raw file, or has absurdly long tags.
    """
    count = len(list(islice(_ifd_offsets(data), _MAX_PAGES)))
    candidates = [(number, _as_page(file.pages[number])) for number in range(min(count, _MAX_CANDIDATES))]
    first = candidates[0][1]
    candidates += [(-1, _as_page(page)) for page in islice(first.pages or (), _MAX_CANDIDATES)]
    full_size = [candidate for candidate in candidates if not _is_reduced(candidate[1])]
    index, page = (full_size or candidates)[0]
    if page.photometric in _RAW_CAMERA:
        raise InputError(f"{name} is a camera raw file: convert it to TIFF or JPEG.")
    for tag in (*first.tags, *page.tags):
        if tag.dtype in _RATIONALS and tag.count > _MAX_RATIONALS:
            raise InputError(
                f"{name} has {tag.count:,} values in its tag {tag.name}, more than any image: save it again."
            )
    strips = max((tag.count for tag in (page.tags.get(273), page.tags.get(324)) if tag), default=0)
    if strips > _MAX_STRIPS:
        raise InputError(f"{name} consists of {strips:,} strips or tiles, more than any program writes: save it again.")
    pages = count - sum(number >= 0 and _is_reduced(other) for number, other in candidates)
    more = " or more" if count == _MAX_PAGES else ""
    notes = [f"{name} has {pages:,}{more} pages: only the first was used."] if pages > 1 else []
    unused = page.samplesperpixel - _CHANNELS.get(page.photometric, 1) - bool({1, 2} & set(page.extrasamples))
    if unused > 0:
        notes.append(f"{name} has {count_in_words(unused, 'more channel')} (such as infrared or a mask): not used.")
    return Page(index, page, notes)


def _is_big(data: bytes) -> bool:
    """Return whether a TIFF file is a BigTIFF."""
    return data[2:4] in (b"+\0", b"\0+")


def _as_page(page: object) -> tifffile.TiffPage:
    import tifffile

    assert isinstance(page, tifffile.TiffPage)
    return page


def _bits(page: tifffile.TiffPage) -> int:
    """Return the bits per sample, the most if the samples differ."""
    return page.bitspersample if isinstance(page.bitspersample, int) else max(page.bitspersample)


def _is_reduced(page: tifffile.TiffPage) -> bool:
    return bool(page.subfiletype & _REDUCED) or page.tags.valueof(255, 1) == 2


def _ifd_offsets(data: bytes) -> Iterator[int]:
    """Yield the offsets of the pages without reading them: TIFF 6.0, section 2, and BigTIFF."""
    order = "<" if data[:2] == b"II" else ">"
    is_big = _is_big(data)
    count_format, entry_size, offset_format = (
        (order + "Q", 20, order + "Q") if is_big else (order + "H", 12, order + "I")
    )
    seen: set[int] = set()
    try:
        offset = struct.unpack_from(offset_format, data, 8 if is_big else 4)[0]
        while offset and offset not in seen:
            seen.add(offset)
            count = struct.unpack_from(count_format, data, offset)[0]
            yield offset
            offset = struct.unpack_from(
                offset_format, data, offset + struct.calcsize(count_format) + entry_size * count
            )[0]
    except struct.error:
        return  # The chain ends outside the file.


def decode_page(page: tifffile.TiffPage, profile: bytes, name: str, notes: list[str]) -> Samples:
    """Decode the samples of a page.

    Args:
        page: the page.
        profile: its ICC profile, or empty.
        name: the file's name, for messages.
        notes: sentences on what was dropped or guessed are appended.

    Raises:
        InputError: its color space or compression is not supported.
    """
    import tifffile

    codecs: Any = tifffile.TIFF.DECOMPRESSORS  # There is no public way to add a codec.
    codecs._codecs.update(_CODECS)
    try:
        values = page.asarray(maxworkers=1)
    except (ValueError, NotImplementedError) as error:
        if "imagecodecs" not in str(error) and "not supported" not in str(error):
            raise
        if "packints" in str(error):
            raise InputError(
                f"{name} is a TIFF of {_bits(page)} bits per sample, packed: save it with 8 or 16 bits."
            ) from None
        compression = getattr(page.compression, "name", page.compression)
        raise InputError(
            f"{name} is a TIFF with the compression {compression}, which cannot be "
            "decoded with this kind of samples: save it uncompressed or with LZW."
        ) from None
    if values.dtype.kind == "c":
        raise InputError(f"{name} is a TIFF of complex numbers: save their absolute values.")
    if page.planarconfig == 2 and page.samplesperpixel > 1:
        values = np.moveaxis(values.reshape(page.samplesperpixel, page.imagelength, page.imagewidth), 0, -1)
    values = values.reshape(-1, page.imagelength, page.imagewidth, page.samplesperpixel)[0]
    bits = _bits(page)
    kind = page.photometric
    if kind in _GRAY and page.samplesperpixel >= 3 and len(page.extrasamples) < 2:
        kind = _RGB  # called gray, but without a word on what the other samples are
    if kind == _PALETTE and page.colormap is not None:
        # Old programs write colors of 8 bits, though the specification says 16.
        colors = page.colormap * (257 if page.colormap.max() < 256 else 1)
        values, bits = colors[:, values[..., 0]].transpose(1, 2, 0), 16
        kind = _RGB
    elif kind not in _CHANNELS or values.shape[2] < _CHANNELS[kind]:
        raise InputError(f"{name} is a TIFF in the color space {getattr(kind, 'name', kind)}: save it as gray or RGB.")
    alpha, channels = None, _CHANNELS[kind]
    white, warning = _white(page, values[..., :channels], bits)
    if warning:
        notes.append(f"{name} has {warning}.")
    for position, extra in enumerate(page.extrasamples[: values.shape[2] - channels]):
        if extra in (1, 2) and alpha is None:
            opacity = values[..., channels + position]
            opaque = _white(page, opacity, bits)[0] if opacity.dtype.kind == "f" else white
            alpha = scale_to_uint16(opacity, bits, opaque)
    if kind in _LAB:
        levels = _lab_to_rgb(values[..., :3], bits)
        profile = b""
    else:
        levels = scale_to_uint16(values[..., :channels], bits, white)
    del values
    if kind == 0:
        np.subtract(65535, levels, out=levels)
    if alpha is not None and 1 in page.extrasamples:  # "associated": the colors are multiplied by alpha
        levels = _divided_by_alpha(levels, alpha)
    is_deep = _bits(page) > 8
    if kind == _YCBCR:
        levels = _from_ycbcr(levels)
    if kind == _CMYK:
        if profile:
            try:
                rgb, kept = icc.to_srgb(Image.fromarray(to_uint8(levels), "CMYK"), profile)
                if is_deep:
                    notes.append(f"{name} has 16-bit CMYK with a color profile, which is converted with 8 bits.")
                return Samples(rgb, None, None if alpha is None else to_uint8(alpha), kept)
            except icc.FAILURES:
                notes.append(icc.broken(name))
        levels = _from_cmyk(levels)
        profile = b""
    return Samples.from_levels(levels, alpha, profile, name, notes, is_deep=is_deep)


def _white(page: tifffile.TiffPage, values: np.ndarray, bits: int) -> tuple[float | None, str]:
    """Return the sample value of white where it is not that of the full range, and what is unusual about it."""
    if values.dtype.kind == "f":
        highest = float(np.max(values, initial=0, where=np.isfinite(values)))
        usual = (level for level in (1.0, 255.0, 4095.0, 65535.0) if highest <= level)
        white = highest if 1 < highest < 2 else next(usual, highest)
        if np.min(values, initial=0, where=np.isfinite(values)) < 0:
            return white, f"floating-point samples: {white:g} was taken as white, and all below 0 as black"
        return white, "" if white == 1 else f"floating-point samples: {white:g} was taken as white"
    highest = int(values.max(initial=0))
    declared = page.tags.valueof(281) or page.tags.valueof(341)
    declared = max(declared) if isinstance(declared, tuple) else declared
    if isinstance(declared, int) and declared >= 255 and not declared & (declared + 1) and highest <= declared:
        return float(declared), ""  # 2**n - 1, such as 12 bits stored in 16
    if bits == 32 and 0 < highest <= 65535 and values.min(initial=0) >= 0:
        return 65535.0, "32-bit samples of which 16 bits are used"
    if bits == 16 and 0 < highest <= 4095 and values.min(initial=0) >= 0:
        return 4095.0, "16-bit samples of which 12 bits are used"
    if values.dtype.kind == "i" and values.min(initial=0) >= 0:
        return 2.0 ** (bits - 1) - 1, "signed samples"
    if values.dtype.kind == "i":
        return None, "signed samples: the lowest possible value was taken as black"
    return None, ""


def _in_strips(function: Callable[[np.ndarray], np.ndarray], *arrays: np.ndarray) -> np.ndarray:
    """Apply a function to strips of rows, which keeps the memory of floating-point intermediates small."""
    result = np.empty((*arrays[0].shape[:2], 3), np.uint16)
    for top in range(0, len(result), _ROWS):
        strip = function(*(array[top : top + _ROWS] for array in arrays))
        result[top : top + _ROWS] = np.rint(strip.clip(0, 65535))
    return result


def _divided_by_alpha(levels: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    result = np.empty_like(levels)
    for top in range(0, len(levels), _ROWS):
        rows = slice(top, top + _ROWS)
        opacity = np.maximum(alpha[rows, :, None], 1).astype(np.float32)
        result[rows] = np.rint((levels[rows] * (65535 / opacity)).clip(0, 65535))
    return result


def _from_cmyk(levels: np.ndarray) -> np.ndarray:
    """Convert CMYK without a profile, 65535 being full ink: R = (1 - C) (1 - K), and so on."""
    return _in_strips(lambda inks: (65535 - inks[..., :3].astype(np.float32)) * (1 - inks[..., 3:] / 65535), levels)


def _from_ycbcr(levels: np.ndarray) -> np.ndarray:
    """Convert full-range YCbCr (ITU-R BT.601, as in JPEG)."""

    def convert(strip: np.ndarray) -> np.ndarray:
        y, cb, cr = np.moveaxis(strip.astype(np.float32), -1, 0)
        cb, cr = cb - 32768, cr - 32768
        return np.stack([y + 1.402 * cr, y - 0.344136 * cb - 0.714136 * cr, y + 1.772 * cb], -1)

    return _in_strips(convert, levels)


def _lab_to_rgb(values: np.ndarray, bits: int) -> np.ndarray:
    """Convert CIELAB to sRGB levels `(H, W, 3)` uint16; neutral colors stay neutral.

    Args:
        values: L from 0 to the full range, a and b.
        bits: 8 or 16.
    """
    from skimage.color import lab2rgb

    full, unit = 2.0**bits - 1, 2.0 ** (bits - 8)

    def signed(ab: np.ndarray) -> np.ndarray:
        ab = ab.astype(np.float64)
        return np.where(ab >= 128 * unit, ab - 256 * unit, ab)

    # By the letter of TIFF 6.0 a and b are two's complements, but programs also write them with an offset, whatever
    # the file says. Of the two readings, that with the duller colors is the right one in any photograph.
    sample = values[:: max(1, len(values) // 64), ..., 1:]
    has_offset = np.abs(sample - 128 * unit).mean() < np.abs(signed(sample)).mean()

    def convert(strip: np.ndarray) -> np.ndarray:
        ab = strip[..., 1:] - 128 * unit if has_offset else signed(strip[..., 1:])
        lab = np.concatenate([strip[..., :1] * (100 / full), ab / unit], axis=-1)
        return np.asarray(lab2rgb(lab)) * 65535

    return _in_strips(convert, values)


def _libtiff_decode(compression: int, data: bytes, /, *, out: int) -> bytes:
    """Decompress one strip or tile to `out` bytes, as the only row of an 8-bit gray TIFF given to Pillow."""
    entries = {256: out, 257: 1, 258: 8, 259: compression, 262: 1, 273: 8, 277: 1, 278: 1, 279: len(data)}
    directory = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries.items())
    padding = bytes(len(data) % 2)
    file = b"II*\0" + struct.pack("<I", 8 + len(data) + len(padding)) + data + padding
    file += struct.pack("<H", len(entries)) + directory + bytes(4)
    with Image.open(io.BytesIO(file), formats=("TIFF",)) as image:
        return image.tobytes()


def _inflate(data: bytes, /, *, out: int) -> bytes:
    return zlib.decompressobj().decompress(data, out)


def _unpack_lzma(data: bytes, /, *, out: int) -> bytes:
    return lzma.LZMADecompressor().decompress(data, out)


_CODECS: dict[int, Callable[..., bytes]] = {
    8: _inflate,
    32946: _inflate,
    34925: _unpack_lzma,
    **{compression: partial(_libtiff_decode, compression) for compression in (5, 32773, 50000)},
}
"""Deflate, LZMA, LZW, PackBits and Zstandard, decoded to no more than the size of a strip or tile. tifffile decodes LZW
and Zstandard only with imagecodecs installed, and the others to whatever size the data grow."""
