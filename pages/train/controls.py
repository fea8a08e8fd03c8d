"""The head of a run: how it is, and the buttons that change that."""

from collections.abc import Callable

import streamlit as st

from colorizer import jobs
from colorizer.errors import UserError
from colorizer.models.registry import architecture
from colorizer.runs import Run
from pages.shared.text import plain, show_error
from pages.train.form import TEMPLATE

_STATES = {
    "queued": ("Waiting", "blue"),
    "starting": ("Starting", "blue"),
    "running": ("Running", "green"),
    "paused": ("Paused", "orange"),
    "stopped": ("Stopped", "orange"),
    "finished": ("Finished", "gray"),
    "failed": ("Failed", "red"),
    "interrupted": ("Interrupted", "orange"),
}


def head(run: Run, status: jobs.Status) -> None:
    """Show how a run is, and its buttons."""
    label, color = _STATES.get(status.state, ("Not started", "gray"))
    facts, buttons = st.columns([1, 1], vertical_alignment="center")
    with facts.container(horizontal=True, vertical_alignment="center"):
        st.badge(label, color=color)  # type: ignore[arg-type]
        about = f"**{run.name}** · {architecture(run.config.architecture).title} on {run.config.dataset}"
        st.markdown(about, width="content")
    with buttons.container(horizontal=True, horizontal_alignment="right"):
        _main_buttons(run, status)
        _more(run, status)
    if status.message and status.state != "unknown":
        (st.error if status.state == "failed" else st.warning)(plain(status.message), icon=":material/warning:")


def _main_buttons(run: Run, status: jobs.Status) -> None:
    if status.state in ("starting", "running"):
        if st.button("Pause", icon=":material/pause:", disabled=jobs.pause_requested(run.folder)):
            run.pause()
            st.toast("Pausing: the state is saved first.", icon=":material/save:")
    elif status.state == "queued":
        pass  # Its buttons are in the queue.
    elif not run.is_finished():
        can_resume = run.state_file.exists() or status.is_active
        if st.button("Resume" if can_resume else "Start", icon=":material/play_arrow:", type="primary"):
            _do(run.resume if can_resume else run.start)
    elif run.state_file.exists():
        with st.popover("More epochs", icon=":material/add:"):
            more = st.number_input("Epochs to add", 1, 100_000, max(1, run.config.epochs // 2), key=f"more-{run.name}")
            st.caption("The learning rate goes through its schedule once more.")
            if st.button("Go on", icon=":material/play_arrow:", type="primary"):
                _do(lambda: run.extend(run.config.epochs + int(more)).resume())
    if status.is_active and st.button("Stop and keep everything", icon=":material/stop:"):
        run.stop()
        st.toast("Stopping: the state is saved first.", icon=":material/save:")


def _more(run: Run, status: jobs.Status) -> None:
    with st.popover("More", icon=":material/more_horiz:"):
        st.button(
            "New training with its settings", icon=":material/content_copy:", width="stretch",
            on_click=_use_as_template, args=(run.name,),
        )  # fmt: skip
        is_busy = status.is_active or status.state == "queued"
        name = st.text_input("New name", run.name, max_chars=64, key=f"rename-{run.name}", disabled=is_busy)
        if st.button("Rename", icon=":material/edit:", width="stretch", disabled=is_busy or name == run.name):
            _do(lambda: st.query_params.update(run=run.rename(name.strip()).name))
        if st.button("Delete …", icon=":material/delete:", width="stretch", disabled=is_busy):
            _ask_before_deleting(run)


def _use_as_template(name: str) -> None:
    st.session_state[TEMPLATE], st.session_state["new-open"] = f"run:{name}", True


@st.dialog("Delete this run?")
def _ask_before_deleting(run: Run) -> None:
    size = sum(path.stat().st_size for path in run.folder.rglob("*") if path.is_file())
    st.markdown(
        f"**{run.name}** has {len(run.metrics())} epochs and takes {size / 1e6:,.0f} MB. "
        "Its weights, curve and pictures cannot be brought back."
    )
    with st.container(horizontal=True):
        if st.button("Delete for good", icon=":material/delete:", type="primary"):
            _do(run.delete)
        if st.button("Keep it"):
            st.rerun()


def _do(action: Callable[[], object]) -> None:
    try:
        action()
    except UserError as error:
        show_error(error)
    else:
        st.rerun()
