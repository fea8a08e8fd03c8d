"""Thumbnails of which the user can press one."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import streamlit as st

from pages.shared.component import component

_thumbnails = component("thumbnails", Path(__file__).parent)


@dataclass(frozen=True)
class Thumbnail:
    """One thumbnail."""

    id: str
    picture: str
    """URL; empty while the picture is not ready."""
    label: str = ""
    detail: str = ""
    """A second line of text."""
    title: str = ""
    """Shown when the mouse rests on it."""


def thumbnails(
    items: Sequence[Thumbnail],
    label: str,
    key: str,
    on_pick: Callable[[str], None],
    *,
    selected: str | None = None,
    layout: Literal["grid", "row", "pairs", "strip"] = "grid",
    width: str = "9rem",
    aspect: float = 4 / 3,
) -> None:
    """Show thumbnails.

    Args:
        items: the thumbnails.
        label: names the group for screen readers.
        key: unique on the page.
        on_pick: called with the id of the pressed one before the page reruns.
        selected: id of the one that is marked.
        layout: a grid that wraps, one row that always fits, two columns that fit the stage of the Colorize page, or a
            strip that scrolls.
        width: minimum width of a column of the grid, in CSS units.
        aspect: width over height of the pictures, which are cropped to it.
    """

    def handle_pick() -> None:
        picked = st.session_state[key].picked
        if any(item.id == picked for item in items):
            on_pick(picked)

    data = {
        "items": [asdict(item) for item in items],
        "label": label,
        "selected": selected,
        "layout": layout,
        "width": width,
        "aspect": aspect,
    }
    _thumbnails(data=data, key=key, on_picked_change=handle_pick)
