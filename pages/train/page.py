"""Train: start runs, watch them, compare their curves, and pause, stop, and resume them."""

import streamlit as st

from colorizer import jobs
from colorizer.runs import Run, advance_queue, load_runs
from colorizer.runs.store import clean_leftovers
from pages.shared.text import plain
from pages.train.alerts import alert_changes, alert_overfitting, show_title
from pages.train.controls import show_header
from pages.train.dashboard import (
    DashboardSettings,
    chart_settings,
    has_points,
    show_details,
    show_downloads,
    show_live,
    show_log,
)
from pages.train.form import FORM_OPEN, show_form
from pages.train.queue import show_queue
from pages.train.scrubber import resend_frames
from pages.train.table import select_runs

REFRESH_SECONDS = 2.5
FIRST_POINT_SECONDS = 0.7  # People wait for the first point.
STATES_SECONDS = 3.0
LOG_SECONDS = 10.0


def main() -> None:
    _clean_leftovers_once()
    advance_queue()
    runs, damaged = load_runs()
    statuses = {run.name: run.status() for run in runs}
    title, search, button = st.columns([1, 2, 1], vertical_alignment="center")
    title.title("Train", anchor=False)
    is_open = st.session_state.get(FORM_OPEN, all(run.is_shipped for run in runs))
    with button.container(horizontal=True, horizontal_alignment="right"):
        if st.button("Close" if is_open else "New run", icon=":material/close:" if is_open else ":material/add:"):
            st.session_state[FORM_OPEN] = not is_open
            st.rerun()
    if is_open:
        started = show_form()
        if started:
            st.query_params["run"] = started
            st.session_state[FORM_OPEN] = False
            st.rerun()
    for name, reason in damaged.items():
        st.warning(f"{plain(name)}: {plain(reason)}", icon=":material/folder_off:")
    if not runs:
        _show_plain_title()
        st.info("No runs yet. Start one above.", icon=":material/info:")
        return
    show_queue()
    states = {name: status.state for name, status in statuses.items()}
    alert_changes(runs, states)
    chosen = select_runs(runs, statuses, search)
    st.fragment(_rerun_on_change, run_every=STATES_SECONDS)(states)
    if not chosen:
        _show_plain_title()
        st.info("Select a run in the table: click its name, or select several to compare them.", icon=":material/info:")
        return
    run, *others = chosen
    status = statuses[run.name]
    show_title(run, status)
    show_header(run, status)
    resend_frames()
    view = st.container()  # Above the settings of its chart.
    with st.container(horizontal=True):
        settings = chart_settings(run)
        show_downloads(run, others, settings)
    seconds = REFRESH_SECONDS if has_points(run) else FIRST_POINT_SECONDS
    # Only this fragment refreshes, and only while there is something to see: no click on a button is lost.
    with view:
        st.fragment(_show_live, run_every=seconds if status.is_active else None)(
            run, others, settings, states, has_points(run)
        )
    show_details(run)
    st.fragment(show_log, run_every=LOG_SECONDS if status.is_active else None)(run)


def _show_plain_title() -> None:
    st.set_page_config(page_title="Train · Colorizer")


@st.cache_resource
def _clean_leftovers_once() -> None:
    clean_leftovers()


def _rerun_on_change(states: dict[str, str]) -> None:
    """Redraw the page if the state of any run changed: by another tab, the trainer, or a kill."""
    jobs.reap()
    advance_queue()
    if {run.name: run.status().state for run in load_runs()[0]} != states:
        st.rerun()


def _show_live(
    run: Run, others: list[Run], settings: DashboardSettings, states: dict[str, str], had_points: bool
) -> None:
    status = run.status()
    if status.state != states[run.name] or has_points(run) != had_points:
        st.rerun()  # Every part of the page shows the same state, and with the first point there are downloads.
    show_live(run, others, status, settings)
    if status.state == "running":
        alert_overfitting(run)
    show_title(run, status)


main()
