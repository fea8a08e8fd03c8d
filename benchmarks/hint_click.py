"""How soon does a color hint show its effect?

Starts the app, opens the Colorize page in Chromium with an example photograph, adds hints one after the other, and
measures the time from choosing a hint's color, and from moving a hint with the keyboard, until the browser shows
another result.

    python -m benchmarks.hint_click [--rounds 7]
"""

import argparse
import shutil
import time
from collections.abc import Callable

from playwright.sync_api import sync_playwright

from benchmarks.app_server import serve_app
from benchmarks.machine import describe, median

_UNTIL_CHANGED = """(image, before) => new Promise((done) => {
  const check = () => image.getAttribute("src") === before ? requestAnimationFrame(check) : done();
  check();
})"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    print(describe(), end="\n\n")
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with serve_app() as app, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(f"{app.url}/colorize")
        page.get_by_role("button", name="Harbor").click()
        page.get_by_text("Hints", exact=True).click()
        stage, dots = page.locator(".frame .picture"), page.locator(".dot")
        picture = stage.locator("img")
        stage.wait_for()

        def seconds_until_changed(act: Callable[[], None]) -> float:
            before, started = picture.get_attribute("src"), time.perf_counter()
            act()
            picture.evaluate(_UNTIL_CHANGED, before)
            return time.perf_counter() - started

        added, moved = [], []
        for number in range(options.rounds):
            box = stage.bounding_box()
            assert box is not None
            share = (number + 1) / (options.rounds + 1)
            stage.click(position={"x": box["width"] * share, "y": box["height"] * (0.3 + 0.4 * (number % 2))})
            colors = page.locator(".colors button")
            colors.first.wait_for()
            page.wait_for_timeout(500)
            added.append(seconds_until_changed(colors.nth(1).click))
            page.wait_for_timeout(500)
            moved.append(seconds_until_changed(lambda: dots.last.press("Shift+ArrowDown")))
            page.wait_for_timeout(500)
        browser.close()
    print(f"{'seconds until the result changes':>34} {'median':>7} {'max':>6}")
    for name, times in (("choosing a hint's color", added), ("moving a hint", moved)):
        print(f"{name:>34} {median(times):7.2f} {max(times):6.2f}")


if __name__ == "__main__":
    main()
