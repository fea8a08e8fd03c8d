"""Training in a real browser: the sample dataset, a live curve, a reload, a pause, a kill, a comparison."""

import re
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from colorizer import jobs
from tests.browser.conftest import home_in, serving, window
from tests.waiting import wait_until


@pytest.fixture
def app_home(tmp_path: Path) -> Iterator[Path]:
    """A home of its own, to which a dataset and a run are added."""
    with home_in(tmp_path) as folder:
        yield folder


@pytest.fixture
def server(app_home: Path) -> Iterator[str]:
    """The app in this home."""
    with serving(app_home) as url:
        yield url


def test_training_is_live_and_survives_a_reload(browser, server: str, app_home: Path) -> None:
    with window(browser, server, "desktop") as page:
        _journey(page, app_home)


def _killed(page, home: Path) -> None:
    """A killed training is shown without a reload."""
    psutil.Process(jobs.read_status(home / "checkpoints" / "newcomer").pid).kill()
    _badge(page, "Interrupted").wait_for()
    page.wait_for_function("document.title === '⚠ newcomer · Train'")
    page.get_by_role("button", name="Resume").wait_for()
    page.get_by_role("button", name="New run").click()
    page.get_by_role("button", name="Close").click()
    page.wait_for_function("document.title === '⚠ newcomer · Train'")
    page.get_by_role("button", name="Resume").wait_for()


def _journey(page, home: Path) -> None:
    page.goto("/prepare")
    page.get_by_text("2,400 images").wait_for()
    page.get_by_role("button", name="Prepare", exact=True).click()
    page.get_by_test_id("stMetricValue").filter(has_text="2,000").wait_for()

    page.goto("/train")
    page.get_by_text("New run").click()
    page.get_by_role("textbox", name="Name", exact=True).fill("newcomer")
    page.get_by_role("spinbutton", name="Epochs").fill("5000")
    page.get_by_role("button", name="Start training").click()
    page.wait_for_url("**run=newcomer")
    best_epoch = page.get_by_text(re.compile(r"^\d+ of \d+$"))
    best_epoch.wait_for()
    finished = _epochs(best_epoch)
    wait_until(lambda: _epochs(best_epoch) > finished, "the curve moves")
    _crosshair(page)
    _scrub(page)

    page.reload()
    best_epoch.wait_for()
    assert _epochs(best_epoch) > finished
    assert "run=newcomer" in page.url
    page.get_by_role("button", name="Pause").click()
    _badge(page, "Paused").wait_for()
    page.get_by_role("button", name="Resume").click()
    _badge(page, "Running").wait_for()
    _killed(page, home)
    with page.expect_download() as download:
        page.get_by_role("button", name="Animation (WebP)").click()
    assert download.value.suggested_filename == "newcomer.webp"
    page.get_by_role("button", name=re.compile("More$")).click()
    page.get_by_role("button", name="Delete …").click()
    page.get_by_role("button", name="Delete permanently").click()
    page.wait_for_url(lambda url: "newcomer" not in url)
    assert page.get_by_test_id("stException").count() == 0


def _badge(page, state: str):
    return page.locator("[data-testid=stMarkdownContainer] span", has_text=re.compile(f"^{state}$")).first


def _crosshair(page) -> None:
    """Pointing at the chart shows the losses of the nearest epoch."""
    chart = page.get_by_test_id("stVegaLiteChart").first
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    for share in (0.4, 0.5, 0.6):
        page.mouse.move(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
        page.wait_for_timeout(200)
    page.locator("#vg-tooltip-element", has_text="newcomer: test").wait_for()
    page.mouse.move(0, 0)


def _scrub(page) -> None:
    """The slider returns to the first epoch at once, and another epoch has other colors."""
    slider = page.get_by_role("slider", name="Epoch", exact=True)
    shown = page.locator("figure output")
    picture = page.locator("figure canvas").first
    slider.focus()
    slider.press("Home")
    assert shown.inner_text().startswith("Epoch 1\n")
    first = picture.evaluate("canvas => canvas.toDataURL()")
    page.wait_for_timeout(4000)
    assert shown.inner_text().startswith("Epoch 1\n"), "it stays where it was put while the training goes on"
    slider.press("End")
    assert not shown.inner_text().startswith("Epoch 1\n")
    assert picture.evaluate("canvas => canvas.toDataURL()") != first


def _epochs(best_epoch) -> int:
    return int(best_epoch.inner_text().split(" of ")[1])
