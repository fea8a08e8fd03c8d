"""How soon does a color hint show its effect?

Starts the app, opens the colorize page in Chromium with the example that it shows, sets hints one after the other,
and prints the time from the press on a hint's color until the browser has another picture, and from moving a hint by
a key until then.

    python -m benchmarks.hint_click [--rounds 7]
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable

from playwright.sync_api import sync_playwright

from benchmarks.dashboard_cost import serving
from benchmarks.machine import describe

_UNTIL_ANOTHER = """(image, before) => new Promise((done) => {
  const look = () => image.getAttribute("src") === before ? requestAnimationFrame(look) : done();
  look();
})"""
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    print(describe(), end="\n\n")
    with serving() as (_, port), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(f"http://localhost:{port}/colorize")
        page.get_by_role("radio", name="Color hints").click()
        stage, picture, dots = page.locator(".stage"), page.locator(".stage img"), page.locator(".dot")
        stage.wait_for()
        stage.scroll_into_view_if_needed()

        def seconds(act: Callable[[], None]) -> float:
            """From an act until the picture is another."""
            before, began = picture.get_attribute("src"), time.perf_counter()
            act()
            picture.evaluate(_UNTIL_ANOTHER, before)
            return time.perf_counter() - began

        set_, moved = [], []
        for number in range(options.rounds):
            box = stage.bounding_box()
            assert box is not None
            share = (number + 1) / (options.rounds + 1)
            stage.click(position={"x": box["width"] * share, "y": box["height"] * (0.3 + 0.4 * (number % 2))})
            colors = page.locator(".colors button")
            colors.first.wait_for()
            page.wait_for_timeout(500)
            set_.append(seconds(colors.nth(1).click))
            page.wait_for_timeout(500)
            moved.append(seconds(lambda: dots.last.press("Shift+ArrowDown")))
            page.wait_for_timeout(500)
        browser.close()
    print(f"{'seconds until the picture changes':>34} {'median':>7} {'most':>6}")
    for what, times in (("a hint is colored", set_), ("a hint is moved", moved)):
        print(f"{what:>34} {statistics.median(times):7.2f} {max(times):6.2f}")


if __name__ == "__main__":
    main()
