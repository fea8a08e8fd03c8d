"""The main journey in a real browser, with the weights in the repository: drop a photograph, take it home in color."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from colorizer.color import LUMA_WEIGHTS
from colorizer.imaging.bundled import PHOTOGRAPHS, load
from tests.browser.conftest import serving, window

PAGES = {
    "/": "Gray in, color out",
    "/colorize": "Colorize",
    "/prepare": "Prepare data",
    "/train": "Train",
    "/compare": "Compare",
}


def _check_page(page, path: str) -> None:
    page.goto(path)
    page.get_by_role("heading", name=PAGES[path], level=1).wait_for()
    page.wait_for_function("!document.querySelector('[data-testid=stStatusWidget]')")
    assert page.get_by_test_id("stException").count() == 0
    assert page.get_by_text("Page not found").count() == 0
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0, "the page is wider than the window"


@pytest.mark.parametrize("path", ["/", "/train"])
def test_a_page_opens_as_the_first_request_after_a_start(browser, app_home: Path, path: str) -> None:
    with serving(app_home) as url, window(browser, url, "desktop") as page:
        _check_page(page, path)


@pytest.mark.parametrize("path", PAGES)
def test_each_page_fits_its_window(page, path: str) -> None:
    _check_page(page, path)


def test_a_dropped_photograph_comes_back_in_color_at_full_size(page) -> None:
    photograph = load(next(item for item in PHOTOGRAPHS if item.name == "coffee")).pixels
    luma = photograph @ np.array(LUMA_WEIGHTS)
    buffer = io.BytesIO()
    Image.fromarray(np.rint(luma).astype(np.uint8)).resize((1500, 1000)).save(buffer, "PNG")
    given = np.asarray(Image.open(buffer), dtype=np.float64)

    page.goto("/colorize")
    page.locator("input[type=file]").set_input_files(
        {"name": "old photo.png", "mimeType": "image/png", "buffer": buffer.getvalue()}
    )
    page.get_by_text("1500 x 1000 pixels").wait_for()
    slider = page.get_by_role("slider", name="Percent of the picture shown in gray").first
    slider.focus()
    slider.press("ArrowRight")
    assert float(slider.input_value()) > 50
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").first.click()
    assert download.value.suggested_filename == "old photo_colorized.png"

    result = np.asarray(Image.open(download.value.path()), dtype=np.float64)
    assert result.shape == (1000, 1500, 3)
    assert np.abs(result @ np.array(LUMA_WEIGHTS) - given).max() <= 1
    spread = result.max(-1) - result.min(-1)
    assert spread.mean() > 3, "the result is gray"


def test_a_folder_of_pictures_comes_back_as_one_zip_without_the_bad_one(page, tmp_path: Path) -> None:
    folder = tmp_path / "album"
    (folder / "deeper").mkdir(parents=True)
    Image.effect_noise((40, 40), 60).save(folder / "a.png")
    Image.effect_noise((50, 50), 60).save(folder / "deeper" / "a.jpg")
    (folder / "bad.png").write_bytes(b"no picture")
    (folder / "notes.txt").write_text("passed over")
    page.goto("/colorize")
    page.get_by_text("A whole folder").click()
    page.get_by_text("Drop a folder of pictures here").wait_for()
    page.locator("input[webkitdirectory]").set_input_files(folder)
    page.get_by_text("is not an image that can be read").wait_for()
    page.get_by_role("button", name="Colorize all 3 into a ZIP").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the ZIP of 2").click()
    with zipfile.ZipFile(download.value.path()) as archive:
        sizes = {name: Image.open(archive.open(name)).size for name in archive.namelist()}
    assert sizes == {"a_colorized.png": (40, 40), "a_colorized.jpg": (50, 50)}
    page.get_by_text("1 could not be colorized").wait_for()


def test_a_picture_is_looked_at_pixel_by_pixel(page) -> None:
    buffer = io.BytesIO()
    Image.effect_noise((2400, 1600), 60).save(buffer, "JPEG")
    page.goto("/colorize")
    page.locator("input[type=file]").set_input_files(
        {"name": "large.jpg", "mimeType": "image/jpeg", "buffer": buffer.getvalue()}
    )
    page.get_by_text("2400 x 1600 pixels").wait_for()
    page.get_by_role("button", name="100 %").click()
    page.get_by_role("button", name="Whole picture").wait_for()
    wide = "view => [view.scrollWidth, 2400 / window.devicePixelRatio]"
    for _ in range(100):
        shown, pixels = page.locator(".view").evaluate(wide)
        if shown == pixels:
            break
        page.wait_for_timeout(100)
    assert shown == pixels
    slider = page.get_by_role("slider", name="Percent of the picture shown in gray")
    slider.focus()
    before = page.locator(".before").evaluate("image => getComputedStyle(image).clipPath")
    slider.press("ArrowRight")
    assert page.locator(".before").evaluate("image => getComputedStyle(image).clipPath") != before
    page.get_by_role("button", name="Whole picture").click()
    page.get_by_role("button", name="100 %").wait_for()


def test_a_bad_file_is_answered_on_the_page(page) -> None:
    page.goto("/colorize")
    page.locator("input[type=file]").set_input_files(
        {"name": "notes.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"}
    )
    page.get_by_text("is not an image that can be read").wait_for()
    assert page.get_by_test_id("stException").count() == 0
