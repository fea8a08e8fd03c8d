"""The Colorize page: upload black-and-white photographs and download them in color."""

import math

import streamlit as st

from colorizer.errors import UserError
from colorizer.imaging import MAX_BYTES, SUFFIXES
from colorizer.imaging.bundled import OLD_PHOTOGRAPHS, PHOTOGRAPHS
from colorizer.imaging.decode import accepted_formats, max_megapixels
from pages.colorize.archive import archive_panel
from pages.colorize.controls import choose_settings
from pages.colorize.uploads import RenderSettings, Upload
from pages.colorize.views import picture_card
from pages.shared.models import usable_runs
from pages.shared.progress import TimedProgress
from pages.shared.text import show_error

_CARDS_PER_PAGE = 6
"""Few enough for a slider to respond at once."""


def main() -> None:
    st.title("Colorize")
    networks = usable_runs()
    if not networks:
        st.info("There is no trained network yet. Train one first.", icon=":material/info:")
        st.page_link("pages/train/page.py", label="Train a network", icon=":material/model_training:")
        return
    try:
        uploads = _uploads()
        settings = choose_settings(networks)
    except UserError as error:
        show_error(error)
        return
    if not uploads:
        _example(settings, networks)
        return
    if len(uploads) > 1:
        archive_panel(uploads, settings)
    _cards(uploads, settings, networks)


def _uploads() -> list[Upload]:
    kinds = {"photos": ":material/photo: Photos", "folder": ":material/folder: Folder"}
    kind = st.segmented_control(
        "Upload",
        list(kinds),
        default="photos",
        format_func=kinds.__getitem__,
        label_visibility="collapsed",
        required=True,
    )
    files = st.file_uploader(
        "Drop a folder here" if kind == "folder" else "Drop black-and-white photos here",
        type=[suffix.lstrip(".") for suffix in SUFFIXES],
        accept_multiple_files="directory" if kind == "folder" else True,
        max_upload_size=MAX_BYTES // 2**20,
        help=f"Each {accepted_formats()[2:]} of up to {max_megapixels():g} megapixels. Photos stay on "
        "this computer, in memory.",
        key=f"uploads-{kind}",
    )
    return [Upload(file.name, file.getvalue(), file.file_id) for file in files]


def _cards(uploads: list[Upload], settings: RenderSettings, networks: list[str]) -> None:
    pages = math.ceil(len(uploads) / _CARDS_PER_PAGE)
    page = st.session_state.get("page", 1) if pages > 1 else 1
    first = (min(page, pages) - 1) * _CARDS_PER_PAGE
    visible = uploads[first : first + _CARDS_PER_PAGE]
    columns = min(2, len(visible))
    progress = TimedProgress("Colorizing")
    for number, upload in enumerate(visible):
        progress.update(number / len(visible), f"Colorizing {number + 1} of {len(visible)}")
        if number % columns == 0:
            row = st.columns(columns)
        with row[number % columns]:
            try:
                picture_card(upload, settings, networks)
            except UserError as error:
                show_error(error)
    progress.done()
    if pages > 1:
        st.pagination(pages, key="page")


def _example(settings: RenderSettings, networks: list[str]) -> None:
    st.caption("No photo at hand? Try one of these.")
    photographs = {photograph.name: photograph for photograph in OLD_PHOTOGRAPHS + PHOTOGRAPHS}
    name = st.segmented_control(
        "Example",
        list(photographs),
        default=next(iter(photographs)),
        format_func=lambda name: name.capitalize(),
        label_visibility="collapsed",
        required=True,
    )
    photograph = photographs[name]
    upload = Upload(photograph.file.name, photograph.file.read_bytes(), f"example-{photograph.name}")
    picture_card(upload, settings, networks)
    st.caption(f"Photograph: {photograph.origin}.")


main()
