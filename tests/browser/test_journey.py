"""The main journey in a real browser, with the weights in the repository: drop a photograph, take it home in colour."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from colorizer.color import LUMA_WEIGHTS
from colorizer.datasets.sample import PHOTOGRAPHS, load
from tests.browser.conftest import serving, window

PAGES = {
    "/": "Gray in, colour out",
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


@pytest.mark.parametrize("path", PAGES)
def test_each_page_opens_as_the_first_request_after_a_start(browser, app_home: Path, path: str) -> None:
    with serving(app_home) as url, window(browser, url, "desktop") as page:
        _check_page(page, path)


@pytest.mark.parametrize("path", PAGES)
def test_each_page_fits_its_window(page, path: str) -> None:
    _check_page(page, path)


def test_a_dropped_photograph_comes_back_in_colour_at_full_size(page) -> None:
    photograph = load(next(item for item in PHOTOGRAPHS if item.name == "motorcycle")).pixels
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


def test_several_pictures_come_back_as_one_zip_without_the_bad_one(page) -> None:
    files = []
    for name, side in (("a.png", 40), ("a.jpg", 50)):
        buffer = io.BytesIO()
        Image.effect_noise((side, side), 60).save(buffer, name[2:].replace("jpg", "jpeg"))
        files.append({"name": name, "mimeType": "image/png", "buffer": buffer.getvalue()})
    files.append({"name": "bad.png", "mimeType": "image/png", "buffer": b"no picture"})
    page.goto("/colorize")
    page.locator("input[type=file]").set_input_files(files)
    page.get_by_text("is not an image that can be read").wait_for()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download all 3 as a ZIP").click()
    with zipfile.ZipFile(download.value.path()) as archive:
        sizes = {name: Image.open(archive.open(name)).size for name in archive.namelist()}
    assert sizes == {"a_colorized.png": (40, 40), "a_colorized-2.png": (50, 50)}


def test_a_bad_file_is_answered_on_the_page(page) -> None:
    page.goto("/colorize")
    page.locator("input[type=file]").set_input_files(
        {"name": "notes.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"}
    )
    page.get_by_text("is not an image that can be read").wait_for()
    assert page.get_by_test_id("stException").count() == 0
