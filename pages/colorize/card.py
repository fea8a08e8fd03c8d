"""One file on the page: the picture, what is known of it, and its download."""

import numpy as np
import streamlit as st

from colorizer import images, metrics
from colorizer.encoding import output_name
from colorizer.errors import InputError
from colorizer.provenance import with_mark
from colorizer.rendering import Taste, colorize_picture, render, to_gray
from colorizer.sixteen_bits import to_eight
from pages.colorize.drop import GRID_SIDE, Drop, Look, Preview, predict, preview, result
from pages.colorize.hints import hint_view, variants_view
from pages.shared.before_after import before_after
from pages.shared.models import colorizer_for
from pages.shared.pictures import shown
from pages.shared.text import plain, show_error

BEFORE, HINTS, VARIANTS = "Before / after", "Colour hints", "Variants"
NETWORKS, TRUTH = "All networks", "Against its own colours"


def card(drop: Drop, look: Look, networks: list[str]) -> None:
    """Show one file.

    Args:
        drop: the file.
        look: how its result is wanted.
        networks: names of all runs that can be compared.

    Raises:
        InputError: it cannot be read as a picture.
    """
    seen = preview(drop)
    with st.container(border=True):
        view = _choose_view(drop, seen, look, networks)
        if view == HINTS:
            hint_view(drop, look)
        elif view == VARIANTS:
            variants_view(drop, look)
        elif view == NETWORKS:
            _all_networks(drop, seen, look.taste, networks)
        else:
            _slider(drop, seen, look, against_truth=view == TRUTH)
        facts, button = st.columns([3, 1], vertical_alignment="center")
        with facts:
            _facts(drop, seen)
        with button:
            _download(drop, look)


def _choose_view(drop: Drop, seen: Preview, look: Look, networks: list[str]) -> str:
    views = [BEFORE]
    if look.colorizer.knows_likelihoods:
        views += [HINTS, VARIANTS]
    if len(networks) > 1:
        views.append(NETWORKS)
    if seen.in_colour:
        views.append(TRUTH)
    if len(views) == 1:
        return BEFORE
    chosen = st.segmented_control(
        "View", views, default=BEFORE, key=f"view-{drop.key}", label_visibility="collapsed", required=True
    )
    return chosen or BEFORE


def _slider(drop: Drop, seen: Preview, look: Look, *, against_truth: bool) -> None:
    prediction = predict(drop, look.colorizer)
    in_colour = render(seen.gray, prediction, look.taste)
    if against_truth:
        st.caption(
            f"Left gray, it is {_psnr(seen, seen.gray)} PSNR from its own colours; "
            f"coloured by {look.colorizer.name}, {_psnr(seen, in_colour)}. Higher is closer."
        )
        before_after(in_colour, seen.picture.pixels, key=f"truth-{drop.key}", tags=(look.colorizer.name, "Original"))
        return
    # Only one picture at a time is shown at 100 %, since that sends all its pixels to the browser.
    zoomed = st.session_state.get("zoomed") == drop.key

    def zoom() -> None:
        st.session_state["zoomed"] = None if zoomed else drop.key

    gray = seen.gray
    if zoomed and seen.is_smaller:
        picture = images.decode(drop.data, drop.name)
        gray = to_gray(picture.pixels)
        in_colour = colorize_picture(picture, prediction, look.taste).pixels
        in_colour = to_eight(in_colour) if in_colour.dtype == np.uint16 else in_colour
    if look.saving.mark:
        in_colour = with_mark(in_colour)
    before_after(gray, in_colour, key=f"slider-{drop.key}", full=zoomed, on_zoom=zoom)


def _all_networks(drop: Drop, seen: Preview, taste: Taste, networks: list[str]) -> None:
    small = images.fit(seen.picture, GRID_SIDE)
    gray = to_gray(small.pixels)
    pictures = {"Gray": gray}
    for name in networks:
        try:
            pictures[name] = render(gray, predict(drop, colorizer_for(name)), taste)
        except InputError as error:
            show_error(error)
    if seen.in_colour:
        pictures["Original"] = small.pixels
    for number, (name, pixels) in enumerate(pictures.items()):
        if number % 2 == 0:
            row = st.columns(2)
        with row[number % 2]:
            st.image(shown(pixels), width="stretch")
            nearness = (
                f" · {metrics.psnr_of(small.pixels, pixels):.1f} dB" if seen.in_colour and name != "Original" else ""
            )
            st.caption(f"**{plain(name)}**{nearness}")


def _facts(drop: Drop, seen: Preview) -> None:
    width, height = seen.size
    depth = " · 16 bits" if seen.bits == 16 else ""
    st.markdown(f"**{plain(drop.name)}** · {width} x {height} pixels{depth}")
    if seen.in_colour:
        st.caption("This picture has colours of its own; they were ignored.")
    for note in seen.picture.notes:
        st.caption(plain(note))


def _download(drop: Drop, look: Look) -> None:
    name = output_name(drop.name, look.saving.format_for(preview(drop).picture))
    st.download_button(
        "Download",
        data=lambda: result(drop, look)[1],
        file_name=name,
        icon=":material/download:",
        type="primary",
        width="stretch",
        on_click="ignore",
        key=f"download-{drop.key}",
    )


def _psnr(seen: Preview, pixels: np.ndarray) -> str:
    return f"{metrics.psnr_of(seen.picture.pixels, pixels):.1f} dB"
