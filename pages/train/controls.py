"""The header of a run: what it is, and the buttons that control it."""

from collections.abc import Callable

import streamlit as st

from colorizer import jobs
from colorizer.errors import UserError
from colorizer.runs import Run, load_runs
from colorizer.text import file_size
from pages.shared.labels import label
from pages.shared.text import plain, show_error
from pages.train.form import FORM_OPEN, TEMPLATE
from pages.train.table import CHOSEN


def show_header(run: Run, status: jobs.Status) -> None:
    """Show the name of a run and its buttons, and why it ended if that needs a reason."""
    facts, buttons = st.columns([1, 1], vertical_alignment="center")
    with facts:
        st.markdown(f"#### {plain(run.name)} :small[· {label(run.config.architecture)} on {plain(run.config.dataset)}]")
    with buttons.container(horizontal=True, horizontal_alignment="right"):
        if not run.is_shipped:
            _main_buttons(run, status)
            _notes(run)
        _more(run, status)
    if status.message and status.state != "unknown":
        (st.error if status.state == "failed" else st.warning)(plain(status.message), icon=":material/warning:")


def _main_buttons(run: Run, status: jobs.Status) -> None:
    if status.state in ("starting", "running"):
        if st.button("Pause", icon=":material/pause:", disabled=jobs.pause_requested(run.folder)):
            _request(run.pause, "Pausing: saving progress first.")
    elif status.state == "queued":
        pass  # Its buttons are in the queue.
    elif not run.is_finished():
        can_resume = run.state_file.exists() or status.is_active
        if st.button("Resume" if can_resume else "Start", icon=":material/play_arrow:", type="primary"):
            _do(run.resume if can_resume else run.start)
    elif run.state_file.exists():
        with st.popover("Extend", icon=":material/add:"):
            more = st.number_input("Epochs to add", 1, 100_000, max(1, run.config.epochs // 2), key=f"more-{run.name}")
            st.caption("The learning rate schedule starts over.")
            if st.button("Continue training", icon=":material/play_arrow:", type="primary"):
                _do(lambda: run.extend(run.config.epochs + int(more)).resume())
    if status.is_active and st.button("Stop", icon=":material/stop:", help="Progress is saved; you can resume later."):
        _request(run.stop, "Stopping: saving progress first.")


def _notes(run: Run) -> None:
    with st.popover("Notes", icon=":material/edit_note:"):
        notes, tags = run.notes()
        known = sorted({tag for other in load_runs()[0] for tag in other.notes()[1]} | set(tags))
        new_tags = st.multiselect("Tags", known, tags, key=f"tags-{run.name}", accept_new_options=True)
        new_notes = st.text_area("Notes", notes, key=f"notes-{run.name}", max_chars=10_000)
        if (new_notes, new_tags) != (notes, tags):
            try:
                run.write_notes(new_notes, new_tags)
            except UserError as error:
                show_error(error)
            else:
                st.rerun()


def _more(run: Run, status: jobs.Status) -> None:
    with st.popover("More", icon=":material/more_horiz:"):
        st.button(
            "New run with these settings", icon=":material/content_copy:", width="stretch",
            on_click=_use_as_template, args=(run.name,),
        )  # fmt: skip
        if run.is_shipped:
            st.caption("This run ships with Colorizer and cannot be renamed or deleted.")
            return
        is_busy = status.is_active or status.state == "queued"
        name = st.text_input("New name", run.name, max_chars=64, key=f"rename-{run.name}", disabled=is_busy)
        if st.button("Rename", icon=":material/edit:", width="stretch", disabled=is_busy or name == run.name):
            _do(lambda: st.query_params.update(run=run.rename(name.strip()).name))
        if st.button("Delete …", icon=":material/delete:", width="stretch", disabled=is_busy):
            _confirm_deletion(run)


def _use_as_template(name: str) -> None:
    st.session_state[TEMPLATE], st.session_state[FORM_OPEN] = f"run:{name}", True


@st.dialog("Delete this run?")
def _confirm_deletion(run: Run) -> None:
    size = sum(path.stat().st_size for path in run.folder.rglob("*") if path.is_file())
    st.markdown(
        f"**{plain(run.name)}** has {len(run.metrics())} epochs and takes up {file_size(size)}. "
        "Its weights, metrics, and sample images cannot be recovered."
    )
    with st.container(horizontal=True):
        if st.button("Delete permanently", icon=":material/delete:", type="primary"):
            _do(lambda: _delete(run))
        if st.button("Cancel"):
            st.rerun()


def _delete(run: Run) -> None:
    run.delete()
    del st.query_params["run"]
    st.session_state.pop(CHOSEN, None)


def _request(action: Callable[[], None], message: str) -> None:
    try:
        action()
    except UserError as error:  # For example, it has just ended.
        show_error(error)
    else:
        st.toast(message, icon=":material/save:")


def _do(action: Callable[[], object]) -> None:
    try:
        action()
    except UserError as error:
        show_error(error)
    else:
        st.rerun()
