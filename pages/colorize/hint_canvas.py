"""A picture on which the user places color hints: click to add one, drag to move it, choose its color and reach.

Each hint is a button on the picture, so the keyboard reaches it: arrow keys move it, Delete removes it. Below the
picture are the colors that the network suggests for the selected hint, a color picker, an eyedropper and its reach.
"""

import colorsys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from colorizer.errors import UserError
from colorizer.models.hints import REACHES, Hint
from colorizer.models.prediction import Color
from pages.shared.component import component

MAX_HINTS = 64
"""Limit per picture."""
HintEdit = tuple[float, float, Color | None, float]
"""A hint as the browser sends it: x, y, color and reach. A new hint has no color yet."""

_canvas = component("hint_canvas", Path(__file__).parent)


def hint_canvas(
    url: str,
    size: tuple[int, int],
    hints: Sequence[Hint],
    selected: int | None,
    suggestions: Sequence[Color],
    key: str,
    on_edit: Callable[[list[HintEdit], int | None], None],
) -> None:
    """Show a picture and its color hints.

    Args:
        url: of the picture in color.
        size: its width and height.
        hints: its hints.
        selected: index of the hint whose color can be changed.
        suggestions: colors to offer for it.
        key: unique on the page.
        on_edit: called before the page reruns, with all hints and the index of the selected one.
    """
    revision_key = f"{key}-revision"

    def handle_edit() -> None:
        value = st.session_state[key].edited
        edit = _parse_edit(value)
        if edit is not None:
            st.session_state[revision_key] = int(value["revision"])
            on_edit(*edit)

    data = {
        "picture": url,
        "alt": "Colorized picture",
        "aspect": size[0] / size[1],
        "hints": [{"x": hint.x, "y": hint.y, "reach": hint.reach, **_named(hint.color)} for hint in hints],
        "selected": selected,
        "suggestions": [_named(color) for color in suggestions],
        "limit": MAX_HINTS,
        "reaches": [{"name": name, "value": value} for name, value in REACHES.items()],
        "reach": Hint.reach,
        "revision": st.session_state.get(revision_key, 0),
        "help": "Click a point on the photo to set its color. Click a hint to change it; drag it to move it.",
        "suggestionLabel": "Likely colors here, or choose any:",
    }
    _canvas(data=data, key=key, on_edited_change=handle_edit)


def _parse_edit(value: Any) -> tuple[list[HintEdit], int | None] | None:
    """Validate what the browser sent, which may be anything; return None if it is malformed."""
    try:
        hints: list[HintEdit] = []
        for hint in value["hints"][:MAX_HINTS]:
            color = hint["color"] and Hint(0, 0, tuple(int(part) for part in hint["color"])).color  # type: ignore[arg-type]
            place = Hint(float(hint["x"]), float(hint["y"]), (0, 0, 0), float(hint["reach"]))
            hints.append((place.x, place.y, color, place.reach))
        selected, _ = value["selected"], int(value["revision"])
        return hints, selected if isinstance(selected, int) and 0 <= selected < len(hints) else None
    except (KeyError, TypeError, ValueError, UserError):
        return None


_HUES = (
    (15, "red"), (42, "orange"), (68, "yellow"), (160, "green"), (195, "teal"), (255, "blue"), (312, "purple"),
    (340, "pink"), (360, "red"),
)  # fmt: skip
"""Upper end of each hue in degrees."""


def color_name(color: Color) -> str:
    """Name a color in words, such as "dark grayish blue"."""
    red, green, blue = (part / 255 for part in color)
    hue, lightness, _ = colorsys.rgb_to_hls(red, green, blue)
    colorfulness = max(red, green, blue) - min(red, green, blue)
    shade = "dark " if lightness < 0.3 else "light " if lightness > 0.66 else ""
    if colorfulness < 0.06:
        return "black" if lightness < 0.1 else "white" if lightness > 0.93 else f"{shade}gray"
    name = next(name for end, name in _HUES if 360 * hue <= end)
    if name == "orange" and (lightness < 0.45 or colorfulness < 0.4):
        name = "beige" if lightness > 0.6 else "brown"
        shade = "" if name == "beige" else shade
    if name == "yellow" and lightness < 0.4:
        name = "olive"
    if name == "red" and lightness > 0.65:
        name = "pink"
    is_muted = colorfulness < 0.18 and name not in ("beige", "brown", "olive")
    return f"{shade}{'grayish ' if is_muted else ''}{name}"


def _named(color: Color) -> dict[str, object]:
    return {"color": list(color), "name": color_name(color)}
