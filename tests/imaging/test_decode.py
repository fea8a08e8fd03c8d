"""Decoding: any supported file becomes upright 8-bit sRGB."""

import contextlib
import io
import struct
import zlib

import numpy as np
import pytest
import tifffile
from PIL import ExifTags, Image

from colorizer.errors import InputError
from colorizer.imaging import Picture, decode_image, uint16
from tests.factories import file_bytes, huge_png, noise, plain_luma, smooth

PIXELS = smooth(1, 20, 30)


def decoded(image: np.ndarray | Image.Image, file_format: str = "PNG", **options: object) -> Picture:
    return decode_image(file_bytes(image, file_format, **options), "picture")


@pytest.mark.parametrize("file_format", ["PNG", "TIFF", "BMP"])
def test_lossless_formats_decode_exactly(file_format: str) -> None:
    picture = decoded(PIXELS, file_format)
    assert np.array_equal(picture.pixels, PIXELS)
    assert picture.alpha is None
    assert picture.size == (30, 20)


def test_lossy_formats_decode_approximately() -> None:
    for file_format in ("JPEG", "WEBP"):
        picture = decoded(PIXELS, file_format, quality=95)
        assert np.abs(picture.pixels.astype(int) - PIXELS).mean() < 4


@pytest.mark.parametrize("data", [b"just some text, long enough to be read", b"\xff\xd8\xff"])
def test_non_image_is_refused(data: bytes) -> None:
    with pytest.raises(InputError, match=r"holiday\.jpg is not an image.*use a JPEG"):
        decode_image(data, "holiday.jpg")


def test_empty_file_is_refused() -> None:
    with pytest.raises(InputError, match=r"empty"):
        decode_image(b"", "holiday.jpg")


