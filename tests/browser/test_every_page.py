"""Checks of every page in a real browser."""

from pathlib import Path

import pytest

from tests.browser.conftest import ROOT, serving, window

PAGES = {
    "/": "Color for black-and-white photos",
    "/colorize": "Colorize",
    "/prepare": "Prepare data",
    "/train": "Train",
    "/compare": "Compare",
}
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
"""From `npm install --no-save axe-core`."""


def _open(page, path: str) -> None:
    page.goto(path)
    page.get_by_role("heading", name=PAGES[path], level=1).wait_for()
    page.wait_for_function("!document.querySelector('[data-testid=stStatusWidget]')")
    assert page.get_by_test_id("stException").count() == 0
    assert page.get_by_text("Page not found").count() == 0


@pytest.mark.parametrize("path", ["/", "/train"])
def test_page_opens_as_first_request_after_start(browser, app_home: Path, path: str) -> None:
    with serving(app_home) as url, window(browser, url, "desktop") as page:
        _open(page, path)


@pytest.mark.parametrize("path", PAGES)
def test_page_fits_its_window(page, path: str) -> None:
    _open(page, path)
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0, "the page is wider than the window"
    header = page.get_by_test_id("stHeader").bounding_box()
    title = page.get_by_role("heading", level=1).bounding_box()
    assert title["y"] - (header["y"] + header["height"]) < 100, "there is a blank band above the title"


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not installed: npm install --no-save axe-core")
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_page_is_accessible(browser, server: str, path: str, theme: str) -> None:
    with window(browser, server, "desktop", theme) as page:
        _open(page, path)
        page.add_script_tag(path=AXE)
        violations = page.evaluate("axe.run().then((result) => result.violations)")
    serious = [
        (violation["id"], [node["html"] for node in violation["nodes"]])
        for violation in violations
        if violation["impact"] in ("serious", "critical")
    ]
    assert serious == []
