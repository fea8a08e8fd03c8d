"""Bounds on the memory and the time that one file can take, checked before it is decoded.

`benchmarks/hostile_files.py` shows that a process stays below 1.5 GB, and that a file is opened or refused within 5
seconds on one core. COLORIZER_MAX_MEGAPIXELS raises all bounds in proportion.
"""

import math
import os
import re
import struct

from PIL import ImageFile

from colorizer.errors import InputError

MAX_BYTES = 200 * 2**20
"""Largest file that is decoded."""
MAX_MEGAPIXELS = 80.0
"""Largest width x height; COLORIZER_MAX_MEGAPIXELS overrides it."""
BYTES_PER_PIXEL = 11.0
"""Memory that decoding, colorizing and saving takes at its peak, for most kinds of images."""
_FORMAT_BYTES = {"JPEG2000": 25.0, "WEBP": 22.0, "AVIF": 14.0, "HEIF": 12.0}
_MODE_BYTES = {"RGBA": 14.0, "LA": 12.0, "PA": 14.0, "CMYK": 12.0, "I;16": 18.0, "I": 20.0, "F": 20.0}
"""The same of formats and of Pillow's modes that need more."""
_MAX_SECONDS = 5.0
_SCAN_SECONDS, _JPEG2000_SECONDS, _RLE_SECONDS = 0.0023, 0.19e-6, 0.8e-6
"""Time of a scan of a progressive JPEG per megapixel, and of a byte of JPEG 2000 and of a run-length encoded BMP."""
_USUAL_SCANS = 20  # Programs write 6 to 14.
_MAX_CHUNKS, _MAX_SEGMENTS, _MAX_SKIPPED = 200_000, 10_000, 100_000
"""Chunks of a PNG, segments of a JPEG before its first scan, and bytes between them: Pillow reads each in Python."""


def max_megapixels() -> float:
    """Return the limit on width x height in megapixels.

    Raises:
        InputError: COLORIZER_MAX_MEGAPIXELS is not a positive number.
    """
    text = os.environ.get("COLORIZER_MAX_MEGAPIXELS", "")
    try:
        limit = float(text) if text else MAX_MEGAPIXELS
    except ValueError:
        limit = math.nan
    if not 0 < limit < math.inf:
        raise InputError(f"COLORIZER_MAX_MEGAPIXELS is {text!r}: set it to a number of megapixels, such as 100.")
    return limit


def validate_file_size(count: int, name: str) -> None:
    """Refuse a file larger than `MAX_BYTES`, before it is read.

    Raises:
        InputError: it is larger.
    """
    if count > MAX_BYTES:
        raise InputError(
            f"{name} is {count / 2**20:.0f} MB; the limit is {MAX_BYTES / 2**20:.0f} MB: save it smaller first."
        )


def validate_size(size: tuple[int, int], name: str, bytes_per_pixel: float = BYTES_PER_PIXEL) -> None:
    """Refuse an image with more pixels than the limit, or that needs as much memory as if it had.

    Args:
        size: width and height.
        name: of the file.
        bytes_per_pixel: the most memory that it takes.

    Raises:
        InputError: it is too large.
    """
    width, height = size
    limit = max_megapixels() * min(1, BYTES_PER_PIXEL / bytes_per_pixel)
    if width * height > limit * 1e6:
        kind = "" if limit == max_megapixels() else " for this kind of image, which needs more memory than others"
        enough = math.ceil(width * height / 1e6 * max(1, bytes_per_pixel / BYTES_PER_PIXEL))
        raise InputError(
            f"{name} is {width} x {height} pixels ({width * height / 1e6:.0f} megapixels); the limit is {limit:.3g}"
            f"{kind}: make it smaller, or set COLORIZER_MAX_MEGAPIXELS to {enough}."
        )


def validate_structure(data: bytes, name: str) -> None:
    """Refuse a PNG or JPEG of absurdly many parts, which Pillow would read for minutes.

    Raises:
        InputError: it has.
    """
    if data.startswith(b"\x89PNG"):
        has_many = _has_many_chunks(data)
    else:
        has_many = data.startswith(b"\xff\xd8") and _has_many_segments(data)
    if has_many:
        raise InputError(f"{name} has far more parts than any program writes: save it again.")


def _has_many_chunks(data: bytes) -> bool:
    position = 8
    for _ in range(_MAX_CHUNKS):
        if position + 12 > len(data):
            return False
        position += 12 + int.from_bytes(data[position : position + 4])
    return True


def _has_many_segments(data: bytes) -> bool:
    position, skipped, fill = 2, 0, re.compile(rb"[^\xff]*\xff+")
    for _ in range(_MAX_SEGMENTS):
        found = fill.match(data, position)
        if found is None or found.end() + 3 > len(data) or data[found.end()] == 0xDA:  # the first scan
            return skipped > _MAX_SKIPPED
        skipped += found.end() - position - 1
        if skipped > _MAX_SKIPPED:
            return True
        marker, position = data[found.end()], found.end() + 1
        if marker not in (0x00, 0x01, *range(0xD0, 0xD9)):  # these have no length
            position += struct.unpack_from(">H", data, position)[0]
    return True


def validate_cost(image: ImageFile.ImageFile, data: bytes, name: str) -> None:
    """Refuse an image that Pillow opened if decoding it would take too much memory or time.

    Raises:
        InputError: it would.
    """
    image_format = image.format or ""
    needed = max(_FORMAT_BYTES.get(image_format, 0), _MODE_BYTES.get(image.mode, BYTES_PER_PIXEL))
    if image_format == "PNG" and image.mode != "I;16" and any(";16" in str(tile.args) for tile in image.tile):
        needed = 8 * len(image.mode)
    validate_size(image.size, name, needed)
    seconds, what = 0.0, ""
    scans = data.count(b"\xff\xda") if image_format in ("JPEG", "MPO") else 1
    if scans > _USUAL_SCANS:
        seconds, what = scans * image.size[0] * image.size[1] / 1e6 * _SCAN_SECONDS, f"a JPEG of {scans:,} scans"
    elif image_format == "JPEG2000":
        seconds, what = len(data) * _JPEG2000_SECONDS, f"a JPEG 2000 file of {len(data) / 2**20:.0f} MB"
    elif image_format == "BMP" and any(tile.codec_name == "bmp_rle" for tile in image.tile):
        seconds, what = len(data) * _RLE_SECONDS, "a large BMP with run-length encoding"
    limit = _MAX_SECONDS * max(1, max_megapixels() / MAX_MEGAPIXELS)
    if seconds > limit:
        raise InputError(
            f"{name} is {what}, which takes too long to decode: save it as TIFF or PNG, or set "
            f"COLORIZER_MAX_MEGAPIXELS to {math.ceil(MAX_MEGAPIXELS * seconds / _MAX_SECONDS)}."
        )
