"""One upload on the page: a view of the picture, its facts, and its download."""

import numpy as np
import streamlit as st

from colorizer import metrics
from colorizer.errors import UserError
from colorizer.imaging import decode_image
from colorizer.imaging.encode import output_name
from colorizer.imaging.provenance import add_watermark
from colorizer.imaging.uint16 import to_uint8
from colorizer.inference import Colorizer, ColorOptions, colorize_picture, render, to_gray
from colorizer.inference.variants import MAX_VARIANTS, MIN_VARIANTS
from colorizer.models.distribution import ColorDistribution
from colorizer.models.hints import Hint
from colorizer.models.prediction import Color
from pages.colorize.hint_canvas import hint_canvas
from pages.colorize.uploads import (
    GRID_SIDE,
    Preview,
    RenderSettings,
    Upload,
    find_variants,
    get_hints,
    predict,
    preview,
    render_file,
    set_hints,
)
from pages.shared.before_after import before_after
from pages.shared.models import colorizer_for
from pages.shared.pictures import to_jpeg
from pages.shared.text import plain, show_error

BEFORE_AFTER, HINTS, VARIANTS = "Before / after", "Color hints", "Variants"
ALL_NETWORKS, ORIGINAL = "All networks", "Original colors"
_SUGGESTIONS = 7


def picture_card(upload: Upload, settings: RenderSettings, networks: list[str]) -> None:
    """Show one upload.

    Args:
        upload: the file.
        settings: how to render it.
        networks: names of all runs that can be compared.

    Raises:
        InputError: the file is not a readable image.
    """
    shown = preview(upload)
    with st.container(border=True):
        view = _choose_view(upload, shown, settings, networks)
        if view == HINTS:
            _hints(upload, settings)
        elif view == VARIANTS:
            _variants(upload, settings)
        elif view == ALL_NETWORKS:
            _all_networks(upload, shown, settings.options, networks)
        elif view == ORIGINAL:
            _original_colors(upload, shown, settings)
        else:
            _before_after(upload, shown, settings)
        facts, button = st.columns([3, 1], vertical_alignment="center")
        with facts:
            _facts(upload, shown)
        with button:
            _download(upload, shown, settings)


def _choose_view(upload: Upload, shown: Preview, settings: RenderSettings, networks: list[str]) -> str:
    views = [BEFORE_AFTER]
    if settings.colorizer.predicts_distribution:
        views += [HINTS, VARIANTS]
    if len(networks) > 1:
        views.append(ALL_NETWORKS)
    if shown.in_color:
        views.append(ORIGINAL)
    if len(views) == 1:
        return BEFORE_AFTER
    view = st.segmented_control(
        "View", views, default=BEFORE_AFTER, key=f"view-{upload.key}", label_visibility="collapsed", required=True
    )
    return view or BEFORE_AFTER


def _before_after(upload: Upload, shown: Preview, settings: RenderSettings) -> None:
    # At 100 % all pixels go to the browser, so only one picture at a time is shown that way.
    is_zoomed = st.session_state.get("zoomed") == upload.key

    def toggle_zoom() -> None:
        st.session_state["zoomed"] = None if is_zoomed else upload.key

    gray, prediction = shown.gray, predict(upload, settings.colorizer)
    if is_zoomed and shown.is_scaled_down:
        picture = decode_image(upload.data, upload.name)
        gray = to_gray(picture.pixels)
        colored = colorize_picture(picture, prediction, settings.options).pixels
        colored = to_uint8(colored) if colored.dtype == np.uint16 else colored
    else:
        colored = render(gray, prediction, settings.options)
    if settings.saving.watermark:
        colored = add_watermark(colored)
    before_after(gray, colored, key=f"slider-{upload.key}", full=is_zoomed, on_zoom=toggle_zoom)


def _original_colors(upload: Upload, shown: Preview, settings: RenderSettings) -> None:
    original, name = shown.picture.pixels, settings.colorizer.name
    colored = render(shown.gray, predict(upload, settings.colorizer), settings.options)
    gray_psnr, colored_psnr = metrics.psnr_of(original, shown.gray), metrics.psnr_of(original, colored)
    st.caption(
        f"PSNR to the original colors: {colored_psnr:.1f} dB when colored by {plain(name)}, {gray_psnr:.1f} dB when "
        "left gray. Higher is closer."
    )
    before_after(colored, original, key=f"original-{upload.key}", tags=(name, "Original"))


