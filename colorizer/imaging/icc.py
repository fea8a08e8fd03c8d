"""ICC color profiles: convert pixels to sRGB and back."""

import io
from functools import cache, lru_cache

import numpy as np
from PIL import Image, ImageCms

_MODES = {"GRAY": "L", "RGB": "RGB", "CMYK": "CMYK", "LAB": "LAB"}
_SRGB = ImageCms.createProfile("sRGB")
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


def to_srgb(image: Image.Image, profile: bytes) -> tuple[Image.Image, bytes]:
    """Convert an image from its embedded profile to sRGB.

    Args:
        image: of any 8-bit mode.
        profile: its ICC profile.

    Returns:
        The image in sRGB, mode RGB, and the profile in which to write it again: its own if that is an RGB profile,
        else sRGB.

    Raises:
        FAILURES: the profile is broken.
    """
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    mode = _MODES[source.profile.xcolor_space.strip().upper()]
    if image.mode == "LAB" and mode != "LAB":  # CIELAB needs no profile
        return as_rgb(image), srgb()
    if mode == "L" and image.mode not in ("L", "1", "LA"):  # a gray profile on color channels: apply its tone curve
        return as_rgb(image).point(np.rint(neutral_curve(profile)).astype(int).tolist() * 3), srgb()
    if mode != "RGB" and image.mode not in ("CMYK", "LAB", "L", "1", "LA"):
        return as_rgb(image), srgb()
    if mode == "RGB" and _is_srgb(profile):
        return as_rgb(image), profile
    if mode == "L":
        curve = np.rint(neutral_curve(profile)).astype(int).tolist()
        return as_rgb(image.convert("L").point(curve)), srgb()
    image = image if image.mode == mode else image.convert(mode)
    converted = ImageCms.profileToProfile(image, source, _SRGB, outputMode="RGB")
    if converted is None:
        raise ValueError("no conversion")
    return converted, profile if mode == "RGB" else srgb()


def from_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Convert an sRGB image to an RGB profile returned by `to_srgb`, before encoding."""
    target = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    if _is_srgb(profile):
        return image
    return ImageCms.profileToProfile(image, _SRGB, target, outputMode="RGB") or image


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
    return f"The color profile in {name} is damaged and was ignored."


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
