"""16-bit images: read gray scans, and write color as PNG and TIFF, which Pillow cannot."""

import io
import struct
import zlib

import numpy as np
from PIL import ExifTags, Image, PngImagePlugin

MODES = ("I;16", "I;16B", "I;16L", "I;16N", "I", "F")
"""Pillow's modes with more than 8 bits per channel."""

_ROWS = 256


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
    return np.rint(np.arange(65536) / 257).astype(np.uint8)[levels]


def apply_curve(levels: np.ndarray, curve: np.ndarray) -> np.ndarray:
    """Apply a tone curve.

    Args:
        levels: any shape, uint16.
        curve: 256 values in [0, 255], the output for each 8-bit level.

    Returns:
        uint16 of the same shape; the curve is interpolated linearly.
    """
    table = np.interp(np.arange(65536) / 257, np.arange(256), curve) * 257
    return np.rint(table).astype(np.uint16)[levels]


def write_png(rgb: np.ndarray, template: bytes) -> bytes:
    """Encode a PNG with 16 bits per channel.

    Args:
        rgb: `(H, W, 3)` uint16.
        template: an 8-bit PNG file of any size, whose metadata chunks are copied.
    """
    height, width = rgb.shape[:2]
    out = io.BytesIO()
    out.write(template[:8])
    position = 8
    while position < len(template):
        length, kind = struct.unpack_from(">I4s", template, position)
        data = template[position + 8 : position + 8 + length]
        position += 12 + length
        if kind == b"IHDR":
            data = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
        elif kind == b"IDAT":
            data = _deflated(rgb)
        PngImagePlugin.putchunk(out, kind, data)
    return out.getvalue()


def _deflated(rgb: np.ndarray) -> bytes:
    """Apply PNG's filter 2 (difference to the row above), and deflate."""
    packer, parts = zlib.compressobj(3), []
    above = np.zeros((1, rgb.shape[1] * 6), np.uint8)
    for top in range(0, len(rgb), _ROWS):
        rows = rgb[top : top + _ROWS].astype(">u2").view(np.uint8).reshape(-1, rgb.shape[1] * 6)
        filtered = np.full((len(rows), 1 + rows.shape[1]), 2, np.uint8)
        np.subtract(rows, np.concatenate([above, rows[:-1]]), out=filtered[:, 1:])
        parts.append(packer.compress(filtered.tobytes()))
        above = rows[-1:]
    return b"".join([*parts, packer.flush()])


def write_tiff(
    rgb: np.ndarray, *, exif: Image.Exif, dpi: tuple[float, float] | None, profile: bytes, xmp: bytes
) -> bytes:
    """Encode a TIFF with 16 bits per channel and lossless compression.

    Args:
        rgb: `(H, W, 3)` uint16.
        exif: its text tags are written.
        dpi: horizontal and vertical pixels per inch.
        profile: ICC profile, may be empty.
        xmp: XMP packet, may be empty.
    """
    texts = {tag: str(value) for tag, value in exif.items() if isinstance(value, str)}
    description = texts.pop(ExifTags.Base.ImageDescription, None)
    software = texts.pop(ExifTags.Base.Software, None)
    written = texts.pop(ExifTags.Base.DateTime, None)
    # TIFF specifies ASCII, but in practice programs write UTF-8.
    extra = [(int(tag), 2, 0, text.encode(), True) for tag, text in texts.items()]
    if xmp:
        extra.append((700, 1, len(xmp), xmp, True))
    import tifffile

    out = io.BytesIO()
    tifffile.imwrite(
        out, rgb, photometric="rgb", compression="zlib", metadata=None, software=software or False,
        description=description and description.encode(), datetime=written, resolution=dpi,
        resolutionunit=2 if dpi else None, iccprofile=profile or None, extratags=extra,
    )  # fmt: skip
    return out.getvalue()
