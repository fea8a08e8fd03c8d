"""16-bit images: read gray scans, and write color as PNG and TIFF, which Pillow cannot."""

import io
import struct
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np
from PIL import ExifTags, Image, PngImagePlugin, TiffImagePlugin

from colorizer.color import LUMA_WEIGHTS
from colorizer.imaging import icc

MODES = ("I;16", "I;16B", "I;16L", "I;16N", "I", "F")
"""Pillow's modes with more than 8 bits per channel."""

_ROWS = 256


@dataclass
class Samples:
    """Decoded samples, before orientation is applied."""

    rgb: np.ndarray
    """sRGB `(H, W, 3)` uint8."""
    gray16: np.ndarray | None
    """Luma `(H, W)` uint16, if the file has more than 8 bits."""
    alpha: np.ndarray | None
    """`(H, W)` uint8."""
    icc_profile: bytes
    """The profile in which to write a result."""

    @classmethod
    def from_levels(
        cls, levels: np.ndarray, alpha: np.ndarray | None, profile: bytes, name: str, notes: list[str], *, is_deep: bool
    ) -> "Samples":
        """Convert gray or RGB levels to sRGB.

        Args:
            levels: `(H, W, 1)` or `(H, W, 3)` uint16.
            alpha: `(H, W)` uint16.
            profile: ICC profile of the levels, or empty.
            name: the file's name, for notes.
            notes: a sentence is appended if the profile is damaged.
            is_deep: whether the levels have more than 8 bits.
        """
        curve, alpha8 = None, None if alpha is None else to_uint8(alpha)
        if profile:
            try:
                curve = icc.neutral_curve(profile)
            except icc.FAILURES:
                notes.append(icc.broken(name))
        if levels.shape[2] == 1:
            gray = levels[..., 0] if curve is None else apply_curve(levels[..., 0], curve)
            return cls(
                gray_to_rgb(to_uint8(gray)), gray if is_deep else None, alpha8, b"" if curve is None else icc.srgb()
            )
        encoded = rgb = to_uint8(levels)
        kept = b""
        if curve is not None:
            rgb, kept = icc.to_srgb(Image.fromarray(encoded), profile)
            kept = icc.srgb() if is_deep else kept  # 16-bit results are written in sRGB
        return cls(rgb, _luma16(levels, encoded, rgb, curve) if is_deep else None, alpha8, kept)


def read_color_png(image: Image.Image, data: bytes) -> np.ndarray | None:
    """Decode a PNG with 16 bits per channel and several channels, of which Pillow keeps only 8 bits.

    Args:
        image: the PNG, opened by Pillow.
        data: the same file.

    Returns:
        `(H, W, 2)` (gray and alpha), `(H, W, 3)` or `(H, W, 4)` uint16; None if the file is no such PNG.
    """

    def decode(mode: str, raw_mode: str) -> np.ndarray:
        with Image.open(io.BytesIO(data), formats=("PNG",)) as other:
            other._mode = mode
            other.tile = [tile._replace(args=raw_mode) for tile in other.tile]
            return np.asarray(other)

    depth, color_type = data[24:26]
    if data[12:16] != b"IHDR" or depth != 16 or color_type not in (2, 4, 6):
        return None
    if color_type == 4:
        return decode("RGBA", "RGBA").view(">u2").astype(np.uint16)  # four bytes: two samples
    # Read as little-endian, Pillow keeps the second byte of each sample instead of the first.
    high, low = np.asarray(image), decode(image.mode, f"{image.mode};16L")
    levels = np.empty(high.shape, np.uint16)
    for top in range(0, len(levels), _ROWS):
        rows = slice(top, top + _ROWS)
        np.left_shift(high[rows], 8, out=levels[rows], dtype=np.uint16)
        levels[rows] |= low[rows]
    return levels


def levels_of(image: Image.Image) -> np.ndarray:
    """Return the levels of a gray image with more than 8 bits.

    Args:
        image: of one of `MODES`.

    Returns:
        `(H, W)` uint16, black 0 and white 65535. The white of floating-point images is 1 if no value is larger, else
        their largest value.
    """
    values = np.asarray(image)
    highest = float(np.max(values, initial=0, where=np.isfinite(values))) if values.dtype.kind == "f" else values.max()
    if values.dtype.kind == "f":
        return scale_to_uint16(values, 32, 1.0 if highest <= 1 else highest)
    return scale_to_uint16(values, 16, 65535.0 if highest <= 65535 else float(highest))


