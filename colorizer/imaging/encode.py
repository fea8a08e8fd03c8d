"""Encode pictures as image files."""

import io
from dataclasses import dataclass
from pathlib import PurePath

import numpy as np
from PIL import ExifTags, Image, PngImagePlugin

from colorizer.errors import InputError
from colorizer.imaging import icc, metadata, uint16
from colorizer.imaging.decode import Picture
from colorizer.imaging.provenance import Provenance, add_watermark

OUTPUT_FORMATS = {"png": ".png", "jpeg": ".jpg", "webp": ".webp", "tiff": ".tif"}
"""Output formats and their file name suffixes."""
SAME = "same"
"""In place of a format: the input's own."""

_MAX_STEM_BYTES = 180
_LONGEST_SIDE = {"jpeg": 65500, "webp": 16383}
_TEXTS: dict[str, tuple[str, ...]] = {"jpeg": ("Comment",), "webp": (), "tiff": ()}
"""Keywords of the texts that a format can hold; PNG holds all."""
_LONGEST_JPEG_EXIF = 65_000  # EXIF must fit into one JPEG segment.


@dataclass(frozen=True)
class SaveOptions:
    """Format, quality and metadata of the results."""

    file_format: str = SAME
    """A key of `OUTPUT_FORMATS`, or `SAME`."""
    quality: int = 95
    """1 to 100, for JPEG and WebP."""
    keep_gps: bool = False
    """Whether to keep the GPS position in the metadata."""
    watermark: bool = False
    """Whether to add a visible note that the colors were generated."""
    side_by_side: bool = False
    """Whether to put the original to the left of the result."""

    def __post_init__(self) -> None:
        if self.file_format not in (SAME, *OUTPUT_FORMATS):
            choices = ", ".join((SAME, *OUTPUT_FORMATS))
            raise InputError(f"There is no output format {self.file_format!r}: choose {choices}.")
        if not 1 <= self.quality <= 100:
            raise InputError(f"The quality must be from 1 to 100, not {self.quality}.")

    def format_for(self, picture: Picture) -> str:
        """Return the key of `OUTPUT_FORMATS` to write this picture in: PNG if the input's own format cannot hold it."""
        if self.file_format != SAME:
            return self.file_format
        fits = max(picture.size) <= _LONGEST_SIDE.get(picture.file_format, 2**31)
        drops_alpha = picture.file_format == "jpeg" and picture.alpha is not None
        return picture.file_format if fits and not drops_alpha else "png"

    def losses(self, picture: Picture) -> tuple[str, ...]:
        """Return a sentence about everything in a picture that the output format cannot hold."""
        file_format, name = self.format_for(picture), picture.name
        shown = {"jpeg": "JPEG", "webp": "WebP"}.get(file_format, file_format.upper())
        losses = []
        if file_format in ("jpeg", "webp") and picture.gray16 is not None:
            losses.append(f"{name} has 16 bits per channel, of which {shown} keeps 8.")
        if file_format == "jpeg" and picture.alpha is not None:
            losses.append(f"{name} is partly transparent: in JPEG it is shown on white.")
        if file_format == "jpeg" and max(len(picture.exif), len(picture.xmp)) > _LONGEST_JPEG_EXIF:
            losses.append(f"{name} has more metadata than JPEG can hold: some were dropped.")
        if set(picture.texts) - set(_TEXTS.get(file_format, picture.texts)):
            losses.append(f"{name} has texts ({', '.join(picture.texts)}), which {shown} cannot hold.")
        if file_format == "webp" and picture.iptc:
            losses.append(f"{name} has IPTC metadata, which WebP cannot hold.")
        return tuple(losses)


DEFAULT_SAVING = SaveOptions()


