"""Vote with the keyboard: a key counts once, and only where it is meant for the vote."""

import sqlite3
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import window
from tests.waiting import wait_until


def votes(home: Path) -> list[tuple[str, int]]:
    """Return all answers with their response times."""
    file = home / "data" / "votes.sqlite"
    if not file.exists():
        return []
    database = sqlite3.connect(file, timeout=10)
    found = database.execute("SELECT answer, milliseconds FROM votes ORDER BY id").fetchall()
    database.close()
    return found


def test_votes_by_key_and_by_click_count_once(browser, server: str, app_home: Path) -> None:
    with window(browser, server, "desktop") as page:
        _journey(page, app_home)


def test_both_pictures_fit_a_phone(browser, server: str) -> None:
    with window(browser, server, "phone") as page:
        _glance(page)


def _journey(page, home: Path) -> None:
    page.goto("/compare")
    page.get_by_role("tab", name="Vote").click()
    page.get_by_role("button", name="Start voting").click()
    left, right = (page.locator(f"[data-answer={side}]") for side in ("left", "right"))
    left.locator("img[src]").wait_for()

    ready = page.locator("figure[aria-busy=false]")

    def until(count: int) -> None:
        """The answer has been kept, and the next one is awaited."""
        wait_until(lambda: len(votes(home)) == count, f"{count} answers were kept")
        ready.wait_for()
        still(count)

    def still(count: int) -> None:
        """There are so many answers, and a moment later no more."""
        page.wait_for_timeout(500)
        assert len(votes(home)) == count

    page.keyboard.down("ArrowRight")
    for _ in range(5):
        page.keyboard.down("ArrowRight")  # Held, it repeats.
    page.keyboard.up("ArrowRight")
    until(1)
    page.locator("p.last.known").wait_for()
    left.click()
    until(2)
    page.keyboard.press("Space")  # What was clicked before is not pressed again.
    until(3)
    right.focus()
    right.press("Enter")
    until(4)
    assert [answer for answer, _ in votes(home)] == ["right", "left", "tie", "right"]
    assert all(400 < milliseconds < 60_000 for _, milliseconds in votes(home)[1:])

    undone = left.locator("img").get_attribute("src") or ""
    page.get_by_role("button", name="Undo").click()
    expect(left.locator("img")).not_to_have_attribute("src", undone)
    until(3)
    page.keyboard.press("Space")  # Nor is Undo.
    until(4)
    assert votes(home)[-1][0] == "tie"

    page.get_by_role("tab", name="Metrics").click()
    page.locator("button.picture").first.wait_for(state="hidden")
    page.locator("h1").click()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowLeft")
    still(4)
    page.get_by_role("tab", name="Vote").click()
    expect(page.locator("figure[tabindex]")).to_be_focused()  # Until then an arrow is the tabs'.
    page.keyboard.press("ArrowLeft")
    until(5)
    assert left.is_visible(), "the tabs did not take the key"
    page.get_by_role("combobox", name="Networks").click()
    page.keyboard.press("ArrowLeft")
    still(5)


def _glance(page) -> None:
    page.goto("/compare")
    page.get_by_role("tab", name="Vote").click()
    page.get_by_role("button", name="Start voting").click()
    page.locator("button.picture img[src]").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.wait_for_timeout(1500)  # The page moves up to them.
    boxes = [picture.bounding_box() for picture in page.locator("button.picture").all()]
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 390 for box in boxes)
    assert all(box["y"] + box["height"] <= 844 for box in boxes)
