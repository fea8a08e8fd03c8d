"""All photos of the session as thumbnails: name and state of each, one of them open.

Thumbnails fill in while the page is idle: first all of them in gray, then one after the other in color. When the
settings change, they are colored again in the same way.
"""

import time

import streamlit as st

from colorizer.errors import UserError
from colorizer.imaging.html import data_url
from colorizer.inference import to_gray
from pages.colorize.results import RenderSettings, colored_thumbnail, preview
from pages.colorize.session import Upload, session
from pages.shared.pictures import to_jpeg
from pages.shared.thumbnails import Thumbnail, thumbnails

_TICK_SECONDS = 0.5
_IDLE_SECONDS = 2.0
"""Since the user's last action: then the network may run for thumbnails without delaying an answer."""


def filmstrip(settings: RenderSettings) -> None:
    """Show the thumbnails, and fill in those that are missing while the page is open."""
    state = session()
    if state.thumbnail_settings != (settings.colorizer, settings.options):
        # Those in other colors keep their picture until they are colored again.
        state.thumbnail_settings = settings.colorizer, settings.options
        state.states.update({key: "Waiting" for key, known in state.states.items() if known == "Colorized"})
    if state.current:
        _color(state.current, settings)
    is_complete = all(state.states.get(upload.key) in ("Colorized", "Error") for upload in state.uploads)
    st.session_state["last-action"] = time.monotonic()
    st.fragment(_strip, run_every=None if is_complete else 1.0)(settings, state.current)


def _strip(settings: RenderSettings, shown: Upload | None) -> None:
    state = session()
    if state.current != shown:
        st.rerun()  # A press runs only this fragment, but all of the page shows the open photo.
    if time.monotonic() - st.session_state["last-action"] > 0.5:
        _fill_in(settings)

    def detail(upload: Upload) -> str:
        return "Hints" if state.hints(upload) else state.states.get(upload.key, "…")

    items = [
        Thumbnail(upload.key, state.thumbnails.get(upload.key, ""), upload.name, detail(upload), title=upload.name)
        for upload in state.uploads
    ]
    current = state.current
    thumbnails(items, "Photos", "filmstrip", state.open, selected=current.key if current else None, layout="strip")


def _fill_in(settings: RenderSettings) -> None:
    """Make missing thumbnails for about half a second."""
    state = session()
    deadline = time.monotonic() + _TICK_SECONDS
    for upload in state.uploads:
        if upload.key not in state.states:
            try:
                state.thumbnails[upload.key] = data_url(to_jpeg(to_gray(preview(upload).thumbnail.pixels)))
                state.states[upload.key] = "Gray"
            except UserError:
                state.states[upload.key] = "Error"
            if time.monotonic() > deadline:
                return
    job = st.session_state.get("archive")
    is_idle = time.monotonic() - st.session_state["last-action"] > _IDLE_SECONDS and not (job and job.running)
    following = next((upload for upload in state.uploads if state.states[upload.key] in ("Gray", "Waiting")), None)
    if following is None:
        st.rerun()
    elif is_idle:
        _color(following, settings)


def _color(upload: Upload, settings: RenderSettings) -> None:
    state = session()
    try:
        state.thumbnails[upload.key] = colored_thumbnail(upload, settings)
        state.states[upload.key] = "Colorized"
    except UserError:
        state.states[upload.key] = "Error"
