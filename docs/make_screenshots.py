"""Take the pictures of the Home page from the running app: `python docs/make_screenshots.py`.

The app runs in a temporary home with the shipped runs and the offline sample, prepared as a dataset.
"""

import io
import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from playwright.sync_api import sync_playwright  # noqa: E402

from tests.browser.conftest import CHROMIUM, serving, window  # noqa: E402

PAGES = {"prepare": "Prepare data", "train": "Train", "compare": "Compare"}
WINDOW = {"width": 1080, "height": 680}
WIDTH = 640
"""Width of the pictures in pixels."""
_SETTLE_MS = 4_000
"""For charts and pictures to appear."""
_TIMEOUT_MS = 300_000


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        shutil.copytree(ROOT / "checkpoints", home / "checkpoints")
        with serving(home) as url, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
            with window(browser, url, "desktop") as page:
                page.set_default_timeout(_TIMEOUT_MS)
                page.set_viewport_size(WINDOW)
                page.goto("/prepare")
                page.get_by_role("button", name="Prepare", exact=True).click()
                page.get_by_test_id("stMetricValue").first.wait_for()
                for name, title in PAGES.items():
                    page.goto(f"/{name}")
                    page.get_by_role("heading", name=title, level=1).wait_for()
                    page.wait_for_timeout(_SETTLE_MS)
                    page.wait_for_function("!document.querySelector('[data-testid=stStatusWidget], .stProgress')")
                    page.wait_for_timeout(_SETTLE_MS)
                    if name == "compare":
                        page.locator(".grid").first.evaluate("grid => grid.scrollIntoView()")
                        page.wait_for_timeout(_SETTLE_MS)
                    image = Image.open(io.BytesIO(page.screenshot()))
                    image.thumbnail((WIDTH, WIDTH), Image.Resampling.LANCZOS)
                    image.save(ROOT / "pages" / "home" / f"{name}.webp", quality=80)
            browser.close()


if __name__ == "__main__":
    main()
