"""The Colorize page in a real browser, with the shipped weights."""

import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from colorizer.color import LUMA_WEIGHTS
from colorizer.imaging.bundled import OLD_PHOTOGRAPHS, PHOTOGRAPHS, load
from tests.browser.conftest import SIZES, window
from tests.factories import file_bytes


def _photo(name: str = "coffee", size: tuple[int, int] = (1500, 1000)) -> Image.Image:
    photograph = next(item for item in PHOTOGRAPHS + OLD_PHOTOGRAPHS if item.name == name)
    return Image.fromarray(load(photograph).pixels).convert("L").resize(size)


def _upload(page, *images: Image.Image, names: tuple[str, ...] = ("old photo.png",)) -> None:
    page.locator("input[type=file]").first.set_input_files(
        [
            {"name": name, "mimeType": "image/png", "buffer": file_bytes(image)}
            for name, image in zip(names, images, strict=True)
        ]
    )


def _wait(page) -> None:
    page.wait_for_function("!document.querySelector('[data-testid=stStatusWidget]')")


def _changes(picture, act) -> None:
    """Act, and wait until the picture is another one."""
    before = picture.get_attribute("src") or ""
    act()
    expect(picture).not_to_have_attribute("src", before)


@pytest.mark.parametrize("path", ["/", "/colorize"])
def test_uploaded_photo_is_the_page(browser, server: str, path: str) -> None:
    with window(browser, server, "desktop") as page:
        page.goto(path)
        _upload(page, _photo())
        picture, panel = page.locator(".st-key-stage img.after"), page.locator(".st-key-panel")
        picture.wait_for()
        page.locator(".st-key-download-result button").wait_for()
        (width, height), box = SIZES["desktop"], picture.bounding_box()
        assert box["y"] < 220
        assert box["width"] * box["height"] >= 0.5 * width * height
        assert panel.bounding_box()["x"] >= box["x"] + box["width"]
        assert panel.bounding_box()["y"] < 220

        width, height = SIZES["phone"]
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_function("document.querySelector('.st-key-panel').getBoundingClientRect().left < 50")
        page.wait_for_timeout(500)
        box = picture.bounding_box()
        assert box["y"] < 260
        assert box["y"] + box["height"] <= height
        assert panel.bounding_box()["y"] >= box["y"] + box["height"]
        page.mouse.move(width / 2, height - 100)
        page.mouse.wheel(0, 300)
        page.wait_for_timeout(1000)
        assert picture.bounding_box()["y"] >= 0, "the picture stays in view"


def test_downloads_keep_luma_at_full_size(browser, server: str) -> None:
    with window(browser, server, "desktop") as page:
        photo = _photo()
        page.goto("/colorize")
        _upload(page, photo)
        page.get_by_text("1500 x 1000 pixels").wait_for()
        slider = page.get_by_role("slider", name="Percent of the picture shown in gray")
        slider.focus()
        slider.press("ArrowRight")
        assert float(slider.input_value()) > 50
        with page.expect_download() as download:
            page.locator(".st-key-download-result button").click()
        assert download.value.suggested_filename == "old photo_colorized.png"
        result = np.asarray(Image.open(download.value.path()), dtype=np.float64)
        assert result.shape == (1000, 1500, 3)
        assert np.abs(result @ np.array(LUMA_WEIGHTS) - np.asarray(photo)).max() <= 1
        assert (result.max(-1) - result.min(-1)).mean() > 3, "the result is gray"
        with page.expect_download() as download:
            page.get_by_role("button", name="Download side by side").click()
        assert download.value.suggested_filename == "old photo_before_after_colorized.png"
        assert Image.open(download.value.path()).size == (3000, 1000)


