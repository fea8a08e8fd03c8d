"""The door: bytes become upright sRGB pixels here, and go back out here. Nothing else decodes.

Whatever a file holds (palette, 16 bits, CMYK, a foreign colour profile, a rotated camera), the
rest of the program sees one thing: 8-bit sRGB, the right way up.
"""

import io
import warnings
from dataclasses import dataclass, replace
from pathlib import PurePath

import numpy as np
from PIL import ExifTags, Image, ImageCms, ImageOps, PngImagePlugin, UnidentifiedImageError

from colorizer.errors import InputError

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF")
"""Pillow's names of the formats that are read."""

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif")
"""File name endings that are taken for images in folders and archives."""

OUTPUT_FORMATS = {"png": ".png", "jpeg": ".jpg", "webp": ".webp", "tiff": ".tif"}
"""Formats that are written, with the ending of their files."""

MAX_BYTES = 200 * 2**20
MAX_PIXELS = 100_000_000

Image.init()  # Registers all of Pillow's formats, so that `formats=` may name them.
_SRGB = ImageCms.createProfile("sRGB")
_KEPT_TAGS = tuple(
    getattr(ExifTags.Base, name)
    for name in ("ImageDescription", "Make", "Model", "Software", "DateTime", "Artist", "Copyright")
)
_LONGEST_JPEG_EXIF = 65_000  # One JPEG segment holds no more.
_DEEP_MODES = ("I;16", "I;16B", "I;16L", "I;16N", "I", "F")


@dataclass(frozen=True)
class Picture:
    """An image as the program works with it."""

    pixels: np.ndarray
    """sRGB, upright, `(H, W, 3)` uint8."""
    alpha: np.ndarray | None = None
    """Opacity `(H, W)` uint8, or None if the image is opaque."""
    name: str = "image"
    """File name it came with, for messages and for naming the result."""
    exif: bytes = b""
    """EXIF of author, camera and exposure: not orientation (already applied), place or thumbnail."""
    dpi: tuple[float, float] | None = None
    notes: tuple[str, ...] = ()
    """What a person should know about how the file was read."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.pixels.shape[1], self.pixels.shape[0]


def decode(data: bytes, name: str = "image") -> Picture:
    """Read an image file.

    Args:
        data: the file's bytes.
        name: its name, for messages.

    Raises:
        InputError: it is no image, is of a format that is not read, is damaged or is too large.
    """
    if not data:
        raise InputError(f"{name} is empty (0 bytes): save or copy the file again.")
    if len(data) > MAX_BYTES:
        raise InputError(f"{name} has {len(data) / 2**20:.0f} MB; the limit is {MAX_BYTES / 2**20:.0f} MB.")
    try:
        with warnings.catch_warnings():
            # Our own ceiling below is checked before decoding, and stray metadata is no one's concern.
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                return _read(image, name)
    except InputError:
        raise
    except UnidentifiedImageError:
        raise InputError(
            f"{name} is not an image that can be read: use a JPEG, PNG, WebP, TIFF, BMP or GIF file."
        ) from None
    except Image.DecompressionBombError:
        raise InputError(
            f"{name} has far more pixels than the limit of {MAX_PIXELS / 1e6:.0f} megapixels: make it smaller first."
        ) from None
    except MemoryError:
        raise InputError(f"{name} needs more memory than this computer has free: make it smaller.") from None
    except Exception as error:  # Pillow's decoders raise whatever the damage makes them trip over.
        raise InputError(
            f"{name} is damaged or cut off and cannot be read ({error}): copy it again from the original."
        ) from None


def _read(image: Image.Image, name: str) -> Picture:
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise InputError(
            f"{name} has {width} x {height} pixels ({width * height / 1e6:.0f} megapixels); "
            f"the limit is {MAX_PIXELS / 1e6:.0f}: make it smaller first."
        )
    notes = []
    if getattr(image, "n_frames", 1) > 1 and image.format in ("GIF", "WEBP", "PNG"):
        notes.append(f"{name} is animated: only its first frame was used.")
    profile = image.info.get("icc_profile")
    dpi, exif = _resolution(image), _clean_exif(image)
    image = ImageOps.exif_transpose(image)
    if image.mode in _DEEP_MODES:
        image = _to_eight_bits(image)
    has_alpha = image.has_transparency_data
    opacity = np.asarray(image.convert("RGBA").getchannel("A")) if has_alpha else None
    rgb, note = _to_srgb(image, profile, name)
    notes += note
    pixels = np.array(rgb) if opacity is not None else np.asarray(rgb)
    if opacity is not None:
        # Fully transparent pixels often hide a colour that nobody was meant to see.
        pixels[opacity == 0] = 255
    return Picture(
        pixels=pixels,
        alpha=opacity,
        name=name,
        exif=exif,
        dpi=dpi,
        notes=tuple(notes),
    )


def _to_eight_bits(image: Image.Image) -> Image.Image:
    """Scale gray of 16 or 32 bits to 8; Pillow's own conversion clips instead."""
    values = np.asarray(image).astype(np.float64)
    values[~np.isfinite(values)] = 0
    highest = values.max(initial=0)
    if image.mode == "F" and highest <= 1:
        full = 1.0
    elif image.mode == "F" or highest > 65535:
        full = highest
    else:
        full = 65535.0
    return Image.fromarray(np.rint(values.clip(0, full) * (255 / full)).astype(np.uint8))


