"""ICC profiles are converted to sRGB."""

import numpy as np
import pytest
from PIL import Image, ImageCms

from colorizer.imaging import decode_image, icc
from tests.factories import file_bytes, smooth

PIXELS = smooth(1, 16, 24)


def srgb_profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def swapped_profile() -> bytes:
    """A profile in which the first channel shines green and the second red."""
    profile = srgb_profile().replace("sRGB".encode("utf-16-be"), "Swap".encode("utf-16-be"))
    table_end = 128 + 4 + 12 * int.from_bytes(profile[128:132])
    table = profile[:table_end].replace(b"rXYZ", b"????").replace(b"gXYZ", b"rXYZ").replace(b"????", b"gXYZ")
    return table + profile[table_end:]


@pytest.mark.parametrize("file_format", ["PNG", "TIFF"])
def test_profile_is_converted_to_srgb(file_format: str) -> None:
    picture = decode_image(file_bytes(PIXELS, file_format, icc_profile=swapped_profile()))
    difference = picture.pixels.astype(int) - PIXELS[..., [1, 0, 2]]
    assert np.abs(difference).max() <= 2
    assert picture.notes == ()


def test_profile_is_applied_to_jpeg_and_to_alpha_images() -> None:
    red = np.zeros((16, 16, 3), dtype=np.uint8)
    red[..., 0] = 255
    in_jpeg = decode_image(file_bytes(red, "JPEG", quality=95, icc_profile=swapped_profile()))
    image = Image.fromarray(red)
    image.putalpha(128)
    with_alpha = decode_image(file_bytes(image, "PNG", icc_profile=swapped_profile()))
    for picture in (in_jpeg, with_alpha):
        assert np.abs(picture.pixels[8, 8].astype(int) - [0, 255, 0]).max() <= 3
    assert with_alpha.alpha is not None
    assert (with_alpha.alpha == 128).all()


def test_srgb_profile_changes_nothing() -> None:
    picture = decode_image(file_bytes(PIXELS, icc_profile=srgb_profile()))
    assert np.array_equal(picture.pixels, PIXELS)
    assert picture.notes == ()


def test_srgb_is_recognized_by_its_effect_not_its_name() -> None:
    profile = swapped_profile().replace("Swap".encode("utf-16-be"), "sRGB".encode("utf-16-be"))
    picture = decode_image(file_bytes(PIXELS, icc_profile=profile))
    assert np.abs(picture.pixels.astype(int) - PIXELS[..., [1, 0, 2]]).max() <= 2


@pytest.mark.parametrize("profile", [b"no profile at all", swapped_profile()[:200]])
def test_broken_profile_is_ignored_with_a_note(profile: bytes) -> None:
    picture = decode_image(file_bytes(PIXELS, icc_profile=profile), "holiday.png")
    assert np.array_equal(picture.pixels, PIXELS)
    assert picture.notes == (icc.broken("holiday.png"),)


@pytest.mark.parametrize("mode", ["L", "1", "CMYK", "P"])
def test_profile_of_another_color_space_is_harmless(mode: str) -> None:
    image = Image.fromarray(PIXELS).convert(mode)
    file_format = "TIFF" if mode == "CMYK" else "PNG"
    picture = decode_image(file_bytes(image, file_format, icc_profile=srgb_profile()))
    assert np.array_equal(picture.pixels, np.asarray(image.convert("RGB")))
