"""Color hints in a real browser: set, colored, moved by keys, kept while looking elsewhere, taken away."""

from playwright.sync_api import expect

PATIENCE = 60_000


def test_a_hint_is_set_colored_moved_and_removed(page) -> None:
    page.goto("/colorize")  # It starts with an example and the network for photographs.
    page.get_by_role("radio", name="Color hints").click()
    stage, picture, dots = page.locator(".stage"), page.locator(".stage img"), page.locator(".dot")
    stage.wait_for()
    stage.scroll_into_view_if_needed()
    box = stage.bounding_box()

    def changes(act) -> None:
        """The picture is another after that."""
        before = picture.get_attribute("src") or ""
        act()
        expect(picture).not_to_have_attribute("src", before, timeout=PATIENCE)

    stage.click(position={"x": box["width"] * 0.4, "y": box["height"] * 0.7})
    colors = page.locator(".colors button")
    colors.first.wait_for()
    expect(dots).to_have_count(1)
    changes(colors.nth(2).click)
    left = float(dots.first.evaluate("dot => parseFloat(dot.style.left)"))
    dots.first.focus()
    changes(lambda: dots.first.press("Shift+ArrowRight"))
    assert float(dots.first.evaluate("dot => parseFloat(dot.style.left)")) > left
    stage.click(position={"x": box["width"] * 0.7, "y": box["height"] * 0.3})
    expect(dots).to_have_count(2, timeout=PATIENCE)

    page.get_by_role("radio", name="Before / after").click()
    stage.wait_for(state="hidden")
    page.get_by_role("radio", name="Color hints").click()
    expect(dots).to_have_count(2, timeout=PATIENCE)
    dots.nth(1).press("Delete")
    expect(dots).to_have_count(1, timeout=PATIENCE)
    changes(page.get_by_role("button", name="Remove", exact=True).click)
    expect(dots).to_have_count(0, timeout=PATIENCE)
    assert page.get_by_test_id("stException").count() == 0