def _to_srgb(image: Image.Image, profile: bytes | None, name: str) -> tuple[Image.Image, list[str]]:
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if "srgb" in ImageCms.getProfileDescription(source).lower():
                return image.convert("RGB"), []
            space = source.profile.xcolor_space.strip()
            modes = {"GRAY": "L", "RGB": "RGB", "CMYK": "CMYK", "LAB": "LAB"}
            if modes.get(space) == "RGB" or image.mode in ("CMYK", "LAB", "L", "1", "LA"):
                image = image if image.mode == modes[space] else image.convert(modes[space])
                converted = ImageCms.profileToProfile(image, source, _SRGB, outputMode="RGB")
                if converted is not None:
                    return converted, []
        except (ImageCms.PyCMSError, OSError, KeyError, ValueError):
            return image.convert("RGB"), [f"The colour profile in {name} is damaged and was ignored."]
    return image.convert("RGB"), []


def _resolution(image: Image.Image) -> tuple[float, float] | None:
    across, down = (float(value) for value in image.info.get("dpi", (0, 0)))
    # Files hold any nonsense here, 0/0 included, and not every format can write it.
    return (across, down) if 1 <= across <= 65535 and 1 <= down <= 65535 else None


def _clean_exif(image: Image.Image) -> bytes:
    try:
        source, kept = image.getexif(), Image.Exif()
        # Chosen tags only: those of a TIFF file also say how its pixels were stored.
        for tag in _KEPT_TAGS:
            if tag in source:
                kept[tag] = source[tag]
        if exposure := source.get_ifd(ExifTags.IFD.Exif):
            kept.get_ifd(ExifTags.IFD.Exif).update(exposure)
            kept[ExifTags.IFD.Exif] = exposure
        return kept.tobytes() if len(kept) else b""
    except Exception:  # Broken EXIF is common and never a reason to refuse a picture.
        return b""


def to_pixels(image: Image.Image) -> np.ndarray:
    """The pixels of an image that some other program opened.

    Args:
        image: any mode. Unlike in `decode`, EXIF orientation and colour profile are left to its owner.

    Returns:
        `(H, W, 3)` uint8; 16-bit gray is scaled, transparent pixels are shown on white.
    """
    if image.mode in _DEEP_MODES:
        image = _to_eight_bits(image)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return np.asarray(image.convert("RGB"))


def square(picture: Picture, side: int) -> np.ndarray:
    """The middle of a picture as a square thumbnail.

    Args:
        picture: any size.
        side: wanted width and height in pixels.

    Returns:
        `(side, side, 3)` uint8; the pixels as they are if the picture already has that size.
    """
    if picture.size == (side, side):
        return picture.pixels
    image = Image.fromarray(picture.pixels)
    return np.asarray(ImageOps.fit(image, (side, side), Image.Resampling.LANCZOS))


