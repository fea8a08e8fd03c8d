"""Unfinished datasets: their progress, and buttons to pause, resume and discard them."""

import streamlit as st

from colorizer import jobs
from colorizer.datasets import dataset_names
from colorizer.datasets.prepare import Preparation, list_preparations
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
    """Show all unfinished datasets. Return the name of one that has just been finished."""
    jobs.reap()
    preparations = list_preparations()
    watched: set[str] = st.session_state.setdefault(_WATCHED, set())
    gone = watched - {preparation.name for preparation in preparations}
    watched -= gone
    finished = next((name for name in sorted(gone) if name in dataset_names()), None)
    if finished:
        st.toast(f"The dataset {finished} is ready.", icon=":material/check_circle:")
    for preparation in preparations:
        with st.container(border=True):
            _show(preparation, watched)
    return finished


def _show(preparation: Preparation, watched: set[str]) -> None:
    status = preparation.status()
    label, color = _STATES.get(status.state, ("Unfinished", "gray"))
    facts, buttons = st.columns([3, 2], vertical_alignment="center")
    with facts.container(horizontal=True, vertical_alignment="center"):
        st.badge(label, color=color)  # type: ignore[arg-type]
        st.markdown(f"**{plain(preparation.name)}**", width="content")
    with buttons.container(horizontal=True, horizontal_alignment="right"):
        if status.is_active:
            watched.add(preparation.name)
            if st.button("Pause", icon=":material/pause:", key=f"pause-{preparation.name}"):
                preparation.pause()
                st.toast("Pausing …", icon=":material/pause:")
        elif status.state != "failed" or (preparation.folder / "dataset").exists():
            _resume_button(preparation)
        with st.popover("Discard", icon=":material/delete:"):
            st.markdown("Delete everything prepared so far? The sources are kept.")
            if st.button("Discard dataset", type="primary", key=f"discard-{preparation.name}"):
                watched.discard(preparation.name)
                preparation.discard()
                st.rerun()
    if status.state == "failed":
        st.error(plain(status.message), icon=":material/error:")
    elif status.state == "interrupted":
        st.warning("The process ended unexpectedly. Its progress is saved.", icon=":material/warning:")
    # Refreshes only while a process runs; the buttons stay outside, so no click is lost.
    refresh = _REFRESH_SECONDS if status.is_active else None
    st.fragment(_show_progress, run_every=refresh)(preparation, status.state)


def _resume_button(preparation: Preparation) -> None:
    if st.button("Resume", icon=":material/play_arrow:", type="primary", key=f"resume-{preparation.name}"):
        try:
            preparation.resume()
        except UserError as error:
            show_error(error)
        else:
            st.rerun()


def _show_progress(preparation: Preparation, state: str) -> None:
    jobs.reap()
    status = preparation.status()
    if not preparation.folder.exists() or status.state != state:
        st.rerun()
    if not status.progress:
        if status.is_active:
            st.progress(0.0, text="Starting …")
        return
    fraction, text = describe_progress(status.progress, status.is_active)
    st.progress(fraction, text=text)


def describe_progress(progress: dict[str, object], is_active: bool) -> tuple[float, str]:
    """Return the length of a progress bar, from 0 to 1, and a text that agrees with it.

    Args:
        progress: of a preparation's status: task, done, total, fraction, seconds_left. Other values are ignored.
        is_active: whether to show the time left.
    """
    numbers = {key: value for key, value in progress.items() if isinstance(value, int | float)}
    done, total, left = (numbers.get(key, 0) for key in ("done", "total", "seconds_left"))
    fraction = min(max(numbers.get("fraction", 0.0), 0.0), 1.0)
    count = f": {done:,} of {total:,}" if total else f": {done:,}" if done else ""
    text = f"{fraction:.0%} · {plain(str(progress.get('task', '')))}{count}"
    return fraction, f"{text} · {duration(left)} left" if left and is_active else text
