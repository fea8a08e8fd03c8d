"""Colorize photographs: predict chroma at low resolution, upsample it along the photograph's edges, keep its luma."""

from colorizer.inference.batch import colorize_files
from colorizer.inference.colorizer import Colorizer
from colorizer.inference.rendering import LOOKS, ColorOptions, colorize_picture, render, to_gray
from colorizer.inference.variants import find_variants

__all__ = [
    "LOOKS",
    "ColorOptions",
    "Colorizer",
    "colorize_files",
    "colorize_picture",
    "find_variants",
    "render",
    "to_gray",
]