def encode_image(picture: Picture, saving: SaveOptions = DEFAULT_SAVING, source: Provenance | None = None) -> bytes:
    """Encode a picture.

    PNG and TIFF are lossless and keep 16 bits; JPEG is written without chroma subsampling (4:4:4).

    Args:
        picture: its EXIF, resolution, color profile and opacity are written where the format can hold them.
        saving: format, quality and metadata.
        source: the origin of its colors, for the metadata.

    Raises:
        InputError: the picture is too large for the format.
    """
    file_format = saving.format_for(picture)
    limit = _LONGEST_SIDE.get(file_format)
    if limit and max(picture.size) > limit:
        raise InputError(f"{picture.name} is longer than {limit} pixels, the limit of {file_format}: use png.")
    pixels = add_watermark(picture.pixels) if saving.watermark else picture.pixels
    exif_bytes = b"" if file_format == "jpeg" and len(picture.exif) > _LONGEST_JPEG_EXIF else picture.exif
    exif = metadata.result_exif(exif_bytes, picture.size, keep_gps=saving.keep_gps, provenance=source)
    xmp = metadata.result_xmp(picture.xmp, keep_gps=saving.keep_gps, provenance=source)
    if file_format == "jpeg" and len(xmp) > _LONGEST_JPEG_EXIF:
        xmp = metadata.result_xmp(b"", keep_gps=False, provenance=source)
    if pixels.dtype == np.uint16 and file_format in ("png", "tiff"):
        return _encode_16_bits(picture, pixels, file_format, exif, xmp, source)
    image = Image.fromarray(uint16.to_uint8(pixels) if pixels.dtype == np.uint16 else pixels)
    if picture.icc_profile:
        image = icc.from_srgb(image, picture.icc_profile)
    if picture.alpha is not None:
        opacity = Image.fromarray(picture.alpha)
        if file_format == "jpeg":
            image = Image.composite(image, Image.new("RGB", image.size, "white"), opacity)
        else:
            image.putalpha(opacity)
    options = _options(picture, exif)
    match file_format:
        case "png":
            return _png(picture, image, options, xmp, source)
        case "jpeg":
            options |= {"quality": saving.quality, "subsampling": "4:4:4"}
            if comment := picture.texts.get("Comment"):
                options["comment"] = comment.encode()
        case "webp":
            options |= {"quality": saving.quality, "exact": True}
            options.pop("dpi", None)
            if picture.dpi:
                exif[ExifTags.Base.XResolution], exif[ExifTags.Base.YResolution] = picture.dpi
                exif[ExifTags.Base.ResolutionUnit] = 2
                options["exif"] = exif.tobytes()
        case "tiff":
            # Pillow cannot both compress a TIFF and write its EXIF and GPS blocks.
            blocks = (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo)
            options["compression"] = None if any(block in exif for block in blocks) else "tiff_adobe_deflate"
            if xmp:
                exif[ExifTags.Base.XMLPacket] = xmp
            if picture.iptc:
                exif[ExifTags.Base.IPTCNAA] = picture.iptc
            if len(exif):
                options["exif"] = exif
    if xmp and file_format in ("jpeg", "webp"):
        options["xmp"] = xmp
    data = _saved(image, file_format, options)
    if file_format == "jpeg" and (segment := metadata.photoshop_segment(picture.iptc)):
        start = 4 + int.from_bytes(data[4:6]) if data[2:4] == b"\xff\xe0" else 2  # after JFIF's segment
        data = data[:start] + segment + data[start:]
    return data


def _encode_16_bits(
    picture: Picture, pixels: np.ndarray, file_format: str, exif: Image.Exif, xmp: bytes, source: Provenance | None
) -> bytes:
    if file_format == "tiff":
        if picture.alpha is not None:
            pixels = np.dstack([pixels, picture.alpha.astype(np.uint16) * 257])
        extra = {int(ExifTags.Base.XMLPacket): xmp, int(ExifTags.Base.IPTCNAA): picture.iptc}
        return uint16.write_tiff(pixels, exif=exif, dpi=picture.dpi, profile=picture.icc_profile, extra=extra)
    template = _png(picture, Image.new("RGB", (1, 1)), _options(picture, exif), xmp, source)
    return uint16.write_png(pixels, template, picture.alpha)


def output_name(name: str, file_format: str) -> str:
    """Return the file name of a result: `holiday.jpg` becomes `holiday_colorized.png`; long names are shortened.

    Args:
        name: of the input.
        file_format: a key of `OUTPUT_FORMATS`.
    """
    stem = PurePath(name).stem
    # File systems allow 255 bytes, of which a number and the suffix of a temporary file need some.
    while len(stem.encode("utf-8", "surrogateescape")) > _MAX_STEM_BYTES:
        stem = stem[:-1]
    return f"{stem}_colorized{OUTPUT_FORMATS[file_format]}"


def _options(picture: Picture, exif: Image.Exif) -> dict[str, object]:
    options: dict[str, object] = {"exif": exif.tobytes()} if len(exif) else {}
    if picture.dpi:
        options["dpi"] = picture.dpi
    if picture.icc_profile:
        options["icc_profile"] = picture.icc_profile
    return options


def _png(
    picture: Picture, image: Image.Image, options: dict[str, object], xmp: bytes, source: Provenance | None
) -> bytes:
    chunks, texts = PngImagePlugin.PngInfo(), dict(picture.texts)
    if source:
        own = texts.get("Description", "")
        texts["Description"] = f"{own} ({source.sentence})" if own else source.sentence
    for key, text in texts.items():
        chunks.add_itxt(key, text)
    if picture.iptc:
        chunks.add_text("Raw profile type iptc", metadata.raw_profile(picture.iptc), zip=True)
    if xmp:
        chunks.add_itxt("XML:com.adobe.xmp", xmp.decode())
    return _saved(image, "png", options | {"compress_level": 3, "pnginfo": chunks})


def _saved(image: Image.Image, file_format: str, options: dict[str, object]) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format=file_format.upper(), **options)
    return buffer.getvalue()
