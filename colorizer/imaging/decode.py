"""Decode image files to upright sRGB pixels. No other module decodes images.

Palettes, 16 bits, CMYK, color profiles and camera orientation are resolved here: the rest of the program sees 8-bit
sRGB, the right way up.
"""

import io
import math
import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import ExifTags, Image, ImageFile, ImageOps, UnidentifiedImageError

from colorizer.errors import InputError, UserError
from colorizer.imaging import icc, uint16

try:
    import pillow_heif
except ImportError:  # HEIC is optional.
    _WITH_HEIF = False
else:
    pillow_heif.register_heif_opener(thumbnails=False)
    _WITH_HEIF = True

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF") + ("HEIF",) * _WITH_HEIF
"""Pillow's names of the formats that can be decoded; HEIF needs pillow-heif."""

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif") + (".heic", ".heif") * _WITH_HEIF
"""File name suffixes of images in folders and archives."""

MAX_BYTES = 200 * 2**20
"""Largest file that is decoded."""
MAX_MEGAPIXELS = 100.0
"""Largest width x height, checked before decoding; COLORIZER_MAX_MEGAPIXELS overrides it."""

Image.init()  # Register Pillow's formats, so that `formats=` can name them.
_EXIF_TAGS = [
    getattr(ExifTags.Base, name)
    for name in (
        "DocumentName", "ImageDescription", "Make", "Model", "Software", "DateTime", "Artist", "Copyright",
        "Rating", "XPTitle", "XPComment", "XPAuthor", "XPKeywords", "XPSubject",
    )
]  # fmt: skip
_OUTPUT_FORMAT = {"JPEG": "jpeg", "MPO": "jpeg", "HEIF": "jpeg", "WEBP": "webp", "TIFF": "tiff"}


