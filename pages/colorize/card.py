"""One file on the page: the picture, what is known of it, and its download."""

import numpy as np
import streamlit as st

from colorizer import metrics
from colorizer.errors import UserError
from colorizer.imaging import decode
from colorizer.imaging.encode import output_name
from colorizer.imaging.provenance import with_mark
from colorizer.imaging.uint16 import to_uint8
from colorizer.inference.rendering import ColorOptions, colorize_picture, render, to_gray
from pages.colorize.hints import hint_view, variants_view
from pages.colorize.upload import GRID_SIDE, Look, Preview, Upload, predict, preview, result
from pages.shared.before_after import before_after
from pages.shared.models import colorizer_for
from pages.shared.pictures import shown
from pages.shared.text import plain, show_error

BEFORE, HINTS, VARIANTS = "Before / after", "Color hints", "Variants"
NETWORKS, TRUTH = "All networks", "Against its own colors"


def card(upload: Upload, look: Look, networks: list[str]) -> None:
    """Show one file.

    Args:
        upload: the file.
        look: how its result is wanted.
        networks: names of all runs that can be compared.

    Raises:
        InputError: it cannot be read as a picture.
    """
    seen = preview(upload)
    with st.container(border=True):
        view = _choose_view(upload, seen, look, networks)
        if view == HINTS:
            hint_view(upload, look)
        elif view == VARIANTS:
            variants_view(upload, look)
        elif view == NETWORKS:
            _all_networks(upload, seen, look.options, networks)
        else:
            _slider(upload, seen, look, against_truth=view == TRUTH)
        facts, button = st.columns([3, 1], vertical_alignment="center")
        with facts:
            _facts(upload, seen)
        with button:
            _download(upload, look)


def _choose_view(upload: Upload, seen: Preview, look: Look, networks: list[str]) -> str:
    views = [BEFORE]
    if look.colorizer.predicts_distribution:
        views += [HINTS, VARIANTS]
    if len(networks) > 1:
        views.append(NETWORKS)
    if seen.in_color:
        views.append(TRUTH)
    if len(views) == 1:
        return BEFORE
    chosen = st.segmented_control(
        "View", views, default=BEFORE, key=f"view-{upload.key}", label_visibility="collapsed", required=True
    )
    return chosen or BEFORE


def _slider(upload: Upload, seen: Preview, look: Look, *, against_truth: bool) -> None:
    prediction = predict(upload, look.colorizer)
    in_color = render(seen.gray, prediction, look.options)
    if against_truth:
        st.caption(
            f"Left gray, it is {_psnr(seen, seen.gray)} PSNR from its own colors; "
            f"colored by {look.colorizer.name}, {_psnr(seen, in_color)}. Higher is closer."
        )
        before_after(in_color, seen.picture.pixels, key=f"truth-{upload.key}", tags=(look.colorizer.name, "Original"))
        return
    # Only one picture at a time is shown at 100 %, since that sends all its pixels to the browser.
    zoomed = st.session_state.get("zoomed") == upload.key

    def zoom() -> None:
        st.session_state["zoomed"] = None if zoomed else upload.key

    gray = seen.gray
    if zoomed and seen.is_smaller:
        picture = decode.decode(upload.data, upload.name)
        gray = to_gray(picture.pixels)
        in_color = colorize_picture(picture, prediction, look.options).pixels
        in_color = to_uint8(in_color) if in_color.dtype == np.uint16 else in_color
    if look.saving.mark:
        in_color = with_mark(in_color)
    before_after(gray, in_color, key=f"slider-{upload.key}", full=zoomed, on_zoom=zoom)


def _all_networks(upload: Upload, seen: Preview, options: ColorOptions, networks: list[str]) -> None:
    small = decode.fit(seen.picture, GRID_SIDE)
    gray = to_gray(small.pixels)
    pictures = {"Gray": gray}
    for name in networks:
        try:
            pictures[name] = render(gray, predict(upload, colorizer_for(name)), options)
        except UserError as error:
            show_error(error)
    if seen.in_color:
        pictures["Original"] = small.pixels
    for number, (name, pixels) in enumerate(pictures.items()):
        if number % 2 == 0:
            row = st.columns(2)
        with row[number % 2]:
            st.image(shown(pixels), width="stretch")
            nearness = (
                f" · {metrics.psnr_of(small.pixels, pixels):.1f} dB" if seen.in_color and name != "Original" else ""
            )
            st.caption(f"**{plain(name)}**{nearness}")


def _facts(upload: Upload, seen: Preview) -> None:
    width, height = seen.size
    depth = " · 16 bits" if seen.bits == 16 else ""
    st.markdown(f"**{plain(upload.name)}** · {width} x {height} pixels{depth}")
    if seen.in_color:
        st.caption("This picture has colors of its own; they were ignored.")
    for note in seen.picture.notes:
        st.caption(plain(note))


def _download(upload: Upload, look: Look) -> None:
    name = output_name(upload.name, look.saving.format_for(preview(upload).picture))
    st.download_button(
        "Download",
        data=lambda: result(upload, look)[1],
        file_name=name,
        icon=":material/download:",
        type="primary",
        width="stretch",
        on_click="ignore",
        key=f"download-{upload.key}",
    )


def _psnr(seen: Preview, pixels: np.ndarray) -> str:
    return f"{metrics.psnr_of(seen.picture.pixels, pixels):.1f} dB"