def _all_networks(upload: Upload, shown: Preview, options: ColorOptions, networks: list[str]) -> None:
    small = shown.picture.thumbnail(GRID_SIDE).pixels
    gray = to_gray(small)
    pictures = {"Gray": gray}
    for name in networks:
        try:
            pictures[name] = render(gray, predict(upload, colorizer_for(name)), options)
        except UserError as error:
            show_error(error)
    if shown.in_color:
        pictures["Original"] = small
    for number, (name, pixels) in enumerate(pictures.items()):
        if number % 2 == 0:
            row = st.columns(2)
        with row[number % 2]:
            st.image(to_jpeg(pixels), width="stretch")
            is_compared = shown.in_color and name != "Original"
            st.caption(f"**{plain(name)}**" + (f" · {metrics.psnr_of(small, pixels):.1f} dB" if is_compared else ""))


@st.fragment
def _hints(upload: Upload, settings: RenderSettings) -> None:
    """The picture, on which the user places color hints."""
    hints, selected_key = get_hints(upload), f"selected-hint-{upload.key}"
    selected = st.session_state.get(selected_key)
    if selected is not None and selected >= len(hints):
        selected = None

    def edit(places: list[tuple[float, float, Color | None]], number: int | None) -> None:
        edited = [Hint(x, y, color) for x, y, color in places if color is not None]
        new = [(x, y) for x, y, color in places if color is None]
        # A new hint starts with the most likely color there, so that a single click pins what is already right.
        edited += [Hint(x, y, _suggest(upload, settings.colorizer, hints, x, y)[0]) for x, y in new]
        set_hints(upload, edited)
        st.session_state[selected_key] = number

    suggestions: list[Color] = []
    if selected is not None:
        others = [hint for number, hint in enumerate(hints) if number != selected]
        suggestions = _suggest(upload, settings.colorizer, others, hints[selected].x, hints[selected].y)
    colored = render(preview(upload).gray, predict(upload, settings.colorizer), settings.options)
    hint_canvas(colored, hints, selected, suggestions, f"hints-{upload.key}", edit)


def _suggest(upload: Upload, colorizer: Colorizer, hints: list[Hint], x: float, y: float) -> list[Color]:
    prediction = predict(upload, colorizer, hints)
    assert isinstance(prediction, ColorDistribution)
    return prediction.suggest_colors(x, y, _SUGGESTIONS)


@st.fragment
def _variants(upload: Upload, settings: RenderSettings) -> None:
    """Several colorings of the picture, of which the user can choose one."""
    count = st.select_slider("Variants", range(MIN_VARIANTS, MAX_VARIANTS + 1), 4, key=f"variants-{upload.key}")
    user_hints, hints = get_hints(upload, with_variant=False), get_hints(upload)
    gray = to_gray(preview(upload).picture.thumbnail(GRID_SIDE).pixels)
    for number, variant in enumerate(find_variants(upload, settings.colorizer, count)):
        if number % 2 == 0:
            row = st.columns(2)
        with row[number % 2]:
            st.image(to_jpeg(render(gray, variant.prediction, settings.options)), width="stretch")
            key = f"variant-{upload.key}-{number}"
            if list(variant.hints) == hints:
                st.button("In use", key=key, icon=":material/check:", disabled=True)
            elif st.button("Use this one", key=key, icon=":material/palette:"):
                set_hints(upload, user_hints, variant=variant.hints[len(user_hints) :])
                st.rerun()
    if hints != user_hints and st.button("Back to the network's first choice", key=f"variant-{upload.key}-none"):
        set_hints(upload, user_hints)
        st.rerun()


def _facts(upload: Upload, shown: Preview) -> None:
    width, height = shown.size
    depth = " · 16 bits" if shown.bits == 16 else ""
    st.markdown(f"**{plain(upload.name)}** · {width} x {height} pixels{depth}")
    if shown.in_color:
        st.caption("This picture is in color. Its own colors were ignored.")
    for note in shown.picture.notes:
        st.caption(plain(note))


def _download(upload: Upload, shown: Preview, settings: RenderSettings) -> None:
    render = render_file(upload, settings)
    st.download_button(
        "Download",
        data=lambda: render()[1],
        file_name=output_name(upload.name, settings.saving.format_for(shown.picture)),
        icon=":material/download:",
        type="primary",
        width="stretch",
        on_click="ignore",
        key=f"download-{upload.key}",
    )
