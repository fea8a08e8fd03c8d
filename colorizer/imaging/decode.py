"""Decode image files to upright sRGB pixels. No other module decodes images.

Palettes, 16 bits, CMYK, color profiles and camera orientation are resolved here: the rest of the program sees 8-bit
sRGB, the right way up.
"""

import io
import stat
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import ExifTags, Image, ImageChops, ImageFile, ImageOps, UnidentifiedImageError

from colorizer.errors import InputError, UserError
from colorizer.imaging import icc, limits, metadata, tiff, uint16
from colorizer.text import shorten

try:
    import pillow_heif
except ImportError:  # HEIC is optional.
    _WITH_HEIF = False
else:
    pillow_heif.register_heif_opener(thumbnails=False)
    _WITH_HEIF = True

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "JPEG2000", "AVIF") + ("HEIF",) * _WITH_HEIF
"""Pillow's names of the formats that can be decoded; HEIF needs pillow-heif."""

SUFFIXES = (
    ".jpg", ".jpeg", ".jpe", ".jfif", ".jif", ".pjpeg", ".pjp", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif",
    ".jp2", ".j2k", ".j2c", ".jpf", ".jpx", ".avif",
) + (".heic", ".heif", ".hif") * _WITH_HEIF  # fmt: skip
"""File name suffixes of images in folders and archives."""

_ROWS = 256

