"""A newcomer's training in a real browser: the sample dataset, a curve that moves by itself, a reload, a stop."""

import re
import time

from tests.browser.conftest import window

PATIENCE = 60


def test_a_training_moves_by_itself_and_survives_a_reload(browser, server: str) -> None:
    with window(browser, server, "desktop") as page:
        _journey(page)


def _journey(page) -> None:
    page.goto("/prepare")
    page.get_by_text("2,400 pictures").wait_for()
    page.get_by_role("button", name="Prepare", exact=True).click()
    page.get_by_test_id("stMetricValue").filter(has_text="2,000").wait_for()

    page.goto("/train")
    page.get_by_text("New training").click()
    page.get_by_role("textbox", name="Name").fill("newcomer")
    page.get_by_role("spinbutton", name="Epochs").fill("5000")
    page.get_by_role("button", name="Start training").click()
    page.wait_for_url("**run=newcomer")
    best_epoch = page.get_by_text(re.compile(r"^\d+ of \d+$"))
    best_epoch.wait_for()
    finished = _epochs(best_epoch)
    deadline = time.monotonic() + PATIENCE
    while _epochs(best_epoch) <= finished:
        assert time.monotonic() < deadline, "the curve does not move"
        page.wait_for_timeout(300)
    assert page.locator("canvas").count() or page.locator("[data-testid=stVegaLiteChart]").count()

    page.reload()
    best_epoch.wait_for()
    assert _epochs(best_epoch) > finished
    assert "run=newcomer" in page.url
    page.get_by_role("button", name="Stop and keep everything").click()
    page.get_by_role("button", name="Resume").wait_for()
    assert page.get_by_text("Stopped", exact=True).count()
    assert page.get_by_test_id("stException").count() == 0


def _epochs(best_epoch) -> int:
    return int(best_epoch.inner_text().split(" of ")[1])
