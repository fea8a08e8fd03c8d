"""The stage: the open photo, filling the window beside its controls, in one of several views."""

from collections.abc import Callable
from typing import Literal

import numpy as np
import streamlit as st

from colorizer import metrics
from colorizer.errors import UserError
from colorizer.imaging import decode_image
from colorizer.imaging.html import data_url
from colorizer.imaging.provenance import add_watermark
from colorizer.imaging.uint16 import to_uint8
from colorizer.inference import Colorizer, colorize_picture, render, to_gray
from colorizer.models.distribution import ColorDistribution
from colorizer.models.hints import Hint
from colorizer.models.prediction import Color
from pages.colorize.hint_canvas import HintEdit, hint_canvas
from pages.colorize.results import (
    GRID_SIDE,
    Preview,
    RenderSettings,
    Variants,
    colored_url,
    find_variants,
    predict,
    preview,
)
from pages.colorize.session import Upload, session
from pages.shared.before_after import before_after
from pages.shared.memory import memory_returned
from pages.shared.models import colorizer_for, name_of
from pages.shared.pictures import to_jpeg
from pages.shared.text import show_error
from pages.shared.thumbnails import Thumbnail, thumbnails

BEFORE_AFTER, HINTS, VARIANTS, NETWORKS, ORIGINAL = "Before / after", "Hints", "Variants", "Networks", "Original"
_SUGGESTIONS = 7
_VARIANTS = 4


def choose_view(upload: Upload, colorizer: Colorizer, networks: list[str]) -> str:
    """Show the choice of views and return the chosen one.

    Args:
        upload: the open photo.
        colorizer: the chosen network.
        networks: names of all runs that can be compared.

    Raises:
        InputError: the file is not a readable image.
    """
    views = [BEFORE_AFTER]
    if colorizer.predicts_distribution:
        views += [HINTS, VARIANTS]
    if len(networks) > 1:
        views.append(NETWORKS)
    if preview(upload).in_color:
        views.append(ORIGINAL)
    if st.session_state.get("view") not in views:
        st.session_state["view"] = BEFORE_AFTER
    view = st.pills("View", views, key="view", required=True, persist_state="session")
    return view or BEFORE_AFTER


def undo_buttons(upload: Upload) -> None:
    """Show undo and redo for the hints and the variant of the open photo."""
    history = session().history(upload)
    with st.container(horizontal=True, gap="xsmall"):
        st.button(
            "Undo", icon=":material/undo:", shortcut="Ctrl+Z", on_click=history.undo, disabled=not history.can_undo
        )
        st.button(
            "Redo", icon=":material/redo:", shortcut="Ctrl+Shift+Z", on_click=history.redo,
            disabled=not history.can_redo,
        )  # fmt: skip


def stage(upload: Upload, settings: RenderSettings, view: str, networks: list[str]) -> None:
    """Show the open photo.

    Args:
        upload: the open photo.
        settings: how to render it.
        view: what `choose_view` returned.
        networks: names of all runs that can be compared.

    Raises:
        InputError: the file is not a readable image.
    """
    with st.spinner("Colorizing …"):
        predict(upload, settings.colorizer)
    match view:
        case "Hints":
            _hints(upload, settings)
        case "Variants":
            _variants(upload, settings)
        case "Networks":
            _networks(upload, settings, networks)
        case "Original":
            _original(upload, settings)
        case _:
            _before_after(upload, settings)


def _before_after(upload: Upload, settings: RenderSettings) -> None:
    # At 100% all pixels go to the browser, so only one picture at a time is shown that way.
    is_zoomed = st.session_state.get("zoomed") == upload.key

    def toggle_zoom() -> None:
        st.session_state["zoomed"] = None if is_zoomed else upload.key

    shown = preview(upload)
    if is_zoomed and shown.is_scaled_down:
        urls = _full_size_urls(upload, settings)
    else:
        urls = shown.gray_url, colored_url(upload, settings)
    before_after(*urls, shown.size, key="before-after", stage=True, full=is_zoomed, on_zoom=toggle_zoom)


@memory_returned()
def _full_size_urls(upload: Upload, settings: RenderSettings) -> tuple[str, str]:
    """Return the upload in gray and in color as data URLs, at the size of its file."""
    picture = decode_image(upload.data, upload.name)
    colored = colorize_picture(picture, predict(upload, settings.colorizer), settings.options).pixels
    colored = to_uint8(colored) if colored.dtype == np.uint16 else colored
    colored = add_watermark(colored) if settings.saving.watermark else colored
    gray, color = (data_url(to_jpeg(pixels, max(picture.size))) for pixels in (to_gray(picture.pixels), colored))
    return gray, color


