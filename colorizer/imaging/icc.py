"""ICC color profiles: what a file's numbers mean as colors, into sRGB and back."""

import io
from functools import cache, lru_cache

import numpy as np
from PIL import Image, ImageCms

_MODES = {"GRAY": "L", "RGB": "RGB", "CMYK": "CMYK", "LAB": "LAB"}
_SRGB = ImageCms.createProfile("sRGB")
_ALIKE = 3
"""Levels by which versions of sRGB differ from each other."""
FAILURES = (ImageCms.PyCMSError, OSError, KeyError, ValueError)
"""What using a broken profile can raise."""


@cache
def srgb() -> bytes:
    """The sRGB profile itself, for files that should say what their colors mean."""
    return ImageCms.ImageCmsProfile(_SRGB).tobytes()


def as_rgb(image: Image.Image) -> Image.Image:
    """The image in mode RGB, without the copy that Pillow makes of one that is."""
    return image if image.mode == "RGB" else image.convert("RGB")


def to_srgb(image: Image.Image, profile: bytes) -> tuple[Image.Image, bytes]:
    """Give a file's pixels their meaning.

    Args:
        image: of any 8-bit mode.
        profile: the ICC profile that came with it.

    Returns:
        The image in sRGB, mode RGB, and the profile in which its colors can be written again: its own
        if that is one for RGB, else that of sRGB.

    Raises:
        FAILURES: the profile is broken.
    """
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    mode = _MODES[source.profile.xcolor_space.strip()]
    if mode != "RGB" and image.mode not in ("CMYK", "LAB", "L", "1", "LA"):
        return as_rgb(image), srgb()
    if mode == "RGB" and _is_srgb(profile):
        return as_rgb(image), profile
    if mode == "L":
        curve = np.rint(gray_curve(profile)).astype(int).tolist()
        return as_rgb(image.convert("L").point(curve)), srgb()
    image = image if image.mode == mode else image.convert(mode)
    converted = ImageCms.profileToProfile(image, source, _SRGB, outputMode="RGB")
    if converted is None:
        raise ValueError("no conversion")
    return converted, profile if mode == "RGB" else srgb()


def from_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """The reverse, before writing: sRGB pixels as numbers of an RGB profile that `to_srgb` gave."""
    target = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    if _is_srgb(profile):
        return image
    return ImageCms.profileToProfile(image, _SRGB, target, outputMode="RGB") or image


def gray_curve(profile: bytes) -> np.ndarray:
    """What each gray level of a profile is in sRGB.

    Args:
        profile: an ICC profile for gray.

    Returns:
        256 levels in [0, 255], float64.

    Raises:
        FAILURES: the profile is broken or not one for gray.
    """
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    if source.profile.xcolor_space.strip() != "GRAY":
        raise ValueError("not a profile for gray")
    levels = Image.fromarray(np.arange(256, dtype=np.uint8)[None])
    # Unlike the tables that are made for large images, this is exact to half a level in the shadows too.
    flags = ImageCms.Flags.NOOPTIMIZE
    converted = ImageCms.profileToProfile(levels, source, _SRGB, outputMode="RGB", flags=flags)
    return np.asarray(converted, dtype=np.float64)[0, :, 0]


@lru_cache(maxsize=64)
def _is_srgb(profile: bytes) -> bool:
    """Whether the numbers of an RGB profile mean what those of sRGB do. Its name may promise that and not keep it."""
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    if "srgb" not in ImageCms.getProfileDescription(source).lower():
        return False
    levels = np.linspace(0, 255, 9).round().astype(np.uint8)
    colors = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(1, -1, 3)
    converted = ImageCms.profileToProfile(Image.fromarray(colors), source, _SRGB, outputMode="RGB")
    return bool(np.abs(np.asarray(converted, dtype=int) - colors).max() <= _ALIKE)