def fit(picture: Picture, longest: int) -> Picture:
    """The picture made smaller, if need be, so that its longest side is at most `longest` pixels."""
    if max(picture.size) <= longest:
        return picture
    scale = longest / max(picture.size)
    size = max(1, round(picture.size[0] * scale)), max(1, round(picture.size[1] * scale))
    pixels, opacity = Image.fromarray(picture.pixels), picture.alpha
    return replace(
        picture,
        pixels=np.asarray(pixels.resize(size, Image.Resampling.LANCZOS)),
        alpha=None if opacity is None else np.asarray(Image.fromarray(opacity).resize(size)),
    )


def is_gray(picture: Picture, tolerance: int = 8) -> bool:
    """Whether the picture is black and white already: 99 % of pixels within `tolerance` of gray."""
    channels = picture.pixels[:: max(1, picture.size[1] // 512), :: max(1, picture.size[0] // 512)]
    red, green, blue = np.moveaxis(channels, -1, 0)  # Ten times as fast as looking along so short an axis.
    spread = np.maximum(np.maximum(red, green), blue) - np.minimum(np.minimum(red, green), blue)
    return bool((spread <= tolerance).mean() >= 0.99)


def encode(picture: Picture, file_format: str = "png", *, quality: int = 95, description: str = "") -> bytes:
    """Write a picture as a file.

    Args:
        picture: what to write; its EXIF, resolution and opacity go along where the format can.
        file_format: a key of `OUTPUT_FORMATS`.
        quality: 1 to 100, for JPEG and WebP.
        description: a sentence to leave in the file's metadata.

    Returns:
        The file's bytes. PNG and TIFF are lossless; JPEG keeps full colour resolution (4:4:4).

    Raises:
        InputError: the format is not one that is written, or cannot hold so large a picture.
    """
    if file_format not in OUTPUT_FORMATS:
        raise InputError(f"There is no output format {file_format!r}: choose {', '.join(OUTPUT_FORMATS)}.")
    limit = {"jpeg": 65500, "webp": 16383}.get(file_format)
    if limit and max(picture.size) > limit:
        raise InputError(f"{picture.name} is longer than the {limit} pixels {file_format} can hold: use png.")
    image = Image.fromarray(picture.pixels)
    if picture.alpha is not None:
        opacity = Image.fromarray(picture.alpha)
        if file_format == "jpeg":
            image = Image.composite(image, Image.new("RGB", image.size, "white"), opacity)
        else:
            image.putalpha(opacity)
    exif = Image.Exif()
    if picture.exif:
        exif.load(picture.exif)
    if file_format == "jpeg" and len(picture.exif) > _LONGEST_JPEG_EXIF:
        exif = Image.Exif()
    if description:
        exif[ExifTags.Base.ImageDescription] = description
    options: dict[str, object] = {"exif": exif.tobytes()} if len(exif) else {}
    if picture.dpi:
        options["dpi"] = picture.dpi
    match file_format:
        case "png":
            text = PngImagePlugin.PngInfo()
            if description:
                text.add_itxt("Description", description)
            options |= {"compress_level": 3, "pnginfo": text}
        case "jpeg":
            options |= {"quality": quality, "subsampling": "4:4:4"}
        case "webp":
            options |= {"quality": quality, "exact": True}
            options.pop("dpi", None)
        case "tiff":
            # Pillow can compress a TIFF or give it an EXIF block, not both.
            options |= {"compression": None if ExifTags.IFD.Exif in exif else "tiff_adobe_deflate"}
    buffer = io.BytesIO()
    image.save(buffer, format=file_format.upper(), **options)
    return buffer.getvalue()


def with_pixels(picture: Picture, pixels: np.ndarray) -> Picture:
    """The same picture, metadata and opacity kept, with other colours.

    Args:
        picture: the original.
        pixels: `(H, W, 3)` uint8 of the same size.
    """
    if pixels.shape != picture.pixels.shape:
        raise ValueError(f"{pixels.shape} pixels cannot replace {picture.pixels.shape}")
    return replace(picture, pixels=pixels)


def output_name(name: str, file_format: str) -> str:
    """File name of a result: `holiday.jpg` becomes `holiday_colorized.png`."""
    return f"{PurePath(name).stem}_colorized{OUTPUT_FORMATS[file_format]}"