def test_everything_survives_a_visit_to_another_page(browser, server: str) -> None:
    names = tuple(f"photo {number}.png" for number in range(1, 7))
    sources = ("coffee", "chelsea", "Alps", "sheep", "Nagasaki", "dust bowl")
    with window(browser, server, "desktop") as page:
        page.goto("/colorize")
        _upload(page, *(_photo(source, (600, 400)) for source in sources), names=names)
        page.get_by_text("6 photos").wait_for()
        page.locator(".st-key-filmstrip button").nth(2).click()
        page.locator(".st-key-facts").get_by_text("photo 3.png").wait_for()
        page.get_by_text("Adjust", exact=True).click()
        saturation = page.get_by_role("slider", name="Saturation")
        picture = page.locator(".st-key-stage img.after")
        saturation.focus()
        _changes(picture, lambda: [saturation.press("ArrowRight") for _ in range(4)])
        page.get_by_text("Hints", exact=True).click()
        page.locator(".frame .picture").click(position={"x": 200, "y": 200})
        expect(page.locator(".dot")).to_have_count(1)
        page.get_by_role("button", name="Colorize all 6 into a ZIP").click()
        page.get_by_role("button", name=re.compile("Cancel|Download ZIP")).wait_for()

        page.get_by_role("link", name="Train").click()
        page.get_by_role("heading", name="Train", level=1).wait_for()
        page.get_by_role("link", name="Colorize").click()
        page.get_by_text("6 photos").wait_for()
        page.locator(".st-key-facts").get_by_text("photo 3.png").wait_for()
        expect(page.locator(".dot")).to_have_count(1)
        page.get_by_text("Adjust", exact=True).click()
        assert saturation.input_value() == "120"
        with page.expect_download() as download:
            page.get_by_role("button", name="Download ZIP (6)").click()
        with zipfile.ZipFile(download.value.path()) as archive:
            assert archive.namelist() == [f"photo {number}_colorized.png" for number in range(1, 7)]


def test_folder_comes_back_as_a_zip_without_the_bad_file(browser, server: str, tmp_path: Path) -> None:
    folder = tmp_path / "album"
    (folder / "deeper").mkdir(parents=True)
    Image.effect_noise((40, 40), 60).save(folder / "a.png")
    Image.effect_noise((50, 50), 60).save(folder / "deeper" / "a.jpg")
    (folder / "bad.png").write_bytes(b"not an image")
    (folder / "notes.txt").write_text("ignored")
    with window(browser, server, "desktop") as page:
        page.goto("/colorize")
        page.locator("input[webkitdirectory]").set_input_files(folder)
        page.get_by_role("button", name="Colorize all 3 into a ZIP").click()
        with page.expect_download() as download:
            page.get_by_role("button", name="Download ZIP (2)").click()
        with zipfile.ZipFile(download.value.path()) as archive:
            sizes = {name: Image.open(archive.open(name)).size for name in archive.namelist()}
        assert sizes == {"album/a_colorized.png": (40, 40), "album/deeper/a_colorized.jpg": (50, 50)}
        page.get_by_text("1 could not be colorized").wait_for()
        page.locator(".st-key-filmstrip button").nth(1).click()
        page.get_by_test_id("stAlertContentError").get_by_text("is not an image that can be read").wait_for()


def test_picture_can_be_shown_pixel_by_pixel(browser, server: str) -> None:
    with window(browser, server, "desktop") as page:
        _zoom(page)


def _zoom(page) -> None:
    page.goto("/colorize")
    _upload(page, Image.effect_noise((2400, 1600), 60))
    page.get_by_text("2400 x 1600 pixels").wait_for()
    page.get_by_role("button", name="100%").click()
    page.get_by_role("button", name="Whole picture").wait_for()
    page.wait_for_function(
        "() => { const view = [...document.querySelectorAll('.st-key-before-after *')]"
        ".map((element) => element.shadowRoot?.querySelector('.view')).find(Boolean);"
        "return view && view.scrollWidth === 2400 / window.devicePixelRatio; }"
    )
    slider = page.get_by_role("slider", name="Percent of the picture shown in gray")
    slider.focus()
    before = page.locator("img.before").evaluate("image => getComputedStyle(image).clipPath")
    slider.press("ArrowRight")
    assert page.locator("img.before").evaluate("image => getComputedStyle(image).clipPath") != before
    page.get_by_role("button", name="Whole picture").click()
    page.get_by_role("button", name="100%").wait_for()


