"""The settings at the top of the page."""

from typing import Any

import streamlit as st

from colorizer.imaging.encode import OUTPUT_FORMATS, SAME, Saving
from colorizer.inference.rendering import ColorOptions
from colorizer.models.prediction import NATURAL
from pages.shared.models import default_run, describe_run, predicts_distribution

_FORMATS = {
    SAME: "Same as the original",
    "png": "PNG, lossless",
    "jpeg": "JPEG",
    "webp": "WebP",
    "tiff": "TIFF, lossless",
}
assert _FORMATS.keys() == {SAME, *OUTPUT_FORMATS}


def choose(names: list[str]) -> tuple[str, ColorOptions, Saving]:
    """Show the settings.

    Args:
        names: of the runs to choose from, at least one.

    Returns:
        The chosen run, how colors are wanted, and how results are written.
    """
    network, about, save = st.columns([3, 6, 2], gap="medium", vertical_alignment="bottom")
    start = default_run(names)
    model = network.selectbox("Network", names, index=names.index(start) if start else 0)
    about.caption(describe_run(model))
    with save.popover("Saving", icon=":material/tune:", width="stretch"):
        saving = _saving()
    likelihoods = predicts_distribution(model)
    sliders = st.columns(3 if likelihoods else 2, gap="medium")
    vividness = NATURAL
    if likelihoods:
        vividness = _percent(
            sliders[0], "Vividness", 0, 100, NATURAL,
            "To the left safe colors, dull where the network is unsure; to the right bolder guesses.",
        )  # fmt: skip
    saturation = _percent(sliders[-2], "Saturation", 0, 200, 1, "How strong the colors are.")
    warmth = _percent(
        sliders[-1], "Warmth", -100, 100, 0, "To the right as by candlelight, to the left as in shade."
    )  # fmt: skip
    return model, ColorOptions(saturation, warmth, vividness), saving


def _percent(place: Any, label: str, low: int, high: int, start: float, about: str) -> float:
    value: int = place.slider(label, low, high, round(100 * start), step=5, format="%d %%", help=about)
    return value / 100


def _saving() -> Saving:
    file_format = st.selectbox("Format", list(_FORMATS), format_func=_FORMATS.__getitem__)
    quality = st.slider("Quality", 1, 100, 95, disabled=file_format in ("png", "tiff"), help="Of JPEG and WebP files.")
    keep_place = st.checkbox("Keep the place (GPS)", help="Camera, author and date are kept in any case.")
    mark = st.checkbox("Visible mark", help="A small line in the corner says that the colors were generated.")
    st.caption("Every file says in its metadata that its colors were generated, by which network and when.")
    return Saving(file_format, quality, keep_place, mark)
