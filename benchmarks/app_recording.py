"""Record the animation of the app in the README: a photograph is dropped, compared, and adjusted.

Starts the app, operates its Colorize page in Chromium, and writes the screenshots as an animated WebP file.

    python -m benchmarks.app_recording --output docs/app.webp
"""

import argparse
import io
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from playwright.sync_api import sync_playwright

from benchmarks.app_server import serve_app
from colorizer.imaging.bundled import OLD_PHOTOGRAPHS

if TYPE_CHECKING:
    from playwright.sync_api import Page

WINDOW = (1280, 800)
WIDTH = 900
"""Of the animation, in pixels."""
_PHOTOGRAPH = OLD_PHOTOGRAPHS[0]
_MOVE = """(range, value) => {
  range.value = value;
  range.dispatchEvent(new Event("input", { bubbles: true }));
}"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--output", type=Path, required=True, metavar="FILE")
    options = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    frames: list[Image.Image] = []
    durations: list[int] = []
    with serve_app() as app, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": WINDOW[0], "height": WINDOW[1]}, color_scheme="light")
        page.set_default_timeout(120_000)

        def record(milliseconds: int) -> None:
            with Image.open(io.BytesIO(page.screenshot())) as screenshot:
                size = (WIDTH, round(screenshot.height * WIDTH / screenshot.width))
                frames.append(screenshot.convert("RGB").resize(size, Image.Resampling.LANCZOS))
            durations.append(milliseconds)

        page.goto(f"{app.url}/colorize")
        operate(page, record)
        browser.close()
    frames[0].save(
        options.output, save_all=True, append_images=frames[1:], duration=durations, loop=0, quality=80, method=6
    )
    print(f"{options.output}: {len(frames)} frames, {options.output.stat().st_size / 1e6:.1f} MB")


def operate(page: "Page", record: Callable[[int], None]) -> None:
    """Drop a photograph, move the before/after slider, and try the looks."""
    page.locator(".st-key-drop-photos").wait_for()
    page.locator("button img").nth(6).wait_for()
    page.wait_for_timeout(3000)
    record(1500)
    page.locator("input[type=file]").first.set_input_files(_PHOTOGRAPH.file)
    slider = page.locator(".st-key-stage input[type=range]")
    slider.wait_for()
    page.locator("[data-id=Vivid]").wait_for()
    page.wait_for_timeout(3000)
    record(900)
    for split in (*range(50, 95, 5), *range(95, 0, -5)):
        slider.evaluate(_MOVE, split)
        page.wait_for_timeout(50)
        record(70)
    slider.evaluate(_MOVE, 0)
    record(1200)
    for look in ("Vivid", "Safe", "Natural"):
        page.locator(f"[data-id={look}]").click()
        page.mouse.move(0, 0)
        page.wait_for_timeout(4000)
        slider.evaluate(_MOVE, 0)
        record(1200)


if __name__ == "__main__":
    main()
