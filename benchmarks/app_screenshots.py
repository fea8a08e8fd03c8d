"""Draw the pictures of the pages on Home, in the light and in the dark theme.

Starts the app in a home of its own, trains two networks on the sample, and writes a screenshot of each page.

    python -m benchmarks.app_screenshots --output pages/home
"""

import argparse
import io
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PIL import Image
from playwright.sync_api import sync_playwright

from benchmarks.app_recording import SCROLL, serve_home
from benchmarks.machine import run_python

if TYPE_CHECKING:
    from playwright.sync_api import Page

WINDOW = (1280, 806)
WIDTH = 640
"""Of the pictures, in pixels."""
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--output", type=Path, required=True, metavar="FOLDER")
    options = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright, serve_home(Path(folder)) as app:
        for architecture in ("fc512", "unet"):
            run = ["--run", f"my-{architecture}", "--architecture", architecture, "--dataset", "sample"]
            run_python("-m", "colorizer", "train", *run, "--epochs", "16", home=Path(folder))
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for theme in THEMES:
            page = browser.new_page(viewport={"width": WINDOW[0], "height": WINDOW[1]}, color_scheme=theme)
            page.set_default_timeout(120_000)
            for name, show in PAGES.items():
                page.goto(f"{app.url}/{name}")
                show(page)
                page.wait_for_timeout(4000)
                with Image.open(io.BytesIO(page.screenshot())) as screenshot:
                    size = (WIDTH, round(screenshot.height * WIDTH / screenshot.width))
                    small = screenshot.convert("RGB").resize(size, Image.Resampling.LANCZOS)
                small.save(options.output / f"{name}-{theme}.webp", quality=80, method=6)
            page.close()
        browser.close()


def prepare(page: "Page") -> None:
    """The sample's images."""
    page.get_by_text("Grayscale baseline").first.wait_for()


def train(page: "Page") -> None:
    """The U-Net's curve and its test images."""
    page.goto(f"{page.url}?run=my-unet")
    page.get_by_role("heading", name="my-unet").wait_for()


def compare(page: "Page") -> None:
    """Three networks beside each other."""
    page.get_by_text("chelsea").first.wait_for()
    page.get_by_text("Bundled photographs").evaluate(SCROLL)


PAGES = {"prepare": prepare, "train": train, "compare": compare}

if __name__ == "__main__":
    main()
