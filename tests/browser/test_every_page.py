"""Checks of every page in a real browser."""

from pathlib import Path

import pytest

from tests.browser.conftest import ROOT, SIZES, serving, window

PAGES = {
    "/": "Color for black-and-white photos",
    "/colorize": "Colorize",
    "/prepare": "Prepare data",
    "/train": "Train",
    "/compare": "Compare",
}
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
"""`make test` installs it where npm is."""
_BACKGROUND = "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
_UNTIL_SETTLED = """() => new Promise((done) => {
  let since = performance.now();
  const check = () => {
    const isIdle = document.querySelector("[data-testid=stApp]")?.dataset.testScriptState === "notRunning";
    if (!isIdle || document.querySelector("[data-stale=true]")) since = performance.now();
    performance.now() - since > 300 ? done() : requestAnimationFrame(check);
  };
  check();
})"""


def _settle(page) -> None:
    """Wait until nothing has happened for a moment."""
    page.evaluate(_UNTIL_SETTLED)


def _open(page, path: str) -> None:
    page.goto(path)
    page.get_by_role("heading", name=PAGES[path], level=1).wait_for()
    _settle(page)
    assert page.get_by_test_id("stException").count() == 0
    assert page.get_by_text("Page not found").count() == 0


def test_another_page_than_home_opens_as_first_request_after_start(browser, app_home: Path) -> None:
    with serving(app_home) as url, window(browser, url, "desktop") as page:
        _open(page, "/train")


@pytest.mark.parametrize("path", PAGES)
def test_page_fits_its_window(browser, server: str, path: str) -> None:
    with window(browser, server, "desktop") as page:
        _open(page, path)
        for width, height in SIZES.values():
            page.set_viewport_size({"width": width, "height": height})
            _settle(page)
            overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert overflow <= 0, "the page is wider than the window"
            header = page.get_by_test_id("stHeader").bounding_box()
            title = page.get_by_role("heading", level=1).bounding_box()
            assert title["y"] - (header["y"] + header["height"]) < 100, "there is a blank band above the title"


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not installed: make test installs it where npm is")
def test_pages_are_accessible(browser, server: str) -> None:
    found = {}
    with window(browser, server, "desktop") as page:
        page.emulate_media(reduced_motion="reduce")  # Colors that are fading have no contrast yet.

        def check(name: str) -> None:
            _settle(page)
            page.add_style_tag(content="[data-stale] { opacity: 1 !important; }")
            page.add_script_tag(path=AXE)
            found[name] = _violations(page, {})
            page.emulate_media(color_scheme="dark")
            page.wait_for_function(f"{_BACKGROUND} === 'rgb(22, 20, 18)'")
            _settle(page)
            found[f"{name} in dark"] = _violations(page, {"runOnly": ["color-contrast"]})
            page.emulate_media(color_scheme="light")
            page.wait_for_function(f"{_BACKGROUND} === 'rgb(253, 252, 250)'")

        for path in PAGES:
            _open(page, path)
            check(path)
        page.goto("/colorize")
        page.get_by_role("button", name="Cat").click()
        page.locator(".st-key-stage img.after").wait_for()
        check("a photo")
        page.get_by_text("Adjust", exact=True).click()
        page.get_by_text("Hints", exact=True).click()
        page.get_by_role("button", name="Add a hint").press("Enter")
        page.locator(".colors button").first.wait_for()
        check("hints")
        page.goto("/train?run=unet")
        page.get_by_test_id("stVegaLiteChart").first.wait_for()
        check("a run")
        page.goto("/compare")
        for tab in ("Metrics", "Curves", "Study", "Vote"):
            page.get_by_role("tab", name=tab).click()
            check(tab)
    problems = [f"{name}: {problem}" for name, problems in found.items() for problem in problems]
    assert not problems, "\n".join(problems)


def _violations(page, options: dict[str, object]) -> list[str]:
    script = "options => axe.run({ resultTypes: ['violations'], ...options }).then((result) => result.violations)"
    return [
        f"{violation['id']}: {node['html']} {node['failureSummary']}"
        for violation in page.evaluate(script, options)
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]
