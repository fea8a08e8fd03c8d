"""Upload pictures, get them in color."""

import math

import streamlit as st

from colorizer.errors import UserError
from colorizer.imaging import decode
from colorizer.imaging.bundled import OLD_PHOTOGRAPHS, PHOTOGRAPHS
from pages.colorize.archive import archive
from pages.colorize.card import card
from pages.colorize.controls import choose
from pages.colorize.upload import Look, Upload
from pages.shared.models import colorizer_for, usable_runs
from pages.shared.progress import TimedProgress
from pages.shared.text import show_error

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
        uploads = _uploads()
        model, options, saving = choose(names)
        look = Look(colorizer_for(model), options, saving)
    except UserError as error:
        show_error(error)
        return
    if not uploads:
        _example(look, names)
        return
    if len(uploads) > 1:
        archive(uploads, look)
    _cards(uploads, look, names)


def _uploads() -> list[Upload]:
    kinds = {"pictures": ":material/photo: Pictures", "folder": ":material/folder: A whole folder"}
    kind = st.segmented_control(
        "Upload",
        list(kinds),
        default="pictures",
        format_func=kinds.__getitem__,
        label_visibility="collapsed",
        required=True,
    )
    uploads = st.file_uploader(
        "Upload a folder of pictures here" if kind == "folder" else "Upload black-and-white pictures here",
        type=[suffix.lstrip(".") for suffix in decode.SUFFIXES],
        accept_multiple_files="directory" if kind == "folder" else True,
        max_upload_size=decode.MAX_BYTES // 2**20,
        help=f"Each {decode.formats_sentence()[2:]} of up to {decode.max_megapixels():g} megapixels. They stay on "
        "this computer, in memory.",
        key=f"uploads-{kind}",
    )
    return [Upload(upload.name, upload.getvalue(), upload.file_id) for upload in uploads]


def _cards(uploads: list[Upload], look: Look, names: list[str]) -> None:
    pages = math.ceil(len(uploads) / _CARDS)
    shown = st.session_state.get("cards", 1) if pages > 1 else 1
    first = (min(shown, pages) - 1) * _CARDS
    progress = TimedProgress("Colorizing")
    visible = uploads[first : first + _CARDS]
    abreast = min(2, len(visible))
    for number, upload in enumerate(visible):
        progress.update(number / len(visible), f"Colorizing {number + 1} of {len(visible)}")
        if number % abreast == 0:
            row = st.columns(abreast)
        with row[number % abreast]:
            try:
                card(upload, look, names)
            except UserError as error:
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
    upload = Upload(photograph.file.name, photograph.file.read_bytes(), f"example-{photograph.name}")
    card(upload, look, names)
    st.caption(f"Photograph: {photograph.origin}.")


main()