def scale_to_uint16(values: np.ndarray, bits: int, white: float | None = None) -> np.ndarray:
    """Scale samples of any type to uint16.

    Args:
        values: any shape; signed integers below 0 are possible only without `white`.
        bits: of an integer sample.
        white: the value that becomes 65535; by default the full range of the bits. Smaller values than 0 become 0.
    """
    if values.dtype == np.uint16 and bits == 16 and white in (None, 65535):
        return np.ascontiguousarray(values)
    black = -(2.0 ** (bits - 1)) if white is None and values.dtype.kind == "i" else 0.0
    scale = 65535 / (white or 2.0**bits - 1)
    result = np.empty(values.shape, np.uint16)
    for top in range(0, len(values), _ROWS):
        strip = np.nan_to_num(values[top : top + _ROWS].astype(np.float64), posinf=np.inf, neginf=0)
        result[top : top + _ROWS] = np.rint(((strip - black) * scale).clip(0, 65535))
    return result


def to_uint8(levels: np.ndarray) -> np.ndarray:
    """Scale 16-bit levels to 8 bits, with rounding; Pillow's own conversion clips instead."""
    return _look_up(np.rint(np.arange(65536) / 257).astype(np.uint8), levels)


def gray_to_rgb(gray: np.ndarray) -> np.ndarray:
    """Return gray levels `(H, W)` as a view `(H, W, 3)` that cannot be written."""
    return np.broadcast_to(gray[..., None], (*gray.shape, 3))


def apply_curve(levels: np.ndarray, curve: np.ndarray) -> np.ndarray:
    """Apply a tone curve.

    Args:
        levels: any shape, uint16.
        curve: 256 values in [0, 255], the output for each 8-bit level.

    Returns:
        uint16 of the same shape; the curve is interpolated linearly.
    """
    table = np.interp(np.arange(65536) / 257, np.arange(256), curve) * 257
    return _look_up(np.rint(table).astype(np.uint16), levels)


