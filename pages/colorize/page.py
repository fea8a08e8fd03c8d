"""Drop pictures, get them in colour."""

import math

import streamlit as st

from colorizer import images
from colorizer.errors import InputError
from colorizer.photographs import OLD_PHOTOGRAPHS, PHOTOGRAPHS
from pages.colorize.archive import archive
from pages.colorize.card import card
from pages.colorize.controls import choose
from pages.colorize.drop import Drop, Look
from pages.shared.models import colorizer_for, usable_runs
from pages.shared.text import show_error
from pages.shared.time_left import TimedProgress

_CARDS = 6
"""Files on the page at once: few enough for a slider to answer at once."""


def main() -> None:
    st.title("Colorize")
    names = usable_runs()
    if not names:
        st.info("No trained network is here yet. Train one first.", icon=":material/info:")
        st.page_link("pages/train/page.py", label="Train a network", icon=":material/model_training:")
        return
    try:
        drops = _uploads()
        model, taste, saving = choose(names)
        look = Look(colorizer_for(model), taste, saving)
    except InputError as error:
        show_error(error)
        return
    if not drops:
        _example(look, names)
        return
    if len(drops) > 1:
        archive(drops, look)
    _cards(drops, look, names)


def _uploads() -> list[Drop]:
    kinds = {"pictures": ":material/photo: Pictures", "folder": ":material/folder: A whole folder"}
    kind = st.segmented_control(
        "Drop",
        list(kinds),
        default="pictures",
        format_func=kinds.__getitem__,
        label_visibility="collapsed",
        required=True,
    )
    uploads = st.file_uploader(
        "Drop a folder of pictures here" if kind == "folder" else "Drop black-and-white pictures here",
        type=[suffix.lstrip(".") for suffix in images.SUFFIXES],
        accept_multiple_files="directory" if kind == "folder" else True,
        max_upload_size=images.MAX_BYTES // 2**20,
        help=f"Each {images.formats_sentence()[2:]} of up to {images.max_megapixels():g} megapixels. They stay on "
        "this computer, in memory.",
        key=f"uploads-{kind}",
    )
    return [Drop(upload.name, upload.getvalue(), upload.file_id) for upload in uploads]


def _cards(drops: list[Drop], look: Look, names: list[str]) -> None:
    pages = math.ceil(len(drops) / _CARDS)
    shown = st.session_state.get("cards", 1) if pages > 1 else 1
    first = (min(shown, pages) - 1) * _CARDS
    progress = TimedProgress("Colorizing")
    visible = drops[first : first + _CARDS]
    abreast = min(2, len(visible))
    for number, drop in enumerate(visible):
        progress.update(number / len(visible), f"Colorizing {number + 1} of {len(visible)}")
        if number % abreast == 0:
            row = st.columns(abreast)
        with row[number % abreast]:
            try:
                card(drop, look, names)
            except InputError as error:
                show_error(error)
    progress.done()
    if pages > 1:
        st.pagination(pages, key="cards")


def _example(look: Look, names: list[str]) -> None:
    st.caption("No picture at hand? Here is one to try.")
    photographs = {photograph.name: photograph for photograph in OLD_PHOTOGRAPHS + PHOTOGRAPHS}
    shown = st.segmented_control(
        "Example",
        list(photographs),
        default=next(iter(photographs)),
        format_func=lambda name: name.capitalize(),
        label_visibility="collapsed",
        required=True,
    )
    photograph = photographs[shown]
    drop = Drop(photograph.file.name, photograph.file.read_bytes(), f"example-{photograph.name}")
    card(drop, look, names)
    st.caption(f"Photograph: {photograph.origin}.")


main()
