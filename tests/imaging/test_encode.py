"""Encoding: formats, alpha, resolution and metadata."""

import io
import struct
from datetime import UTC, datetime

import numpy as np
import pytest
from PIL import ExifTags, Image

from colorizer.errors import InputError
from colorizer.imaging import OUTPUT_FORMATS, Picture, SaveOptions, decode_image, encode_image
from colorizer.imaging.encode import output_name
from colorizer.imaging.provenance import Provenance
from tests.factories import file_bytes, noise, smooth

PIXELS = smooth(1, 20, 30)
ALPHA = np.linspace(1, 255, 600, dtype=np.uint8).reshape(20, 30)
SOURCE = Provenance("unet", datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC))


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


@pytest.mark.parametrize("file_format", OUTPUT_FORMATS)
def test_encode_decode_roundtrip(file_format: str) -> None:
    picture = Picture(PIXELS, dpi=(300.0, 300.0))
    data = encode_image(picture, SaveOptions(file_format), SOURCE)
    assert opened(data).format == file_format.upper()
    again = decode_image(data)
    tolerance = 0 if file_format in ("png", "tiff") else 20
    assert np.abs(again.pixels.astype(int) - PIXELS).max() <= tolerance
    assert again.alpha is None


@pytest.mark.parametrize("file_format", ["png", "tiff", "webp"])
def test_alpha_is_written(file_format: str) -> None:
    again = decode_image(encode_image(Picture(PIXELS, alpha=ALPHA), SaveOptions(file_format)))
    assert again.alpha is not None
    assert np.array_equal(again.alpha, ALPHA)


def test_jpeg_composites_alpha_on_white() -> None:
    alpha = np.full((20, 30), 255, dtype=np.uint8)
    alpha[:, 15:] = 0
    again = decode_image(encode_image(Picture(np.zeros_like(PIXELS), alpha=alpha), SaveOptions("jpeg")))
    assert again.alpha is None
    assert again.pixels[:, :10].max() < 8
    assert again.pixels[:, 20:].min() > 247


@pytest.mark.parametrize("file_format", ["png", "jpeg", "tiff"])
def test_dpi_is_kept(file_format: str) -> None:
    again = decode_image(encode_image(Picture(PIXELS, dpi=(300.0, 150.0)), SaveOptions(file_format)))
    assert again.dpi == pytest.approx((300, 150), abs=0.1)


@pytest.mark.parametrize("file_format", OUTPUT_FORMATS)
def test_description_and_camera_are_kept(file_format: str) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Leica"
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.ExposureTime] = 0.25
    picture = decode_image(file_bytes(PIXELS, "JPEG", exif=exif.tobytes()))
    written = opened(encode_image(picture, SaveOptions(file_format), SOURCE))
    assert written.getexif()[ExifTags.Base.ImageDescription] == SOURCE.sentence
    assert written.getexif()[ExifTags.Base.Make] == "Leica"
    assert written.getexif().get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.ExposureTime] == 0.25
    if file_format == "png":
        assert written.info["Description"] == SOURCE.sentence


def test_jpeg_has_no_chroma_subsampling() -> None:
    stripes = np.zeros((16, 16, 3), dtype=np.uint8)
    stripes[:, ::2, 0] = stripes[:, 1::2, 2] = 255
    again = decode_image(encode_image(Picture(stripes), SaveOptions("jpeg")))
    assert np.abs(again.pixels.astype(int) - stripes).mean() < 6


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "1", "CMYK", "I;16"])
@pytest.mark.parametrize("target", OUTPUT_FORMATS)
def test_tiff_storage_tags_are_not_copied(mode: str, target: str) -> None:
    if mode == "I;16":
        image = Image.fromarray(np.linspace(0, 65535, 600).astype(np.uint16).reshape(20, 30))
    else:
        image = Image.fromarray(PIXELS).convert(mode)
    picture = decode_image(file_bytes(image, "TIFF", compression="tiff_lzw", dpi=(200, 200)))
    again = decode_image(encode_image(picture.with_pixels(PIXELS), SaveOptions(target), SOURCE))
    tolerance = 0 if target in ("png", "tiff") else 20
    assert np.abs(again.pixels.astype(int) - PIXELS).max() <= tolerance


@pytest.mark.parametrize("target", OUTPUT_FORMATS)
def test_oversized_exif_is_dropped(target: str) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = "x" * 70_000
    picture = decode_image(file_bytes(PIXELS, "PNG", exif=exif.tobytes()))
    again = decode_image(encode_image(picture, SaveOptions(target), SOURCE))
    assert again.pixels.shape == PIXELS.shape


@pytest.mark.parametrize("target", OUTPUT_FORMATS)
@pytest.mark.parametrize("fraction", [(0, 0), (0, 1), (1, 0), (2**32 - 1, 1), (1, 2**32 - 1)])
def test_invalid_dpi_is_ignored(target: str, fraction: tuple[int, int]) -> None:
    source = file_bytes(PIXELS, "TIFF", dpi=(7919, 7919))
    assert source.count(struct.pack("<II", 7919, 1)) == 2
    picture = decode_image(source.replace(struct.pack("<II", 7919, 1), struct.pack("<II", *fraction)))
    assert picture.dpi is None
    assert decode_image(encode_image(picture, SaveOptions(target))).pixels.shape == PIXELS.shape


def test_colors_of_transparent_pixels_are_removed() -> None:
    rgba = np.dstack([noise(0, 8, 8), np.zeros((8, 8), dtype=np.uint8)])
    picture = decode_image(file_bytes(Image.fromarray(rgba)))
    written = np.asarray(opened(encode_image(picture, SaveOptions("webp", quality=100))))
    assert (written[..., :3] > 250).all()


def test_unknown_format_is_refused() -> None:
    with pytest.raises(InputError, match="png, jpeg, webp, tiff"):
        encode_image(Picture(PIXELS), SaveOptions("gif"))


def test_picture_too_long_for_webp_is_refused() -> None:
    with pytest.raises(InputError, match="use png"):
        encode_image(Picture(np.zeros((1, 16_384, 3), dtype=np.uint8)), SaveOptions("webp"))


def test_with_pixels_needs_the_same_size() -> None:
    picture = Picture(PIXELS, alpha=ALPHA, name="a.png")
    assert picture.with_pixels(255 - PIXELS).alpha is ALPHA
    with pytest.raises(ValueError, match="cannot replace"):
        picture.with_pixels(PIXELS[1:])


@pytest.mark.parametrize(
    ("name", "file_format", "expected"),
    [
        ("holiday.jpg", "png", "holiday_colorized.png"),
        ("a.b.TIF", "jpeg", "a.b_colorized.jpg"),
        ("folder/x", "webp", "x_colorized.webp"),
    ],
)
def test_output_name(name: str, file_format: str, expected: str) -> None:
    assert output_name(name, file_format) == expected
