"""Compare in a real browser: rows are enlarged, paged by keys, and kept in the URL."""

from urllib.parse import parse_qs, urlsplit

from tests.browser.conftest import window


def test_enlarged_row_is_paged_by_keys_and_linked(browser, server: str) -> None:
    with window(browser, server, "desktop") as page:
        _journey(page)


def _journey(page) -> None:
    page.goto("/compare")  # Without a dataset it starts with the photographs.
    page.get_by_role("button", name="Enlarge chelsea").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("2 of 6").wait_for()
    assert dialog.locator("img.colors").count() == 5
    assert dialog.locator("img.errors").count() == 4
    page.keyboard.press("ArrowRight")
    dialog.get_by_role("heading", name="coffee").wait_for()
    dialog.get_by_role("button", name="Previous row").click()
    dialog.get_by_role("button", name="Previous row").click()
    dialog.get_by_role("heading", name="astronaut").wait_for()
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    page.get_by_role("button", name="Errors").click()
    assert page.locator(".grid img.errors").first.is_visible()
    assert not page.locator(".grid img.colors").first.is_visible()
    page.get_by_role("button", name="Enlarge rocket").click()
    assert parse_qs(urlsplit(page.url).query) == {"view": ["errors"], "row": ["4"]}

    page.goto(page.url)
    dialog.get_by_role("heading", name="rocket").wait_for()
    assert page.locator(".grid img.errors").first.is_visible()