@pytest.mark.parametrize("file_format", ["PNG", "TIFF", "WEBP", "BMP", "GIF"])
def test_truncated_file_is_refused(file_format: str) -> None:
    data = file_bytes(noise(0, 60, 60), file_format)
    with pytest.raises(InputError, match=r"holiday .*(damaged|not an image)"):
        decode_image(data[: len(data) // 2], "holiday")


def test_every_truncation_gives_a_sentence() -> None:
    data = file_bytes(noise(0, 16, 16), "JPEG")
    for length in range(0, len(data) - 2, 7):
        with contextlib.suppress(InputError):
            assert "the missing part is gray" in decode_image(data[:length]).notes[0]


@pytest.mark.parametrize(("width", "height"), [(100_000, 100_000), (12_000, 9_000)])
def test_pixel_limit_is_checked_before_decoding(width: int, height: int) -> None:
    with pytest.raises(
        InputError, match=r"bomb\.png (has|is) .*pixels.*limit.*80.*make it smaller, or set COLORIZER_MAX_MEGAPIXELS"
    ):
        decode_image(huge_png(width, height), "bomb.png")


def test_file_size_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("colorizer.imaging.limits.MAX_BYTES", 100)
    with pytest.raises(InputError, match="limit"):
        decode_image(bytes(101), "big.png")


def test_pixel_limit_from_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    data = file_bytes(noise(0, 100, 200))
    monkeypatch.setenv("COLORIZER_MAX_MEGAPIXELS", "0.0199")
    with pytest.raises(InputError, match=r"200 x 100 pixels .* limit is 0\.0199"):
        decode_image(data)
    monkeypatch.setenv("COLORIZER_MAX_MEGAPIXELS", "0.02")
    assert decode_image(data).size == (200, 100)


@pytest.mark.parametrize("limit", ["many", "0", "-3", "nan", "inf"])
def test_invalid_pixel_limit_is_refused(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLORIZER_MAX_MEGAPIXELS", limit)
    with pytest.raises(InputError, match="COLORIZER_MAX_MEGAPIXELS"):
        decode_image(file_bytes(PIXELS))


def test_heic_is_decoded() -> None:
    pillow_heif = pytest.importorskip("pillow_heif")
    buffer = io.BytesIO()
    pillow_heif.from_pillow(Image.fromarray(smooth(1, 64, 96))).save(buffer, quality=95)
    picture = decode_image(buffer.getvalue(), "telephone.heic")
    assert picture.size == (96, 64)
    assert np.abs(picture.pixels.astype(int) - smooth(1, 64, 96)).mean() < 4
    assert picture.file_format == "jpeg"


@pytest.mark.parametrize("file_format", ["PNG", "TIFF"])
def test_gray16_is_scaled_not_clipped(file_format: str) -> None:
    values = np.linspace(0, 65535, 12, dtype=np.uint16).reshape(3, 4)
    picture = decoded(Image.fromarray(values), file_format)
    assert np.array_equal(picture.pixels[..., 0], np.rint(values / 257))
    assert picture.gray16 is not None
    assert np.array_equal(picture.gray16, values)


def test_rgb16_png_keeps_16_bits() -> None:
    values = (smooth(1, 12, 8).astype(np.uint16) * 257).astype(">u2")
    data = uint16.write_png(values, file_bytes(Image.new("RGB", (1, 1))))
    picture = decode_image(data, "scan.png")
    assert np.array_equal(picture.pixels, smooth(1, 12, 8))
    assert picture.notes == ()
    assert picture.gray16 is not None
    assert np.abs(picture.gray16 - plain_luma(values)).max() <= 1


def test_first_page_is_used_with_a_note() -> None:
    pages = [Image.fromarray(noise(seed, 8, 8)) for seed in (0, 1)]
    picture = decoded(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    assert np.array_equal(picture.pixels, np.asarray(pages[0]))
    assert "has 2 pages: only the first" in picture.notes[0]


def test_big_endian_gray16_is_scaled() -> None:
    values = np.linspace(0, 65535, 12).astype(">u2").reshape(3, 4)
    image = Image.frombytes("I;16B", (4, 3), values.tobytes())
    assert np.array_equal(decoded(image, "TIFF").pixels[..., 1], np.rint(values / 257))


def test_float_gray_is_scaled() -> None:
    values = np.array([[0.0, 0.5], [1.0, np.nan]], dtype=np.float32)
    assert decoded(Image.fromarray(values), "TIFF").pixels[..., 2].tolist() == [[0, 128], [255, 0]]


def test_bilevel_is_decoded() -> None:
    image = Image.fromarray(np.array([[0, 255], [255, 0]], dtype=np.uint8)).convert("1")
    assert decoded(image).pixels[..., 0].tolist() == [[0, 255], [255, 0]]


def test_palette_is_resolved() -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([250, 10, 20, 30, 240, 50])
    image.putpixel((1, 0), 1)
    assert decoded(image).pixels.tolist() == [[[250, 10, 20], [30, 240, 50]]]


def test_palette_transparency_becomes_alpha() -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([250, 10, 20, 30, 240, 50])
    image.putpixel((1, 0), 1)
    picture = decoded(image, transparency=0)
    assert picture.alpha is not None
    assert picture.alpha.tolist() == [[0, 255]]
    assert picture.pixels[0, 1].tolist() == [30, 240, 50]


def test_cmyk_jpeg_becomes_rgb() -> None:
    cmyk = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    red, green, blue = decoded(cmyk, "JPEG", quality=95).pixels[8, 8].tolist()
    assert red > 200
    assert green < 60
    assert blue < 60


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_colors_of_transparent_pixels_are_hidden(mode: str) -> None:
    rgba = np.zeros((1, 3, 4), dtype=np.uint8)
    rgba[0, :, :3] = 90
    rgba[0, :, 3] = [0, 128, 255]
    picture = decoded(Image.fromarray(rgba).convert(mode))
    assert picture.alpha is not None
    assert picture.alpha.tolist() == [[0, 128, 255]]
    assert picture.pixels[0, :, 0].tolist() == [255, 90, 90]


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(orientation: int, file_format: str) -> None:
    upright = np.zeros((16, 32, 3), dtype=np.uint8)
    upright[:8, :16], upright[:8, 16:], upright[8:, :16] = (255, 0, 0), (0, 255, 0), (0, 0, 255)
    # How a camera held this way stores the scene, from the table in the EXIF standard.
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright),
        7: upright[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(upright, -1),
    }[orientation]
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    options: dict[str, int] = {"JPEG": {"quality": 95}, "WEBP": {"lossless": 1}}.get(file_format, {})
    picture = decoded(Image.fromarray(np.ascontiguousarray(stored)), file_format, exif=exif.tobytes(), **options)
    assert picture.pixels.shape == upright.shape
    corners = (slice(4, None, 8), slice(8, None, 16))
    assert np.abs(picture.pixels[corners].astype(int) - upright[corners]).max() < 12
    assert ExifTags.Base.Orientation not in _loaded(picture.exif)


def test_exif_is_read() -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Leica"
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.ExposureTime] = 0.25
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (52.0, 31.0, 0.0)
    data = file_bytes(PIXELS, "JPEG", exif=exif.tobytes())
    kept = _loaded(decode_image(data).exif)
    assert kept[ExifTags.Base.Make] == "Leica"
    assert kept.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] == (52, 31, 0)
    assert kept.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.ExposureTime] == 0.25