def test_hints_by_mouse_and_keyboard(page) -> None:
    page.goto("/colorize")
    page.get_by_role("button", name="Cat").click()
    top = page.locator(".st-key-stage img.after").bounding_box()["y"]
    page.get_by_text("Hints", exact=True).click()
    frame, picture, dots = page.locator(".frame .picture"), page.locator(".frame .picture img"), page.locator(".dot")
    frame.wait_for()
    assert abs(picture.bounding_box()["y"] - top) < 60, "the page does not jump"

    add = page.get_by_role("button", name="Add a hint")
    add.focus()
    add.press("Enter")
    expect(dots.first).to_be_focused()
    colors = page.locator(".colors button")
    names = [color.get_attribute("aria-label") for color in colors.all()]
    assert names
    assert not any("#" in name for name in names)
    _changes(picture, colors.nth(2).click)
    left = float(dots.first.evaluate("dot => parseFloat(dot.style.left)"))
    dots.first.focus()
    _changes(picture, lambda: dots.first.press("Shift+ArrowRight"))
    assert float(dots.first.evaluate("dot => parseFloat(dot.style.left)")) > left
    _changes(picture, lambda: page.keyboard.press("Control+z"))
    assert float(dots.first.evaluate("dot => parseFloat(dot.style.left)")) == left
    _changes(picture, lambda: page.keyboard.press("Control+Shift+z"))

    box = frame.bounding_box()
    frame.click(position={"x": box["width"] * 0.2, "y": box["height"] * 0.3})
    expect(dots).to_have_count(2)
    page.get_by_role("button", name="Pick from photo").click()
    _changes(picture, lambda: frame.click(position={"x": box["width"] * 0.6, "y": box["height"] * 0.8}))
    expect(dots).to_have_count(2)

    page.get_by_text("Before / after", exact=True).click()
    frame.wait_for(state="hidden")
    page.get_by_text("Hints", exact=True).click()
    expect(dots).to_have_count(2)
    dots.nth(1).press("Delete")
    expect(dots).to_have_count(1)
    _changes(picture, page.get_by_role("button", name="Remove", exact=True).click)
    expect(dots).to_have_count(0)


def test_chosen_variant_is_what_the_page_shows_and_saves(browser, server: str) -> None:
    with window(browser, server, "desktop") as page:
        page.goto("/colorize")
        page.get_by_role("button", name="Coffee").click()
        page.get_by_text("Variants", exact=True).click()
        variants = page.locator(".st-key-grid-Variants button")
        expect(variants.locator("img[src]")).to_have_count(4)
        look = page.locator("[data-id=Natural] img")
        _changes(look, variants.nth(2).click)
        expect(variants.nth(2)).to_have_attribute("aria-pressed", "true")
        _changes(look, page.get_by_role("button", name="Undo").click)


def test_files_can_be_dropped_anywhere(browser, server: str) -> None:
    with window(browser, server, "desktop") as page:
        page.goto("/colorize")
        page.get_by_role("button", name="Cat").wait_for()
        data = list(file_bytes(_photo("chelsea", (300, 200))))
        page.get_by_role("heading", name="Colorize").evaluate(
            """(target, data) => {
              const transfer = new DataTransfer();
              transfer.items.add(new File([new Uint8Array(data)], "dropped.png", { type: "image/png" }));
              for (const name of ["dragenter", "dragover", "drop"]) {
                target.dispatchEvent(new DragEvent(name, { dataTransfer: transfer, bubbles: true, cancelable: true }));
              }
            }""",
            data,
        )
        page.get_by_text("dropped.png").first.wait_for()
        page.locator(".st-key-stage img.after").wait_for()


def test_bad_file_shows_an_error(browser, server: str) -> None:
    with window(browser, server, "desktop") as page:
        page.goto("/colorize")
        page.locator("input[type=file]").first.set_input_files(
            {"name": "notes.jpg", "mimeType": "image/jpeg", "buffer": b"not an image"}
        )
        page.get_by_text("is not an image that can be read").wait_for()
        page.get_by_role("button", name="Remove this photo").click()
        page.get_by_role("heading", name="Or try one of these").wait_for()


def test_server_log_is_clean(app_home: Path, server: str) -> None:
    log = (app_home / "server.log").read_text()
    assert "Traceback" not in log
    assert "ScriptRunContext" not in log


def test_controls_below_grids_are_reachable_on_a_phone(browser, server: str) -> None:
    with window(browser, server, "phone") as page:
        page.goto("/colorize")
        _upload(page, _photo(size=(600, 400)))
        for view in ("Variants", "Networks", "Before / after"):
            page.get_by_text(view, exact=True).click()
            page.locator(
                f".st-key-grid-{view} button" if "/" not in view else ".st-key-stage img.after"
            ).first.wait_for()
