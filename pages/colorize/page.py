"""The Colorize page: upload black-and-white photographs and download them in color."""

from typing import Literal

import streamlit as st

from colorizer.errors import UserError
from colorizer.imaging import MAX_BYTES
from colorizer.imaging.bundled import OLD_PHOTOGRAPHS, PHOTOGRAPHS, load
from colorizer.imaging.decode import accepted_formats
from colorizer.imaging.html import data_url
from colorizer.imaging.limits import max_megapixels
from colorizer.inference import Colorizer, to_gray
from pages.colorize.archive import archive_panel
from pages.colorize.controls import (
    adjust,
    choose_look,
    choose_network,
    choose_saving,
    ensure_network,
    network_name,
    preload_widgets,
)
from pages.colorize.filmstrip import filmstrip
from pages.colorize.results import THUMBNAIL_SIDE, RenderSettings, clear_caches, preview, render_file, result_name
from pages.colorize.session import MAX_SESSION_BYTES, Upload, session, uploader
from pages.colorize.views import HINTS, VARIANTS, choose_view, stage, undo_buttons
from pages.shared.models import colorizer_for, usable_runs
from pages.shared.pictures import to_jpeg
from pages.shared.text import plain, show_error
from pages.shared.thumbnails import Thumbnail, thumbnails

SIDE_BY_SIDE = "Download side by side"
_EXAMPLES = {
    "astronaut": "Portrait",
    "Nagasaki": "Harbor",
    "Alps": "Mountains",
    "dust bowl": "House",
    "sheep": "Flock",
    "chelsea": "Cat",
    "coffee": "Coffee",
}
"""Bundled photographs to try, with their labels."""
_PHOTOGRAPHS = {photograph.name: photograph for photograph in OLD_PHOTOGRAPHS + PHOTOGRAPHS}


def main() -> None:
    networks = usable_runs()
    if not networks:
        st.title("Colorize", anchor=False)
        st.info("There is no trained network yet. Train one first.", icon=":material/info:")
        st.page_link("pages/train/page.py", label="Train a network", icon=":material/model_training:")
        return
    ensure_network(networks)
    upload, start = session().current, st.empty()
    if upload is None:
        with start.container():
            _start()
    else:
        _toolbar()
        for message in session().errors:
            st.error(message, icon=":material/error:")
    try:
        colorizer = colorizer_for(network_name())  # Loaded also before there is a photo, so that the first is fast.
    except UserError as error:
        show_error(error)
        choose_network(networks)
    else:
        if upload:
            _workspace(upload, colorizer, networks)


def _start() -> None:
    """The page before there is a photo."""
    st.title("Colorize", anchor=False)
    st.markdown("Drop black-and-white photos and download them in color, at full size.")
    is_added = uploader("Drop black-and-white photos here", "drop-photos")
    with st.container(horizontal=True, vertical_alignment="center"):
        is_added |= uploader("Add a folder", "add-folder", folder=True)
        st.caption(
            f"{accepted_formats()[2:]}s, up to {max_megapixels():g} megapixels and "
            f"{MAX_BYTES // 2**20} MB each, {MAX_SESSION_BYTES // 2**30} GB in total. Photos stay in this "
            "computer's memory."
        )
    if is_added:
        st.rerun()
    preload_widgets()
    st.subheader("Or try one of these")
    items = [
        Thumbnail(name, _example_url(name), label, title=_PHOTOGRAPHS[name].origin) for name, label in _EXAMPLES.items()
    ]
    thumbnails(items, "Examples", "examples", lambda name: session().show_example(_PHOTOGRAPHS[name]), width="10rem")


@st.cache_data(max_entries=32, show_spinner=False)
def _example_url(name: str) -> str:
    return data_url(to_jpeg(to_gray(load(_PHOTOGRAPHS[name]).thumbnail(2 * THUMBNAIL_SIDE).pixels)))


def _toolbar() -> None:
    """One line above the photo: add photos, how many there are, remove them."""
    state = session()
    with st.container(horizontal=True, vertical_alignment="center", key="toolbar"):
        st.title("Colorize", anchor=False, width="content")
        is_added = uploader("Add photos", "add-photos")
        is_added |= uploader("Add a folder", "add-folder", folder=True)
        if state.uploads:
            st.markdown(f"{len(state.uploads)} photo{'s' * (len(state.uploads) > 1)}")
            with st.popover("Remove all", icon=":material/delete:"):
                st.markdown("Remove all photos, their hints, and the ZIP from this session?")
                st.button("Remove all photos", type="primary", on_click=_remove_all)
        else:
            st.button("Close example", icon=":material/close:", on_click=state.clear)
    if is_added:
        st.rerun()


def _remove_all() -> None:
    session().clear()
    clear_caches()


def _workspace(upload: Upload, colorizer: Colorizer, networks: list[str]) -> None:
    """The photo, and its controls beside it."""
    photo, panel = st.columns([3, 1], gap="medium")
    with panel, st.container(key="panel"):
        about, looks = st.container(), st.container()
        options = adjust(colorizer)
        views = st.container()
        saved, output = st.columns([3, 2], gap="xsmall")
        with output:
            saving = choose_saving()
        more = st.container()
        choose_network(networks)
    settings = RenderSettings(colorizer, options, saving)
    with photo, st.container(key="stage"):
        try:
            with about:
                _facts(upload)
            with views:
                view = choose_view(upload, colorizer, networks)
                if view in (HINTS, VARIANTS):
                    undo_buttons(upload)
            stage(upload, settings, view, networks)
            if colorizer.predicts_distribution:
                with looks:
                    choose_look(upload, settings)
            with saved:
                _download(upload, settings, "Download", type="primary", icon=":material/download:")
            with more:
                for loss in preview(upload).losses[saving.file_format]:
                    st.caption(plain(loss))
                _download(upload, settings, SIDE_BY_SIDE, icon=":material/splitscreen_right:")
        except UserError as error:
            show_error(error)
        if len(session().uploads) > 1:
            filmstrip(settings)
    if len(session().uploads) > 1:
        with more:
            archive_panel(settings)


def _facts(upload: Upload) -> None:
    state = session()
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="facts"):
        facts = st.container(width="content").empty()
        if upload in state.uploads:
            st.button(
                "Remove this photo", icon=":material/close:", type="tertiary", key="remove", on_click=state.remove,
                args=(upload,),
            )  # fmt: skip
    facts.markdown(f"**{plain(upload.name)}**")
    shown = preview(upload)
    width, height = shown.size
    depth = " · 16-bit" if shown.bits == 16 else ""
    facts.markdown(f"**{plain(upload.name)}**  \n{width} x {height} pixels{depth}")
    if upload == state.example:
        st.caption(_PHOTOGRAPHS[upload.key.removeprefix("example-")].origin)
    if shown.in_color:
        st.caption("This photo is in color. Its original colors are ignored.")
    for note in shown.picture.notes:
        st.caption(plain(note))


def _download(
    upload: Upload,
    settings: RenderSettings,
    label: str,
    *,
    icon: str,
    type: Literal["primary", "secondary"] = "secondary",
) -> None:
    is_pair = label == SIDE_BY_SIDE
    st.download_button(
        label,
        data=render_file(upload, settings, side_by_side=is_pair),
        file_name=result_name(upload, settings.saving, suffix="_before_after" if is_pair else ""),
        icon=icon,
        type=type,
        width="stretch",
        on_click="ignore",
        key=f"download-{'pair' if is_pair else 'result'}",
    )


main()
