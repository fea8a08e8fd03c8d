"""The Home page: drop a photo, see what the app does, go to its pages."""

from pathlib import Path

import numpy as np
import streamlit as st

from colorizer.errors import UserError
from colorizer.imaging.bundled import OLD_PHOTOGRAPHS, PHOTOGRAPHS, load
from colorizer.imaging.html import data_url
from colorizer.inference import to_gray
from pages.colorize.controls import preload_widgets
from pages.colorize.session import uploader
from pages.shared.before_after import before_after
from pages.shared.models import colorizer_for, default_run, usable_runs
from pages.shared.pictures import to_jpeg
from pages.shared.template import show_template
from pages.shared.text import show_error

COLORIZE = "pages/colorize/page.py"
PAGES = (
    ("prepare", "Prepare data", "Turn folders, archives, or the bundled sample into a dataset for training."),
    ("train", "Train", "Train a network and watch its learning curves and sample images improve, epoch by epoch."),
    ("compare", "Compare", "Run the same pictures through several networks, with metrics and blind votes."),
)
_FOLDER = Path(__file__).parent
EXAMPLES = ("astronaut", "Nagasaki", "Alps")
_ASPECT = 4 / 3
"""Width over height of the examples."""
_SIDE = 1000
"""Longest side in pixels of the examples."""
_PHOTOGRAPHS = {photograph.name: photograph for photograph in OLD_PHOTOGRAPHS + PHOTOGRAPHS}


def main() -> None:
    story, drop = st.columns([1, 1], gap="large", vertical_alignment="center")
    with story:
        st.title("Color for black-and-white photos", anchor=False)
        st.markdown(
            "Drop a photo and download it in color, at full size. Choose how vivid the colors are, or guide them with "
            "hints. Everything runs on this computer: your photos never leave it."
        )
    names = usable_runs()
    run = default_run(names)
    with drop:
        if run is None:
            st.info("There is no trained network yet. Train one first.", icon=":material/info:")
            st.page_link("pages/train/page.py", label="Train a network", icon=":material/model_training:")
        elif uploader("Drop black-and-white photos here", "drop-photos"):
            st.switch_page(COLORIZE)
    examples = st.container()
    _pages()
    if run is not None:
        with examples:
            _examples(run)
        preload_widgets()


def _examples(run: str) -> None:
    for column, name in zip(st.columns(len(EXAMPLES)), EXAMPLES, strict=True):
        with column:
            try:
                gray_url, colored_url, size = _colorize_example(name, run, id(colorizer_for(run)))
            except UserError as error:
                show_error(error)
                return
            before_after(gray_url, colored_url, size, key=f"example-{name}")
            st.caption(f"{_PHOTOGRAPHS[name].origin}. Colorized on this computer.")


@st.cache_data(max_entries=12, show_spinner="Colorizing …")
def _colorize_example(name: str, run: str, model: int) -> tuple[str, str, tuple[int, int]]:
    """Return an example as data URLs in gray and in color, cropped to one shape, and its size. Heads are at the top."""
    pixels = load(_PHOTOGRAPHS[name]).thumbnail(_SIDE).pixels
    height, width = pixels.shape[:2]
    crop_height, crop_width = min(height, round(width / _ASPECT)), min(width, round(height * _ASPECT))
    left = (width - crop_width) // 2
    colored = colorizer_for(run)(pixels)
    cropped = [picture[:crop_height, left : left + crop_width] for picture in (to_gray(pixels), colored)]
    gray_url, colored_url = (data_url(to_jpeg(np.ascontiguousarray(picture))) for picture in cropped)
    return gray_url, colored_url, (crop_width, crop_height)


def _pages() -> None:
    st.subheader("Train and compare your own networks", anchor=False)
    for column, (name, title, text) in zip(st.columns(len(PAGES), gap="medium"), PAGES, strict=True):
        with column.container(border=True, height="stretch", gap="xsmall", key=f"page-{name}"):
            show_template("screenshot.html.j2", _FOLDER, title=title, **_screenshots(name))
            st.page_link(f"pages/{name}/page.py", label=f"**{title}**")
            st.markdown(text)


@st.cache_data(show_spinner=False)
def _screenshots(name: str) -> dict[str, str]:
    """Return pictures of a page in the light and in the dark theme as data URLs (`benchmarks/app_screenshots.py`)."""
    return {theme: data_url((_FOLDER / f"{name}-{theme}.webp").read_bytes(), "webp") for theme in ("light", "dark")}


main()