def test_first_frame_of_an_animation_is_used_with_a_note() -> None:
    frames = [Image.fromarray(noise(seed, 8, 8)).quantize(16) for seed in (0, 1)]
    picture = decoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert np.array_equal(picture.pixels, np.asarray(frames[0].convert("RGB")))
    assert "only its first frame" in picture.notes[0]


def test_square_thumbnail() -> None:
    wide = np.zeros((10, 30, 3), dtype=np.uint8)
    wide[:, 10:20] = 200
    assert np.array_equal(Picture(wide).square_thumbnail(10), wide[:, 10:20])
    assert Picture(noise(0, 50, 20)).square_thumbnail(8).shape == (8, 8, 3)


def _loaded(data: bytes) -> Image.Exif:
    exif = Image.Exif()
    if data:
        exif.load(data)
    return exif


def test_jpeg_of_absurdly_many_scans_is_refused() -> None:
    data = file_bytes(Image.new("L", (5000, 4000)), "JPEG", progressive=True)
    start, end = data.rindex(b"\xff\xda"), len(data) - 2
    with pytest.raises(InputError, match=r"a\.jpg is a JPEG of .* scans, which takes too long.*: save it as TIFF"):
        decode_image(data[:end] + data[start:end] * 200 + data[end:], "a.jpg")


def test_huge_webp_is_refused_by_its_memory() -> None:
    header = bytearray(file_bytes(Image.new("RGBA", (2, 2)), "WEBP", lossless=True))
    at = header.index(b"VP8L") + 9
    bits = int.from_bytes(header[at : at + 4], "little") & ~((1 << 28) - 1) | 9999 | 9999 << 14
    header[at : at + 4] = bits.to_bytes(4, "little")
    with pytest.raises(InputError, match=r"100 megapixels.*limit is 40 for this kind.*COLORIZER_MAX_MEGAPIXELS"):
        decode_image(bytes(header), "a.webp")


def test_large_run_length_encoded_bmp_is_refused() -> None:
    side = 3000
    header = struct.pack("<2sIHHI", b"BM", 0, 0, 0, 1078) + struct.pack(
        "<IiiHHIIiiII", 40, side, side, 1, 8, 1, 0, 0, 0, 256, 0
    )
    data = header + bytes(1024) + b"\x01\x05" * (side * side)
    with pytest.raises(InputError, match="run-length"):
        decode_image(data, "a.bmp")


def test_tiff_with_an_absurd_tag_is_refused() -> None:
    buffer = io.BytesIO()
    tag = (282, 5, 50_000, (1, 1) * 50_000, True)
    tifffile.imwrite(buffer, PIXELS, photometric="rgb", metadata=None, extratags=[(50000, *tag[1:])])
    with pytest.raises(InputError, match="50,000 values in its tag"):
        decode_image(buffer.getvalue(), "a.tif")


def test_absurdly_long_exif_is_dropped() -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = "x" * 2_000_000
    picture = decode_image(file_bytes(PIXELS, exif=exif.tobytes()), "a.png")
    assert "more EXIF data than any camera writes" in picture.notes[0]
    assert picture.exif == b""


def test_files_of_absurdly_many_parts_are_refused() -> None:
    png, jpeg = file_bytes(smooth(1)), file_bytes(smooth(1), "JPEG")
    chunk = struct.pack(">I4sI", 0, b"abCd", zlib.crc32(b"abCd"))
    files = {
        "chunks.png": png[:33] + chunk * 200_001 + png[33:],
        "segments.jpg": jpeg[:2] + b"\xff\xe1\0\2" * 10_001 + jpeg[2:],
        "fill.jpg": jpeg[:2] + b"\xff" * 200_000 + jpeg[2:],
    }
    for name, data in files.items():
        with pytest.raises(InputError, match=rf"{name} has far more parts"):
            decode_image(data, name)
