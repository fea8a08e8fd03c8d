"""The settings at the top of the page."""

import streamlit as st

from colorizer.encoding import OUTPUT_FORMATS, SAME, Saving
from colorizer.inference import Taste
from colorizer.prediction import NATURAL
from pages.shared.models import default_run, describe_run, has_likelihoods

_FORMATS = {
    SAME: "Same as the original",
    "png": "PNG, lossless",
    "jpeg": "JPEG",
    "webp": "WebP",
    "tiff": "TIFF, lossless",
}
assert _FORMATS.keys() == {SAME, *OUTPUT_FORMATS}


def choose(names: list[str]) -> tuple[str, Taste, Saving]:
    """Show the settings.

    Args:
        names: of the runs to choose from, at least one.

    Returns:
        The chosen run, how strong and warm colours are wanted, and how results are written.
    """
    network, colour, warm, save = st.columns([3, 3, 3, 2], gap="medium")
    start = default_run(names)
    model = network.selectbox("Network", names, index=names.index(start) if start else 0)
    saturation = colour.slider("Saturation", 0, 200, 100, step=5, format="%d %%", help="How strong the colours are.")
    warmth = warm.slider(
        "Warmth", -100, 100, 0, step=5, format="%d %%", help="To the right as by candlelight, to the left as in shade."
    )
    with (
        save.container(vertical_alignment="bottom", height="stretch"),
        st.popover("Saving", icon=":material/tune:", width="stretch"),
    ):
        saving = _saving()
    st.caption(describe_run(model))
    return model, Taste(saturation / 100, warmth / 100, _vividness(model)), saving


def _vividness(run: str) -> float:
    """A slider, if the network knows how likely each colour is."""
    if not has_likelihoods(run):
        return NATURAL
    return (
        st.slider(
            "Vividness", 0, 100, round(100 * NATURAL), step=5, format="%d %%",
            help="To the left the safe colours, dull where the network is unsure; to the right bolder guesses.",
        )
        / 100
    )  # fmt: skip


def _saving() -> Saving:
    file_format = st.selectbox("Format", list(_FORMATS), format_func=_FORMATS.__getitem__)
    quality = st.slider("Quality", 1, 100, 95, disabled=file_format in ("png", "tiff"), help="Of JPEG and WebP files.")
    keep_place = st.checkbox("Keep the place (GPS)", help="Camera, author and date are kept in any case.")
    mark = st.checkbox("Visible mark", help="A small line in the corner says that the colours were generated.")
    st.caption("Every file says in its metadata that its colours were generated, by which network and when.")
    return Saving(file_format, quality, keep_place, mark)
