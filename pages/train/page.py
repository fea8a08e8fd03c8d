"""Start a training, watch it, stop it, go on with it."""

import streamlit as st

from colorizer import jobs
from colorizer.errors import InputError
from colorizer.runs import launcher
from colorizer.runs.store import Run, load_run, run_names
from pages.train.dashboard import show_run
from pages.train.form import new_training

REFRESH_SECONDS = 1.5
_CHOSEN = "chosen-run"
_STATES = {
    "starting": ("Starting", "blue"),
    "running": ("Running", "green"),
    "stopped": ("Stopped", "orange"),
    "finished": ("Finished", "gray"),
    "failed": ("Failed", "red"),
    "interrupted": ("Interrupted", "orange"),
    "unknown": ("Unknown", "gray"),
}


def main() -> None:
    st.title("Train")
    names = run_names()
    started = new_training(expanded=not names)
    if started:
        st.session_state[_CHOSEN] = started
        st.rerun()
    if not names:
        st.info("No runs yet. Start one above.", icon=":material/info:")
        return
    name = _choose(names)
    try:
        run = load_run(name)
    except InputError as error:
        st.error(str(error), icon=":material/error:")
        return
    status = run.status()
    _head(run, status)
    # It ticks only while there is something to see; the buttons stay outside, so no click is lost.
    st.fragment(_watch, run_every=REFRESH_SECONDS if status.is_active else None)(run, status.state)


def _choose(names: list[str]) -> str:
    # The address names the run, so a reload or a shared link shows the same one.
    wanted = st.query_params.get("run")
    if wanted in names and _CHOSEN not in st.session_state:
        st.session_state[_CHOSEN] = wanted
    name = st.selectbox("Run", names, key=_CHOSEN)
    st.query_params["run"] = name
    return name


def _head(run: Run, status: jobs.Status) -> None:
    label, color = _STATES.get(status.state, _STATES["unknown"])
    facts, buttons = st.columns([3, 2], vertical_alignment="center")
    with facts.container(horizontal=True, vertical_alignment="center"):
        st.badge(label, color=color)  # type: ignore[arg-type]
        st.markdown(f"**{run.name}** · {run.config.architecture} on {run.config.dataset}", width="content")
    if status.message:
        st.warning(status.message, icon=":material/warning:")
    with buttons.container(horizontal=True, horizontal_alignment="right"):
        if status.is_active and st.button("Stop and keep everything", icon=":material/stop:"):
            launcher.stop(run)
            st.toast("Stopping: the state is saved first.", icon=":material/save:")
        can_resume = status.state in ("stopped", "failed", "interrupted") and run.state_file.exists()
        if (can_resume or status.state in ("failed", "interrupted")) and st.button(
            "Resume" if can_resume else "Start again", icon=":material/play_arrow:", type="primary"
        ):
            try:
                launcher.resume(run)
            except InputError as error:
                st.error(str(error), icon=":material/error:")
            else:
                st.rerun()


def _watch(run: Run, state: str) -> None:
    jobs.reap()
    status = run.status()
    if status.state != state:
        st.rerun()
    show_run(run, status)


main()
