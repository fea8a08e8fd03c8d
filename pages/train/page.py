"""Start a training, watch it, pause it, stop it, go on with it."""

import streamlit as st

from colorizer import jobs, workspace
from colorizer.errors import UserError
from colorizer.runs import Run, advance_queue, load_run, run_names
from pages.shared.text import show_error
from pages.train.controls import head
from pages.train.dashboard import (
    Shown,
    choose_what_is_shown,
    has_curve,
    show_details,
    show_log,
    show_progress,
    show_run,
)
from pages.train.form import new_training
from pages.train.queue import show_queue
from pages.train.scrubber import send_film_again

REFRESH_SECONDS = 2.5
EAGER_SECONDS = 0.7  # Until there is a first point, which people wait for.
TRUTH_SECONDS = 3.0
LOG_SECONDS = 10.0
_CHOSEN, _OPEN = "chosen-run", "new-open"


def main() -> None:
    advance_queue()
    names = run_names()
    title, button = st.columns([3, 1], vertical_alignment="center")
    title.title("Train")
    is_open = st.session_state.get(_OPEN, not names)
    with button.container(horizontal=True, horizontal_alignment="right"):
        if st.button("Close" if is_open else "New training", icon=":material/close:" if is_open else ":material/add:"):
            st.session_state[_OPEN] = not is_open
            st.rerun()
    if is_open:
        started = new_training()
        if started:
            st.session_state[_CHOSEN], st.session_state[_OPEN] = started, False
            st.rerun()
    if not names:
        st.info("No runs yet. Start one above.", icon=":material/info:")
        return
    show_queue()
    states = _states()
    name = _choose(names, states)
    st.fragment(_keep_to_the_truth, run_every=TRUTH_SECONDS)(states)
    try:
        run = load_run(name)
    except UserError as error:
        show_error(error)
        return
    status = run.status()
    head(run, status)
    send_film_again()
    view = st.container()  # Above what chooses how it looks.
    shown = choose_what_is_shown(run, names)
    # It ticks only while there is something to see; the buttons stay outside, so no click is lost.
    with view:
        every = REFRESH_SECONDS if has_curve(run) else EAGER_SECONDS
        st.fragment(_watch, run_every=every if status.is_active else None)(run, shown, has_curve(run))
    show_details(run, shown)
    st.fragment(show_log, run_every=LOG_SECONDS if status.is_active else None)(run)


def _choose(names: list[str], states: dict[str, str]) -> str:
    # The address names the run, so a reload or a shared link shows the same one.
    wanted = st.query_params.get("run")
    if wanted in names and st.session_state.get(_CHOSEN) not in names:
        st.session_state[_CHOSEN] = wanted
    if st.session_state.get(_CHOSEN) not in names:
        st.session_state[_CHOSEN] = next((name for name in names if states[name] in ("running", "starting")), names[0])
    name = st.selectbox(
        "Run", names, key=_CHOSEN,
        format_func=lambda name: name if states.get(name) == "finished" else f"{name} ({states.get(name, 'new')})",
    )  # fmt: skip
    st.query_params["run"] = name
    return name


def _states() -> dict[str, str]:
    """How each run is, and whether its process lives."""
    checkpoints = ((name, jobs.read_status(workspace.checkpoints_folder() / name)) for name in run_names())
    return {name: status.state for name, status in checkpoints}


def _keep_to_the_truth(shown: dict[str, str]) -> None:
    """Draw the page anew when any run is not as shown, whoever changed it: another tab, the trainer, a kill."""
    jobs.reap()
    advance_queue()
    if _states() != shown:
        st.rerun()


def _watch(run: Run, shown: Shown, had_curve: bool) -> None:
    status = run.status()
    if status.is_active:
        show_progress(status)
    show_run(run, status, shown)
    if has_curve(run) != had_curve:
        st.rerun()  # With the first point there is something to download.


main()
