"""ICC color profiles: convert pixels to sRGB and back."""

import io
from collections.abc import Callable
from functools import cache, lru_cache

import numpy as np
from PIL import Image, ImageCms

_MODES = {"GRAY": "L", "RGB": "RGB", "CMYK": "CMYK", "LAB": "LAB"}
_SRGB = ImageCms.createProfile("sRGB")
_ROWS = 256
_SRGB_TOLERANCE = 3
"""Levels by which common versions of the sRGB profile differ."""
FAILURES = (ImageCms.PyCMSError, OSError, KeyError, ValueError)
"""Exceptions that a broken profile can raise."""


@cache
def srgb() -> bytes:
    """Return an sRGB profile, to embed in files."""
    return ImageCms.ImageCmsProfile(_SRGB).tobytes()


def as_rgb(image: Image.Image) -> Image.Image:
    """Return the image in mode RGB, without the copy that `convert` makes of an RGB image."""
    return image if image.mode == "RGB" else image.convert("RGB")


Convert = Callable[[Image.Image], Image.Image]


def srgb_converter(image: Image.Image, profile: bytes) -> tuple[Convert, bytes]:
    """Prepare the conversion of an image, or of parts of it, from its embedded profile to sRGB.

    Args:
        image: of any 8-bit mode.
        profile: its ICC profile.

    Returns:
        A function that converts images of that mode to sRGB, mode RGB, and the profile in which to write the image
        again: its own if that is an RGB profile, else sRGB.

    Raises:
        FAILURES: the profile is broken.
    """
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    mode = _MODES[source.profile.xcolor_space.strip().upper()]
    is_gray = image.mode in ("L", "1", "LA")
    if mode == "RGB" and _is_srgb(profile):
        return as_rgb, profile
    if mode == "L":  # On color channels, the curve of a gray profile is applied to each.
        curve = np.rint(neutral_curve(profile)).astype(int).tolist()
        if is_gray:
            return lambda part: as_rgb(part.convert("L").point(curve)), srgb()
        return lambda part: as_rgb(part).point(curve * 3), srgb()
    if (image.mode == "LAB" and mode != "LAB") or (mode != "RGB" and image.mode not in ("CMYK", "LAB") and not is_gray):
        raise ValueError("a profile for another color space")
    transform = ImageCms.buildTransform(source, _SRGB, mode, "RGB")

    def convert(part: Image.Image) -> Image.Image:
        converted = ImageCms.applyTransform(part if part.mode == mode else part.convert(mode), transform)
        if converted is None:
            raise ValueError("no conversion")
        return converted

    return convert, profile if mode == "RGB" else srgb()


def to_srgb(image: Image.Image, profile: bytes) -> tuple[np.ndarray, bytes]:
    """Convert a whole image; arguments, errors and the second result as for `srgb_converter`.

    Returns:
        sRGB `(H, W, 3)` uint8, and the profile.
    """
    convert, kept = srgb_converter(image, profile)
    return rgb_array(image, convert), kept


def rgb_array(image: Image.Image, convert: Convert = as_rgb) -> np.ndarray:
    """Return the pixels of a converted image, `(H, W, 3)` uint8. It is converted in strips to save memory."""
    width, height = image.size
    result = np.empty((height, width, 3), np.uint8)
    for top in range(0, height, _ROWS):
        bottom = min(top + _ROWS, height)
        result[top:bottom] = np.asarray(convert(image.crop((0, top, width, bottom))))
    return result


def from_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Convert an sRGB image, in place, to an RGB profile returned by `to_srgb`, before encoding."""
    target = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    if _is_srgb(profile):
        return image
    ImageCms.profileToProfile(image, _SRGB, target, inPlace=True)
    return image


def neutral_curve(profile: bytes) -> np.ndarray:
    """Return the sRGB level of each neutral level (R = G = B) of a profile.

    Args:
        profile: a gray or RGB ICC profile.

    Returns:
        256 levels in [0, 255], float64.

    Raises:
        FAILURES: the profile is broken or of another color space.
    """
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    space = source.profile.xcolor_space.strip()
    if space not in ("GRAY", "RGB"):
        raise ValueError("not a gray or RGB profile")
    ramp = Image.fromarray(np.arange(256, dtype=np.uint8)[None])
    levels = as_rgb(ramp) if space == "RGB" else ramp
    # Without the precomputed tables of an optimized transform, shadows are exact to half a level.
    flags = ImageCms.Flags.NOOPTIMIZE
    converted = ImageCms.profileToProfile(levels, source, _SRGB, outputMode="RGB", flags=flags)
    return np.asarray(converted, dtype=np.float64)[0].mean(-1)


def broken(name: str) -> str:
    """Return the note on a profile that cannot be used."""
    return f"The color profile in {name} is damaged, or for another kind of image, and was ignored."


@lru_cache(maxsize=64)
def _is_srgb(profile: bytes) -> bool:
    """Return whether an RGB profile is sRGB in fact and not only in name."""
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    if "srgb" not in ImageCms.getProfileDescription(source).lower():
        return False
    levels = np.linspace(0, 255, 9).round().astype(np.uint8)
    colors = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(1, -1, 3)
    converted = ImageCms.profileToProfile(Image.fromarray(colors), source, _SRGB, outputMode="RGB")
    return bool(np.abs(np.asarray(converted, dtype=int) - colors).max() <= _SRGB_TOLERANCE)
