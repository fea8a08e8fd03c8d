"""A before/after slider: two pictures of one size with a draggable divider between them.

The divider is a range input, so mouse, touch and arrow keys all move it. The picture always fits the window. At
100 %, one pixel of the file per pixel of the screen, the user pans the picture under the divider.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from colorizer.imaging.html import data_url
from pages.shared.component import component
from pages.shared.pictures import DISPLAY_SIDE, to_jpeg

_slider = component("before_after", Path(__file__).parent)


def before_after(
    before: np.ndarray,
    after: np.ndarray,
    key: str,
    *,
    tags: tuple[str, str] = ("", ""),
    full: bool = False,
    on_zoom: Callable[[], None] | None = None,
) -> None:
    """Show two pictures of one size, the first over the second.

    Args:
        before: `(H, W, 3)` uint8.
        after: the same shape.
        key: unique on the page.
        tags: labels for the lower corners, left and right.
        full: show the pictures at 100 %.
        on_zoom: called when the user toggles the 100 % view; without it there is no such button.
    """
    height, width = before.shape[:2]
    max_side = max(width, height) if full else DISPLAY_SIDE
    data = {
        "before": data_url(to_jpeg(before, max_side)),
        "after": data_url(to_jpeg(after, max_side)),
        "alt": {"before": tags[0] or "The picture in gray", "after": tags[1] or "The picture in color"},
        "label": f"Percent of the picture shown in {(tags[0] or 'gray').lower()}",
        "tags": list(tags),
        "aspect": width / height,
        "width": width,
        "full": full,
        "zoomable": on_zoom is not None,
    }
    _slider(data=data, key=key, on_zoom_change=on_zoom or (lambda: None))
