"""The controls beside the photo."""

import streamlit as st

from colorizer.imaging.encode import OUTPUT_FORMATS, SAME, SaveOptions
from colorizer.inference import LOOKS, Colorizer, ColorOptions
from pages.colorize.results import RenderSettings, look_thumbnails
from pages.colorize.session import Upload
from pages.shared.models import default_run, describe_run, name_of
from pages.shared.thumbnails import Thumbnail, thumbnails

_FORMATS = {
    SAME: "Same as the original",
    "png": "PNG (lossless)",
    "jpeg": "JPEG",
    "webp": "WebP",
    "tiff": "TIFF (lossless)",
}
assert _FORMATS.keys() == {SAME, *OUTPUT_FORMATS}
_SLIDERS = {
    "vividness": ("Vividness", 0, 100, "Left: safe colors, muted where the network is unsure. Right: bolder guesses."),
    "saturation": ("Saturation", 0, 200, "The strength of the colors."),
    "warmth": ("Warmth", -100, 100, "Right: warmer, like candlelight. Left: cooler, like shade."),
}
_DEFAULTS: dict[str, int | bool] = {
    "vividness": round(100 * LOOKS["Natural"]),
    "saturation": 100,
    "warmth": 0,
    "contrast": False,
}
"""Those of sliders in percent."""


def adjust(colorizer: Colorizer) -> ColorOptions:
    """Show the sliders and return the options they stand for."""
    for name, default in _DEFAULTS.items():
        st.session_state.setdefault(name, default)
    with st.expander("Adjust", icon=":material/tune:"):
        for name, (label, low, high, help) in _SLIDERS.items():
            if name != "vividness" or colorizer.predicts_distribution:
                st.slider(label, low, high, step=5, format="%d%%", help=help, key=name, persist_state="session")
        st.toggle(
            "Restore contrast", key="contrast", persist_state="session",
            help="For faded photos and scans: stretches their brightness from black to white. The metadata of the "
            "result states it.",
        )  # fmt: skip
        st.button(
            "Reset",
            icon=":material/restart_alt:",
            on_click=lambda: st.session_state.update(_DEFAULTS),
            disabled=all(st.session_state[name] == default for name, default in _DEFAULTS.items()),
        )
    vividness, saturation, warmth = (st.session_state[name] / 100 for name in _SLIDERS)
    return ColorOptions(saturation, warmth, vividness, st.session_state["contrast"])


def choose_look(upload: Upload, settings: RenderSettings) -> None:
    """Show a thumbnail of each look; pressing one sets the vividness."""

    def pick(look: str) -> None:
        st.session_state["vividness"] = round(100 * LOOKS[look])

    pictures = look_thumbnails(upload, settings)
    current = next((look for look, vividness in LOOKS.items() if vividness == settings.options.vividness), None)
    items = [Thumbnail(look, url, look) for look, url in pictures.items()]
    thumbnails(items, "Look", "looks", pick, selected=current, layout="row", aspect=1)


def preload_widgets() -> None:
    """Make the browser load the code of this page's widgets, invisibly, while the user chooses the first photo."""
    with st.container(key="preload"):
        st.slider("Preload", 0, 1, key="preload-slider")
        st.toggle("Preload", key="preload-toggle")
        st.selectbox("Preload", [""], key="preload-selectbox")
        st.pills("Preload", [""], key="preload-pills")
        st.expander("Preload")
        st.popover("Preload")


def network_name() -> str:
    """Return the name of the chosen run."""
    name: str = st.session_state["network"]
    return name


def ensure_network(networks: list[str]) -> None:
    """Choose a network if none is chosen, or if the chosen one is gone."""
    if st.session_state.get("network") not in networks:
        st.session_state["network"] = default_run(networks)


def choose_network(networks: list[str]) -> None:
    """Show the choice of the network, with a description."""
    with st.expander("Network", icon=":material/hub:"):
        st.selectbox(
            "Network", networks, format_func=name_of, key="network", label_visibility="collapsed",
            persist_state="session",
        )  # fmt: skip
        st.caption(describe_run(network_name()))


def choose_saving() -> SaveOptions:
    """Show the choice of format and metadata."""
    with st.popover("Output", icon=":material/settings:", width="stretch"):
        file_format = st.selectbox(
            "Format", list(_FORMATS), format_func=_FORMATS.__getitem__, key="format", persist_state="session"
        )
        quality = st.slider(
            "Quality", 1, 100, 95, disabled=file_format in ("png", "tiff"), help="For JPEG and WebP files.",
            key="quality", persist_state="session",
        )  # fmt: skip
        keep_gps = st.checkbox(
            "Keep location (GPS)", help="Camera, author, and date are always kept.", key="gps", persist_state="session"
        )
        mark = st.checkbox(
            "Watermark", help="Adds a small note in the corner that the colors were generated.",
            key="mark", persist_state="session",
        )  # fmt: skip
        st.caption("The metadata of each file states that its colors were generated, by which network, and when.")
    return SaveOptions(file_format, quality, keep_gps, mark)


def describe_settings(settings: RenderSettings) -> str:
    """Describe the settings in one line."""
    options = settings.options
    parts = [name_of(settings.colorizer.name)]
    if settings.colorizer.predicts_distribution:
        looks = {vividness: look for look, vividness in LOOKS.items()}
        parts.append(looks.get(options.vividness, f"vividness {options.vividness:.0%}"))
    if options.saturation != 1:
        parts.append(f"saturation {options.saturation:.0%}")
    if options.warmth:
        parts.append(f"warmth {options.warmth:.0%}")
    if options.restore_contrast:
        parts.append("restored contrast")
    file_format = settings.saving.file_format
    parts.append("original formats" if file_format == SAME else _FORMATS[file_format])
    return " · ".join(parts)
