"""Datasets in the making: how far they are, pause, go on, discard."""

import streamlit as st

from colorizer import jobs
from colorizer.datasets.dataset import dataset_names
from colorizer.datasets.prepare import launcher
from colorizer.datasets.prepare.workdir import Preparation, discard, preparations
from colorizer.errors import UserError
from colorizer.text import duration
from pages.shared.text import plain, show_error

_REFRESH_SECONDS = 0.7
_WATCHED = "watched-preparations"
_STATES = {
    "starting": ("Starting", "blue"),
    "running": ("Preparing", "green"),
    "stopped": ("Paused", "orange"),
    "failed": ("Failed", "red"),
    "interrupted": ("Interrupted", "orange"),
}


def show_preparations() -> str | None:
    """Show all datasets in the making; the name of one that was finished just now."""
    jobs.reap()
    found = preparations()
    watched: set[str] = st.session_state.setdefault(_WATCHED, set())
    gone = watched - {preparation.name for preparation in found}
    watched -= gone
    finished = next((name for name in sorted(gone) if name in dataset_names()), None)
    if finished:
        st.toast(f"The dataset {finished} is ready.", icon=":material/check_circle:")
    for preparation in found:
        with st.container(border=True):
            _show(preparation, watched)
    return finished


def _show(preparation: Preparation, watched: set[str]) -> None:
    status = preparation.status()
    label, color = _STATES.get(status.state, ("Half made", "gray"))
    facts, buttons = st.columns([3, 2], vertical_alignment="center")
    with facts.container(horizontal=True, vertical_alignment="center"):
        st.badge(label, color=color)  # type: ignore[arg-type]
        st.markdown(f"**{preparation.name}**", width="content")
    with buttons.container(horizontal=True, horizontal_alignment="right"):
        if status.is_active:
            watched.add(preparation.name)
            if st.button("Pause", icon=":material/pause:", key=f"pause-{preparation.name}"):
                launcher.pause(preparation)
                st.toast("It pauses at the next handful of pictures.", icon=":material/pause:")
        elif status.state != "failed" or (preparation.folder / "dataset").exists():
            _resume_button(preparation)
        with st.popover("Discard", icon=":material/delete:"):
            st.markdown("What was done so far will be gone. The sources stay.")
            if st.button("Discard it", type="primary", key=f"discard-{preparation.name}"):
                watched.discard(preparation.name)
                discard(preparation.name)
                st.rerun()
    if status.state == "failed":
        st.error(plain(status.message), icon=":material/error:")
    elif status.state == "interrupted":
        st.warning(
            "Its process ended without a word. What was done is kept: go on whenever you like.",
            icon=":material/warning:",
        )
    # It ticks only while there is something to see; the buttons stay outside, so no click is lost.
    st.fragment(_watch, run_every=_REFRESH_SECONDS if status.is_active else None)(preparation, status.state)


def _resume_button(preparation: Preparation) -> None:
    if st.button("Go on", icon=":material/play_arrow:", type="primary", key=f"go-on-{preparation.name}"):
        try:
            launcher.resume(preparation)
        except UserError as error:
            show_error(error)
        else:
            st.rerun()


def _watch(preparation: Preparation, state: str) -> None:
    jobs.reap()
    status = preparation.status()
    if not preparation.folder.exists() or status.state != state:
        st.rerun()
    progress = status.progress
    if not progress:
        if status.is_active:
            st.progress(0.0, text="Starting …")
        return
    text = f"{progress['what']}"
    if progress["total"]:
        text += f" · {progress['done']:,} of {progress['total']:,}"
    elif progress["done"]:
        text += f" · {progress['done']:,}"
    if progress["seconds_left"] and status.is_active:
        text += f" · {duration(progress['seconds_left'])} left"
    st.progress(min(progress["share"], 1.0), text=text)