Image.init()  # Register Pillow's formats, so that `formats=` can name them.
_OUTPUT_FORMAT = {"JPEG": "jpeg", "MPO": "jpeg", "HEIF": "jpeg", "AVIF": "jpeg", "WEBP": "webp", "TIFF": "tiff"}


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
    xmp: bytes = b""
    """XMP packet: captions, keywords, ratings."""
    iptc: bytes = b""
    """IPTC-IIM records: captions, keywords."""
    texts: dict[str, str] = field(default_factory=dict)
    """Comment of a JPEG, or texts of a PNG by their keywords."""
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

        def resize(array: np.ndarray) -> np.ndarray:
            # A far larger picture is first averaged over blocks, which takes a fraction of the time.
            return np.asarray(Image.fromarray(array).resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0))

        is_gray = self.pixels.strides[2] == 0
        return replace(
            self,
            pixels=uint16.gray_to_rgb(resize(self.pixels[..., 0])) if is_gray else resize(self.pixels),
            gray16=None,
            alpha=None if self.alpha is None else resize(self.alpha),
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
    limits.validate_file_size(len(data), name)
    # Pillow warns above this limit and refuses at twice it; `_read` checks the exact limit before decoding.
    Image.MAX_IMAGE_PIXELS = int(limits.max_megapixels() * 1e6)
    try:
        with warnings.catch_warnings():
            # Pillow warns about malformed metadata.
            warnings.simplefilter("ignore")
            data = _without_stray_bytes(data)
            limits.validate_structure(data, name)
            return _decode(data, name)
    except UserError:
        raise
    except UnidentifiedImageError:
        raise InputError(f"{name} is not an image that can be read: use {accepted_formats()}.") from None
    except Image.DecompressionBombError:
        raise InputError(
            f"{name} has far more pixels than the limit of {limits.max_megapixels():g} megapixels: make it smaller, or "
            "set COLORIZER_MAX_MEGAPIXELS to a higher limit."
        ) from None
    except MemoryError:
        raise InputError(f"{name} needs more memory than this computer has free: make it smaller.") from None
    except Exception as error:  # Pillow's decoders raise all kinds of errors on damaged data.
        raise InputError(
            f"{name} is damaged or incomplete and cannot be read ({error}): copy it again from the original."
        ) from None


def read_file(path: Path) -> bytes:
    """Return the content of an image file.

    Raises:
        InputError: it is a pipe, a device or a folder, too large, or cannot be read.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise InputError(f"{shorten(str(path))} is not a file: give an image file.")
        limits.validate_file_size(status.st_size, path.name)
        return path.read_bytes()
    except InputError:
        raise
    except (OSError, ValueError) as error:  # The latter of a null character.
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{shorten(str(path))} cannot be read ({reason}).") from None


def accepted_formats() -> str:
    """Return the supported formats in words: `a JPEG, PNG, or GIF file`."""
    shown = {"WEBP": "WebP", "HEIF": "HEIC", "JPEG2000": "JPEG 2000"}
    names = [shown.get(name, name) for name in FORMATS]
    return f"a {', '.join(names[:-1])}, or {names[-1]} file"


def _without_stray_bytes(data: bytes) -> bytes:
    """Remove line ends and the like that some programs leave before the first byte of an image."""
    trimmed = data[:64].lstrip(b"\r\n\t \0\xef\xbb\xbf")
    is_image = trimmed.startswith((b"\xff\xd8\xff", b"\x89PNG"))
    return data[min(len(data), 64) - len(trimmed) :] if is_image else data


def _decode(data: bytes, name: str) -> Picture:
    frame, notes, iptc = 0, [], None
    if tiff.is_tiff(data):
        try:
            with tiff.open_tiff(data) as file:
                page = tiff.find_page(file, data, name)
                if page.needs_tifffile or not _is_known(data):
                    return _decode_tiff(page, data, name)
        except (UserError, MemoryError):
            raise
        except Exception:  # Pillow may be able to decode what tifffile cannot.
            page = None
        if page is not None:
            frame, notes, iptc = page.index, page.notes, tiff.iptc(page.page)
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        if frame:
            image.seek(frame)
        try:
            return _read(image, data, name, notes, iptc)
        except OSError as error:
            if image.format not in ("JPEG", "MPO") or "truncated" not in str(error):
                raise
    return _read_incomplete(data, len(data), name)


def _read_incomplete(data: bytes, end: int, name: str, attempts: int = 3) -> Picture:
    """Decode the first bytes of a JPEG: with an end marker, libjpeg decodes what is there, and the rest is gray."""
    try:
        with Image.open(io.BytesIO(data[:end] + b"\xff\xd9"), formats=("JPEG",)) as image:
            return _read(image, data, name, [f"{name} is incomplete: the missing part is gray."])
    except OSError:
        if attempts == 1:
            raise
    # A progressive JPEG may end within the header of a scan or its table, which cannot be used.
    last = max(data.rfind(b"\xff\xc4", 0, end), data.rfind(b"\xff\xda", 0, end), 0)
    return _read_incomplete(data, last, name, attempts - 1)


def _is_known(data: bytes) -> bool:
    """Return whether Pillow opens a file."""
    try:
        Image.open(io.BytesIO(data), formats=FORMATS).close()
    except UnidentifiedImageError:
        return False
    return True


def _decode_tiff(page: tiff.Page, data: bytes, name: str) -> Picture:
    tags = page.page.tags
    limits.validate_size((page.page.imagewidth, page.page.imagelength), name, page.bytes_per_pixel)
    samples = tiff.decode_page(page.page, tags.valueof(34675) or b"", name, page.notes)
    return _assemble(
        samples,
        tags.valueof(ExifTags.Base.Orientation, 1),
        "tiff",
        name,
        page.notes,
        exif=metadata.clean_exif(tiff.exif(page.page, data)),
        dpi=tiff.resolution(page.page),
        xmp=metadata.read_xmp({"xmp": tags.valueof(700)}),
        iptc=tiff.iptc(page.page),
    )


def _assemble(
    samples: uint16.Samples,
    orientation: int,
    file_format: str,
    name: str,
    notes: list[str],
    **more: Any,
) -> Picture:
    def upright(array: np.ndarray | None) -> np.ndarray | None:
        return None if array is None else _upright(array, orientation)

    pixels, alpha = _upright(samples.rgb, orientation), upright(samples.alpha)
    if alpha is not None:
        # Fully transparent pixels often hide colors that were never meant to be seen.
        pixels = pixels if pixels.flags.writeable else np.array(pixels)
        is_hidden = alpha == 0
        for channel in range(3):  # Far faster than all at once.
            np.copyto(pixels[..., channel], 255, where=is_hidden)
    return Picture(
        pixels=pixels,
        alpha=alpha,
        name=name,
        icc_profile=samples.icc_profile,
        gray16=upright(samples.gray16),
        file_format=file_format,
        notes=tuple(notes),
        **more,
    )


def _upright(array: np.ndarray, orientation: int) -> np.ndarray:
    """Apply an EXIF orientation (1 to 8) to an array `(H, W, ...)`."""
    if orientation in (5, 6, 7, 8):
        array = array.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        array = array[::-1]
    if orientation in (2, 3, 6, 7):
        array = array[:, ::-1]
    return np.ascontiguousarray(array) if orientation in range(2, 9) else array


def _read(image: ImageFile.ImageFile, data: bytes, name: str, notes: list[str], iptc: bytes | None = None) -> Picture:
    limits.validate_cost(image, data, name)
    notes = list(notes)
    if getattr(image, "is_animated", False) and image.format in ("GIF", "WEBP", "PNG", "AVIF"):
        notes.append(f"{name} is animated: only its first frame was used.")
    elif image.format in ("MPO", "HEIF") and (count := getattr(image, "n_frames", 1)) > 1:
        notes.append(f"{name} contains {count} images: only the first was used.")
    if len(image.info.get("exif") or b"") > metadata.MAX_EXIF_BYTES:
        notes.append(f"{name} has more EXIF data than any camera writes: it was dropped.")
        exif = Image.Exif()
    else:
        exif = image.getexif()
    return _assemble(
        _read_samples(image, data, name, notes),
        exif.get(ExifTags.Base.Orientation, 1),
        _OUTPUT_FORMAT.get(image.format or "", "png"),
        name,
        notes,
        exif=metadata.clean_exif(exif),
        dpi=_resolution(image),
        xmp=metadata.read_xmp(image.info),
        iptc=metadata.read_iptc(image.info) if iptc is None else iptc,
        texts=metadata.read_texts(image),
    )


def _read_samples(image: ImageFile.ImageFile, data: bytes, name: str, notes: list[str]) -> uint16.Samples:
    """Decode an image that Pillow opened, and apply its profile."""
    profile = image.info.get("icc_profile") or b""
    levels = uint16.read_color_png(image, data) if image.format == "PNG" else None
    if levels is None and image.mode in uint16.MODES:
        levels = uint16.levels_of(image)[..., None]
    curve = _gamma_curve(image.info) if image.format == "PNG" and not profile else None
    if levels is not None:
        alpha = levels[..., -1] if levels.shape[2] in (2, 4) else None
        colors = levels[..., : levels.shape[2] - (alpha is not None)]
        if alpha is None and image.format == "PNG" and "transparency" in image.info:
            alpha = (colors != np.array(image.info["transparency"])).any(-1).astype(np.uint16)
            alpha *= 65535
        if curve is not None:
            colors = uint16.apply_curve(colors, curve)
        return uint16.Samples.from_levels(colors, alpha, profile, name, notes, is_deep=True)
    if (bits := _bits(image, data)) > 8:
        notes.append(f"{name} has {bits} bits per channel, of which 8 were used.")
    image.load()
    alpha8 = _alpha(image) if image.has_transparency_data else None
    convert: icc.Convert = icc.as_rgb
    kept = b""
    if profile:
        try:
            convert, kept = icc.srgb_converter(image, profile)
        except icc.FAILURES:
            notes.append(icc.broken(name))
    if image.mode in ("L", "1") and not profile and curve is None:
        return uint16.Samples(uint16.gray_to_rgb(np.asarray(image.convert("L"))), None, None, b"")
    # Pillow inverts the inks of every CMYK JPEG, which is right only for those that Adobe's programs write.
    is_inverted = image.mode == "CMYK" and image.format == "JPEG" and "adobe" not in image.info
    table = None if curve is None else np.rint(curve).astype(int).tolist() * 3

    def to_srgb(part: Image.Image) -> Image.Image:
        part = convert(ImageChops.invert(part) if is_inverted else part)
        return part if table is None else part.point(table)

    try:
        return uint16.Samples(icc.rgb_array(image, to_srgb), None, alpha8, kept)
    except icc.FAILURES:
        if convert is icc.as_rgb:
            raise
        notes.append(icc.broken(name))
        return uint16.Samples(icc.rgb_array(image), None, alpha8, b"")


def _bits(image: ImageFile.ImageFile, data: bytes) -> int:
    """Return the bits per channel of a file, of which Pillow decodes 8."""
    if image.format == "AVIF" and (start := data.find(b"av1C")) >= 0:
        flags = data[start + 6]  # AV1 Codec ISO Media File Format Binding, section 2.3
        return 12 if flags & 0x20 else 10 if flags & 0x40 else 8
    if image.format == "JPEG2000" and (start := data.find(b"\xff\x4f\xff\x51")) >= 0:
        return (data[start + 42] & 0x7F) + 1  # ISO/IEC 15444-1, A.5.1
    return 16 if any(";16" in str(tile.args) for tile in image.tile) else image.info.get("bit_depth", 8)


def _alpha(image: Image.Image) -> np.ndarray:
    """Return the opacity `(H, W)` uint8 of an image with transparency."""
    if image.mode in ("RGBA", "LA"):
        return np.asarray(image.getchannel("A"))
    result = np.empty(image.size[::-1], np.uint8)
    for top in range(0, len(result), _ROWS):
        part = image.crop((0, top, image.size[0], min(top + _ROWS, image.size[1])))
        result[top : top + _ROWS] = np.asarray(part.convert("RGBA").getchannel("A"))
    return result


def _gamma_curve(info: dict[Any, Any]) -> np.ndarray | None:
    """Return the sRGB level of each level of a PNG whose gAMA chunk says that it is not encoded like sRGB."""
    gamma = info.get("gamma")
    if not gamma or "srgb" in info or abs(gamma * 2.2 - 1) < 0.05 or not 0.01 < gamma < 100:
        return None
    linear = (np.arange(256) / 255) ** (1 / gamma)
    return 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def _resolution(image: Image.Image) -> tuple[float, float] | None:
    across, down = (float(value) for value in image.info.get("dpi", (0, 0)))
    # Files contain all kinds of nonsense here, such as 0/0, and not every format can write it.
    return (across, down) if 1 < across <= 65535 and 1 < down <= 65535 else None


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
