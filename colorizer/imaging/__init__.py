"""Image files in and out; the only package that decodes."""

from colorizer.imaging.decode import SUFFIXES, Picture, decode_image
from colorizer.imaging.encode import OUTPUT_FORMATS, SaveOptions, encode_image
from colorizer.imaging.limits import MAX_BYTES

__all__ = ["MAX_BYTES", "OUTPUT_FORMATS", "SUFFIXES", "Picture", "SaveOptions", "decode_image", "encode_image"]