def _original(upload: Upload, settings: RenderSettings) -> None:
    shown, name = preview(upload), settings.colorizer.name
    original = shown.picture.pixels
    colored = render(shown.gray, predict(upload, settings.colorizer), settings.options)
    urls = [data_url(to_jpeg(pixels)) for pixels in (colored, original)]
    before_after(urls[0], urls[1], shown.size, key="original", tags=(name, "Original"), stage=True)
    st.caption(
        f"PSNR against the original: {metrics.psnr_of(original, colored):.1f} dB with these colors, "
        f"{metrics.psnr_of(original, shown.gray[..., None]):.1f} dB in gray. Higher is closer."
    )


def _networks(upload: Upload, settings: RenderSettings, networks: list[str]) -> None:
    def pick(name: str) -> None:
        if name in networks:
            st.session_state["network"] = name

    shown = preview(upload)
    small = shown.picture.thumbnail(GRID_SIDE).pixels
    pictures = {"Gray": to_gray(small)}
    for name in networks:
        try:
            pictures[name] = render(pictures["Gray"], predict(upload, colorizer_for(name)), settings.options)
        except UserError as error:
            show_error(error)
    if shown.in_color:
        pictures["Original"] = small

    def detail(name: str) -> str:
        is_compared = shown.in_color and name != "Original"
        return f"PSNR {metrics.psnr_of(small, pictures[name]):.1f} dB" if is_compared else ""

    labels = {name: name_of(name) for name in networks}
    items = [
        Thumbnail(name, data_url(to_jpeg(pixels)), labels.get(name, name), detail(name))
        for name, pixels in pictures.items()
    ]
    _grid(shown, items, "Networks", pick, settings.colorizer.name)


def _variants(upload: Upload, settings: RenderSettings) -> None:
    """The network's first choice and several other colorings of the photo, of which the user can choose one."""
    found = find_variants(upload, settings, _VARIANTS)
    shown = session().hints(upload)
    st.fragment(_show_variants, run_every=None if found.is_complete else 0.1)(upload, settings, found, shown)


def _show_variants(upload: Upload, settings: RenderSettings, found: Variants, shown: list[Hint]) -> None:
    """Show the variants that are ready; each run adds the next."""
    history = session().history(upload)
    if history.current.all != shown:
        st.rerun()  # A press runs only this fragment, but looks and downloads follow the chosen variant too.
    was_complete = found.is_complete
    found.color_next(upload, settings)
    user = history.current.user
    chosen = (*user, *history.current.variant)
    items = [Thumbnail(label, found.urls.get(label, ""), label) for label in found.hints]
    _grid(
        preview(upload),
        items,
        "Variants",
        lambda label: history.push(user, found.hints[label][len(user) :]),
        next((label for label, hints in found.hints.items() if hints == chosen), None),
        "pairs",
    )
    if found.is_complete and not was_complete:
        st.rerun()  # Nothing is left for a timer to do.


def _grid(
    shown: Preview,
    items: list[Thumbnail],
    label: str,
    on_pick: Callable[[str], None],
    selected: str | None,
    layout: Literal["grid", "pairs"] = "grid",
) -> None:
    width, height = shown.picture.size
    thumbnails(
        items, label, f"grid-{label}", on_pick, selected=selected, layout=layout, width="min(18rem, 40%)",
        aspect=width / height,
    )  # fmt: skip


def _hints(upload: Upload, settings: RenderSettings) -> None:
    """The photo, on which the user places color hints."""
    history, selected_key = session().history(upload), f"selected-hint-{upload.key}"
    hints, variant = list(history.current.user), history.current.variant
    selected = st.session_state.get(selected_key)
    if selected is not None and selected >= len(hints):
        selected = None

    def edit(places: list[HintEdit], index: int | None) -> None:
        edited = [Hint(x, y, color, reach) for x, y, color, reach in places if color is not None]
        new = [(x, y) for x, y, color, _ in places if color is None]
        # A new hint starts with the most likely color there, so that a single click pins what is already right.
        edited += [Hint(x, y, _suggest(upload, settings.colorizer, history.current.all, x, y)[0]) for x, y in new]
        history.push(edited, variant)
        st.session_state[selected_key] = index

    suggestions: list[Color] = []
    if selected is not None:
        others = [hint for index, hint in enumerate(hints) if index != selected]
        suggestions = _suggest(upload, settings.colorizer, [*others, *variant], hints[selected].x, hints[selected].y)
    url, size = colored_url(upload, settings), preview(upload).picture.size
    hint_canvas(url, size, hints, selected, suggestions, f"hints-{upload.key}", edit)


def _suggest(upload: Upload, colorizer: Colorizer, hints: list[Hint], x: float, y: float) -> list[Color]:
    prediction = predict(upload, colorizer, hints)
    assert isinstance(prediction, ColorDistribution)
    return prediction.suggest_colors(x, y, _SUGGESTIONS)
