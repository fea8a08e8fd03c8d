"""The settings at the top of the page."""

from typing import Any

import streamlit as st

from colorizer.imaging import OUTPUT_FORMATS, SaveOptions
from colorizer.imaging.encode import SAME
from colorizer.inference import ColorOptions
from colorizer.models.prediction import NATURAL
from pages.colorize.uploads import RenderSettings
from pages.shared.models import colorizer_for, default_run, describe_run

_FORMATS = {
    SAME: "Same as the original",
    "png": "PNG (lossless)",
    "jpeg": "JPEG",
    "webp": "WebP",
    "tiff": "TIFF (lossless)",
}
assert _FORMATS.keys() == {SAME, *OUTPUT_FORMATS}


def choose_settings(networks: list[str]) -> RenderSettings:
    """Show the settings and return those chosen.

    Args:
        networks: names of the runs to choose from, at least one.

    Raises:
        InputError: the chosen run or its weights cannot be loaded.
    """
    network, description, save = st.columns([3, 6, 2], gap="medium", vertical_alignment="bottom")
    default = default_run(networks)
    name = network.selectbox("Network", networks, index=networks.index(default) if default else 0)
    description.caption(describe_run(name))
    with save.popover("Output", icon=":material/tune:", width="stretch"):
        saving = _choose_saving()
    colorizer = colorizer_for(name)
    sliders = st.columns(3 if colorizer.predicts_distribution else 2, gap="medium")
    vividness = NATURAL
    if colorizer.predicts_distribution:
        vividness = _percent(
            sliders[0], "Vividness", 0, 100, NATURAL,
            "Left: safe colors, muted where the network is unsure. Right: bolder guesses.",
        )  # fmt: skip
    saturation = _percent(sliders[-2], "Saturation", 0, 200, 1, "The strength of the colors.")
    warmth = _percent(sliders[-1], "Warmth", -100, 100, 0, "Right: warm, as by candlelight. Left: cool, as in shade.")
    return RenderSettings(colorizer, ColorOptions(saturation, warmth, vividness), saving)


def _percent(column: Any, label: str, low: int, high: int, default: float, help: str) -> float:
    value: int = column.slider(label, low, high, round(100 * default), step=5, format="%d %%", help=help)
    return value / 100


def _choose_saving() -> SaveOptions:
    file_format = st.selectbox("Format", list(_FORMATS), format_func=_FORMATS.__getitem__)
    quality = st.slider("Quality", 1, 100, 95, disabled=file_format in ("png", "tiff"), help="For JPEG and WebP files.")
    keep_gps = st.checkbox("Keep location (GPS)", help="Camera, author and date are always kept.")
    mark = st.checkbox("Visible mark", help="A small line in the corner that says the colors were generated.")
    st.caption("The metadata of each file states that its colors were generated, by which network and when.")
    return SaveOptions(file_format, quality, keep_gps, mark)
