"""Record the animations of the app in the README: a photograph is dropped and adjusted, and a network is trained.

Starts the app in a home of its own, operates a page in Chromium, and writes the screenshots as an animated WebP file.

    python -m benchmarks.app_recording --page colorize --output docs/app.webp
    python -m benchmarks.app_recording --page train --output docs/train.webp
"""

import argparse
import io
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from playwright.sync_api import expect, sync_playwright

from benchmarks.app_server import App, serve_app
from benchmarks.machine import run_python
from colorizer import workspace
from colorizer.imaging.bundled import OLD_PHOTOGRAPHS

if TYPE_CHECKING:
    from playwright.sync_api import Page

WINDOW = (1280, 800)
WIDTH = 900
"""Of the animation, in pixels."""
_PHOTOGRAPH = OLD_PHOTOGRAPHS[0]
_MOST_FRAMES = 60
"""While a training goes on."""
SCROLL = """heading => {
  heading.style.scrollMarginTop = "5rem";
  heading.scrollIntoView();
}"""
_MOVE = """(range, value) => {
  range.value = value;
  range.dispatchEvent(new Event("input", { bubbles: true }));
}"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--page", choices=PAGES, default="colorize")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE")
    options = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    frames: list[Image.Image] = []
    durations: list[int] = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright, serve_home(Path(folder)) as app:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": WINDOW[0], "height": WINDOW[1]}, color_scheme="light")
        page.set_default_timeout(120_000)

        def record(milliseconds: int) -> None:
            with Image.open(io.BytesIO(page.screenshot())) as screenshot:
                size = (WIDTH, round(screenshot.height * WIDTH / screenshot.width))
                frames.append(screenshot.convert("RGB").resize(size, Image.Resampling.LANCZOS))
            durations.append(milliseconds)

        page.goto(f"{app.url}/{options.page}")
        PAGES[options.page](page, record)
        browser.close()
    frames[0].save(
        options.output, save_all=True, append_images=frames[1:], duration=durations, loop=0, quality=80, method=6
    )
    print(f"{options.output}: {len(frames)} frames, {options.output.stat().st_size / 1e6:.1f} MB")


@contextmanager
def serve_home(home: Path) -> Iterator[App]:
    """Run the app in a home with the shipped runs and the sample dataset."""
    shutil.copytree(workspace.shipped_runs_folder(), home / "checkpoints")
    run_python("-m", "colorizer", "prepare", "sample", "--name", "sample", home=home)
    os.environ["COLORIZER_HOME"] = str(home)
    with serve_app() as app:
        yield app


def colorize(page: "Page", record: Callable[[int], None]) -> None:
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


def train(page: "Page", record: Callable[[int], None]) -> None:
    """Start a training, watch its curve and its pictures, and go back to the first epochs."""
    page.get_by_role("button", name="New run").click()
    page.get_by_role("textbox", name="Name", exact=True).fill("my-first")
    page.get_by_role("textbox", name="Name", exact=True).press("Enter")
    page.get_by_role("spinbutton", name="Epochs").fill("12")
    page.get_by_role("spinbutton", name="Epochs").press("Enter")
    start = page.get_by_role("button", name="Start training")
    page.get_by_text("of disk space").wait_for()
    expect(start).to_be_enabled()
    record(1500)
    start.click()
    page.wait_for_url("**run=*")
    page.mouse.move(0, 0)
    heading = page.get_by_role("heading", name="my-first")
    finished = page.locator("[data-testid=stMarkdownContainer] span", has_text="Finished").first
    for _ in range(_MOST_FRAMES):
        heading.evaluate(SCROLL)  # Redrawing the page may move it.
        record(250)
        if finished.is_visible():
            break
        page.wait_for_timeout(1200)
    record(1200)
    scrubber = page.get_by_role("slider", name="Epoch", exact=True)
    scrubber.focus()
    scrubber.press("Home")
    for _ in range(15):
        record(150)
        scrubber.press("ArrowRight")
        scrubber.press("ArrowRight")
        page.wait_for_timeout(100)
    record(1500)


PAGES = {"colorize": colorize, "train": train}

if __name__ == "__main__":
    main()