@dataclass(frozen=True)
class Picture:
    """A decoded image."""

    pixels: np.ndarray
    """sRGB, upright, `(H, W, 3)` uint8; results of 16-bit files have uint16."""
    alpha: np.ndarray | None = None
    """Opacity `(H, W)` uint8, or None if the image is opaque."""
    name: str = "image"
    """File name, for messages and for naming the result."""
    exif: bytes = b""
    """EXIF of author, camera, exposure and GPS position, without orientation (applied already) and thumbnail."""
    dpi: tuple[float, float] | None = None
    icc_profile: bytes = b""
    """ICC profile in which to write the result; empty if the file has none."""
    gray16: np.ndarray | None = None
    """The gray levels at full depth, `(H, W)` uint16, if the file has more than 8 bits."""
    file_format: str = "png"
    """A key of `encode.OUTPUT_FORMATS`: the file's own format, or the closest that can be written."""
    notes: tuple[str, ...] = ()
    """Sentences on what was dropped or repaired in decoding, for the user."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.pixels.shape[1], self.pixels.shape[0]

    def square_thumbnail(self, side: int) -> np.ndarray:
        """Return the central square at `(side, side, 3)` uint8; no resampling if the picture has that size already."""
        if self.size == (side, side):
            return self.pixels
        return np.asarray(ImageOps.fit(Image.fromarray(self.pixels), (side, side), Image.Resampling.LANCZOS))

    def thumbnail(self, longest: int) -> "Picture":
        """Return the picture scaled down so that its longest side is at most `longest` pixels; never scaled up."""
        if max(self.size) <= longest:
            return self
        scale = longest / max(self.size)
        size = max(1, round(self.size[0] * scale)), max(1, round(self.size[1] * scale))
        return replace(
            self,
            pixels=np.asarray(Image.fromarray(self.pixels).resize(size, Image.Resampling.LANCZOS)),
            gray16=None,
            alpha=None if self.alpha is None else np.asarray(Image.fromarray(self.alpha).resize(size)),
        )

    def with_pixels(self, pixels: np.ndarray) -> "Picture":
        """Return the picture with other colors; metadata and opacity stay.

        Args:
            pixels: `(H, W, 3)` uint8 or uint16, of the same size.
        """
        if pixels.shape != self.pixels.shape:
            raise ValueError(f"{pixels.shape} pixels cannot replace {self.pixels.shape}")
        return replace(self, pixels=pixels, gray16=None)

    def beside(self, other: "Picture") -> "Picture":
        """Return this picture and another of the same size side by side, with the metadata of the other."""
        gray16 = self.gray16 if other.pixels.dtype == np.uint16 else None
        left = self.pixels if gray16 is None else np.repeat(gray16[..., None], 3, axis=2)
        alphas = [np.full(left.shape[:2], 255, np.uint8) if p.alpha is None else p.alpha for p in (self, other)]
        is_opaque = self.alpha is None and other.alpha is None
        return replace(
            other,
            pixels=np.concatenate([left, other.pixels], axis=1),
            alpha=None if is_opaque else np.concatenate(alphas, axis=1),
            gray16=None,
        )


def decode_image(data: bytes, name: str = "image") -> Picture:
    """Decode an image file.

    Args:
        data: the file's bytes.
        name: its name, for messages.

    Raises:
        InputError: the file is not an image, its format is not supported, or it is damaged or too large.
    """
    if not data:
        raise InputError(f"{name} is empty (0 bytes): save or copy the file again.")
    validate_file_size(len(data), name)
    # Pillow warns above this limit and refuses at twice it; `_read` checks the exact limit before decoding.
    Image.MAX_IMAGE_PIXELS = int(max_megapixels() * 1e6)
    try:
        with warnings.catch_warnings():
            # Pillow warns about malformed metadata.
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                return _read(image, name)
    except UserError:
        raise
    except UnidentifiedImageError:
        raise InputError(f"{name} is not an image that can be read: use {accepted_formats()}.") from None
    except Image.DecompressionBombError:
        raise InputError(
            f"{name} has far more pixels than the limit of {max_megapixels():g} megapixels: make it smaller first."
        ) from None
    except MemoryError:
        raise InputError(f"{name} needs more memory than this computer has free: make it smaller.") from None
    except Exception as error:  # Pillow's decoders raise all kinds of errors on damaged data.
        raise InputError(
            f"{name} is damaged or cut off and cannot be read ({error}): copy it again from the original."
        ) from None


def validate_file_size(count: int, name: str) -> None:
    """Refuse a file larger than `MAX_BYTES`, before it is read.

    Raises:
        InputError: it is larger.
    """
    if count > MAX_BYTES:
        raise InputError(
            f"{name} has {count / 2**20:.0f} MB; the limit is {MAX_BYTES / 2**20:.0f} MB: save it smaller first."
        )


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


def accepted_formats() -> str:
    """Return the supported formats in words: `a JPEG, PNG or GIF file`."""
    shown = {"WEBP": "WebP", "HEIF": "HEIC"}
    names = [shown.get(name, name) for name in FORMATS]
    return f"a {', '.join(names[:-1])} or {names[-1]} file"


def _read(image: ImageFile.ImageFile, name: str) -> Picture:
    width, height = image.size
    if width * height > max_megapixels() * 1e6:
        raise InputError(
            f"{name} has {width} x {height} pixels ({width * height / 1e6:.0f} megapixels); "
            f"the limit is {max_megapixels():g}: make it smaller first."
        )
    file_format = _OUTPUT_FORMAT.get(image.format or "", "png")
    notes = []
    if getattr(image, "n_frames", 1) > 1:
        if image.format in ("GIF", "WEBP", "PNG"):
            notes.append(f"{name} is animated: only its first frame was used.")
        elif image.format == "TIFF":
            notes.append(f"{name} has several pages: only the first was used.")
    if image.mode == "RGB" and any(";16" in str(tile.args) for tile in image.tile):
        notes.append(f"{name} has 16 bits a channel in color, of which 8 were used: 16 are kept of gray files.")
    profile = image.info.get("icc_profile")
    dpi, exif = _resolution(image), _clean_exif(image)
    ImageOps.exif_transpose(image, in_place=True)
    deep, opacity = None, None
    if image.mode in uint16.MODES:
        deep, kept_profile, note = _deep_gray(image, profile, name)
        rgb = icc.as_rgb(Image.fromarray(uint16.to_uint8(deep)))
    else:
        if image.has_transparency_data:
            opacity = np.asarray(image.convert("RGBA").getchannel("A"))
        rgb, kept_profile, note = _to_srgb(image, profile, name)
    notes += note
    pixels = np.array(rgb) if opacity is not None else np.asarray(rgb)
    if opacity is not None:
        # Fully transparent pixels often hide colors that were never meant to be seen.
        pixels[opacity == 0] = 255
    return Picture(
        pixels=pixels,
        alpha=opacity,
        name=name,
        exif=exif,
        dpi=dpi,
        icc_profile=kept_profile,
        gray16=deep,
        file_format=file_format,
        notes=tuple(notes),
    )


def _deep_gray(image: Image.Image, profile: bytes | None, name: str) -> tuple[np.ndarray, bytes, list[str]]:
    levels = uint16.levels_of(image)
    if profile:
        try:
            return uint16.apply_curve(levels, icc.gray_curve(profile)), icc.srgb(), []
        except icc.FAILURES:
            return levels, b"", [_broken_profile(name)]
    return levels, b"", []


def _to_srgb(image: Image.Image, profile: bytes | None, name: str) -> tuple[Image.Image, bytes, list[str]]:
    if profile:
        try:
            return *icc.to_srgb(image, profile), []
        except icc.FAILURES:
            return icc.as_rgb(image), b"", [_broken_profile(name)]
    return icc.as_rgb(image), b"", []


def _broken_profile(name: str) -> str:
    return f"The color profile in {name} is damaged and was ignored."


def _resolution(image: Image.Image) -> tuple[float, float] | None:
    across, down = (float(value) for value in image.info.get("dpi", (0, 0)))
    # Files contain all kinds of nonsense here, such as 0/0, and not every format can write it.
    return (across, down) if 1 <= across <= 65535 and 1 <= down <= 65535 else None


def _clean_exif(image: Image.Image) -> bytes:
    try:
        source, kept = image.getexif(), Image.Exif()
        # Only these tags: others of a TIFF file describe how its pixels were stored.
        for tag in _EXIF_TAGS:
            if tag in source:
                kept[tag] = source[tag]
        for block in (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo):
            if values := source.get_ifd(block):
                kept.get_ifd(block).update(values)
                kept[block] = values
        return kept.tobytes() if len(kept) else b""
    except Exception:  # Broken EXIF is common, and no reason to refuse an image.
        return b""


def pil_to_pixels(image: Image.Image) -> np.ndarray:
    """Return the pixels of a PIL image.

    Args:
        image: any mode. Unlike in `decode_image`, EXIF orientation and color profile are ignored.

    Returns:
        `(H, W, 3)` uint8; 16-bit gray is scaled, transparent pixels are composited on white.
    """
    if image.mode in uint16.MODES:
        image = Image.fromarray(uint16.to_uint8(uint16.levels_of(image)))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return np.asarray(image.convert("RGB"))


def is_image_path(parts: Sequence[str]) -> bool:
    """Return whether a path, given as its parts, looks like an image: a known suffix, and no hidden part."""
    hidden = any(part.startswith((".", "__MACOSX")) for part in parts)
    return bool(parts) and not hidden and parts[-1].lower().endswith(SUFFIXES)