def _look_up(table: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Return `table[levels]`, in parts of a few rows: NumPy makes 8 bytes of each index."""
    result = np.empty(levels.shape, table.dtype)
    for top in range(0, len(levels), _ROWS):
        result[top : top + _ROWS] = table[levels[top : top + _ROWS]]
    return result


def _luma16(levels: np.ndarray, encoded: np.ndarray, rgb: np.ndarray, curve: np.ndarray | None) -> np.ndarray:
    """Return the luma `(H, W)` uint16 of 16-bit RGB levels.

    Profiles can be applied exactly in 8 bits only. So the tone curve of neutral colors is applied in 16 bits, and other
    colors are corrected by what the exact conversion in 8 bits differs from that.

    Args:
        levels: `(H, W, 3)` uint16.
        encoded: the same in 8 bits.
        rgb: `encoded` converted to sRGB.
        curve: from `icc.neutral_curve`, if there is a profile.
    """
    weights = np.array(LUMA_WEIGHTS, np.float32)
    result = np.empty(levels.shape[:2], np.uint16)
    for top in range(0, len(levels), _ROWS):
        rows = slice(top, top + _ROWS)
        luma = np.rint(levels[rows].astype(np.float32) @ weights).astype(np.uint16)
        if curve is not None:
            luma = apply_curve(luma, curve)
            luma8 = np.rint(encoded[rows].astype(np.float32) @ weights).astype(np.uint8)
            difference = rgb[rows].astype(np.float32) @ weights - curve.astype(np.float32)[luma8]
            difference[np.abs(difference) < 2] = 0  # rounding
            luma = np.rint((luma + 257 * difference).clip(0, 65535)).astype(np.uint16)
        result[rows] = luma
    return result


def write_png(colors: np.ndarray, template: bytes, alpha: np.ndarray | None = None) -> bytes:
    """Encode a PNG with 16 bits per channel.

    Args:
        colors: `(H, W, 3)` uint16.
        template: an 8-bit PNG file of any size, whose metadata chunks are copied.
        alpha: opacity `(H, W)` uint8, or None.
    """
    height, width, _ = colors.shape
    out = io.BytesIO()
    out.write(template[:8])
    position = 8
    while position < len(template):
        length, kind = struct.unpack_from(">I4s", template, position)
        data = template[position + 8 : position + 8 + length]
        position += 12 + length
        if kind == b"IHDR":
            data = struct.pack(">IIBBBBB", width, height, 16, 2 if alpha is None else 6, 0, 0, 0)
        for part in _deflated(colors, alpha) if kind == b"IDAT" else (data,):
            PngImagePlugin.putchunk(out, kind, part)
    return out.getvalue()


def _deflated(colors: np.ndarray, alpha: np.ndarray | None) -> Iterator[bytes]:
    """Apply PNG's filter 2 (difference to the row above), and deflate, in parts of a few rows."""
    packer, row_bytes = zlib.compressobj(3), colors.shape[1] * (6 if alpha is None else 8)
    above = np.zeros((1, row_bytes), np.uint8)
    for top in range(0, len(colors), _ROWS):
        strip = colors[top : top + _ROWS]
        if alpha is not None:
            strip = np.dstack([strip, alpha[top : top + _ROWS].astype(np.uint16) * 257])
        rows = strip.astype(">u2").view(np.uint8).reshape(-1, row_bytes)
        filtered = np.full((len(rows), 1 + rows.shape[1]), 2, np.uint8)
        np.subtract(rows, np.concatenate([above, rows[:-1]]), out=filtered[:, 1:])
        yield packer.compress(filtered.tobytes())
        above = rows[-1:]
    yield packer.flush()


def write_tiff(
    colors: np.ndarray,
    *,
    exif: Image.Exif,
    dpi: tuple[float, float] | None,
    profile: bytes,
    extra: dict[int, bytes],
) -> bytes:
    """Encode a TIFF with 16 bits per channel and lossless compression.

    Args:
        colors: `(H, W, 3)` or, with alpha, `(H, W, 4)` uint16.
        exif: of the result.
        dpi: horizontal and vertical pixels per inch.
        profile: ICC profile, may be empty.
        extra: more tags that hold bytes, such as the XMP packet (700).
    """
    import tifffile

    tags = [(tag, 1, len(value), value, True) for tag, value in extra.items() if value]
    out = io.BytesIO()
    tifffile.imwrite(
        out, colors, photometric="rgb", compression="zlib", metadata=None, software=False, resolution=dpi,
        resolutionunit=2 if dpi else None, iccprofile=profile or None, extratags=tags,
        extrasamples=["unassalpha"] if colors.shape[2] == 4 else None,
    )  # fmt: skip
    return _with_exif(bytearray(out.getbuffer()), exif, () if dpi else _RESOLUTION_TAGS)


_RESOLUTION_TAGS = (282, 283, 296)
"""tifffile writes a resolution of 1 pixel per unit by default, which viewers show as 1 dpi."""


def _with_exif(file: bytearray, exif: Image.Exif, dropped: Collection[int]) -> bytes:
    """Add EXIF to a TIFF file, which tifffile writes only in part, and remove tags."""
    added = TiffImagePlugin.ImageFileDirectory_v2()
    for tag, value in exif.items():
        added[tag] = exif.get_ifd(tag) if tag in (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo) else value
    entries = _entries(file, struct.unpack_from("<I", file, 4)[0])
    file += bytes(len(file) % 2)
    start = len(file)
    file += added.tobytes(start)
    entries |= _entries(file, start)
    kept = [entries[tag] for tag in sorted(entries) if tag not in dropped]
    file += bytes(len(file) % 2)
    struct.pack_into("<I", file, 4, len(file))
    file += struct.pack("<H", len(kept)) + b"".join(kept) + bytes(4)
    return bytes(file)


def _entries(file: bytearray, start: int) -> dict[int, bytes]:
    """Return the entries of a directory by their tags."""
    places = range(start + 2, start + 2 + 12 * struct.unpack_from("<H", file, start)[0], 12)
    return {struct.unpack_from("<H", file, place)[0]: bytes(file[place : place + 12]) for place in places}
