"""A before/after slider: two pictures of one size with a draggable divider between them.

The divider is a range input, so mouse, touch and arrow keys all move it. The picture always fits the window. At
100%, one pixel of the file per pixel of the screen, the user pans the picture under the divider.
"""

from collections.abc import Callable
from pathlib import Path

from pages.shared.component import component

_slider = component("before_after", Path(__file__).parent)


def before_after(
    before: str,
    after: str,
    size: tuple[int, int],
    key: str,
    *,
    tags: tuple[str, str] = ("", ""),
    stage: bool = False,
    full: bool = False,
    on_zoom: Callable[[], None] | None = None,
) -> None:
    """Show two pictures of one size, the first over the second.

    Args:
        before: URL of the picture on the left.
        after: URL of the picture on the right.
        size: width and height of the file in pixels.
        key: unique on the page.
        tags: labels for the lower corners, left and right.
        stage: fill the stage of the Colorize page, with buttons to copy the picture and for full screen.
        full: show the pictures at 100%.
        on_zoom: called when the user toggles the 100% view; without it there is no such button.
    """
    width, height = size
    data = {
        "before": before,
        "after": after,
        "alt": {"before": tags[0] or "Grayscale picture", "after": tags[1] or "Colorized picture"},
        "label": f"Percent of the picture shown in {(tags[0] or 'gray').lower()}",
        "tags": list(tags),
        "aspect": width / height,
        "width": width,
        "stage": stage,
        "full": full,
        "zoomable": on_zoom is not None,
    }
    _slider(data=data, key=key, on_zoom_change=on_zoom or (lambda: None))
