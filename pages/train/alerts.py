"""Alerts: a toast when a run ends, fails, or begins to overfit, and the progress in the browser's title."""

import streamlit as st

from colorizer import jobs
from colorizer.runs import Run
from colorizer.runs.curve import overfitting_since
from pages.shared.text import plain
from pages.train.readers import metrics_of

_SEEN, _OVERFITTING = "train-seen-states", "train-overfitting"
_ENDED = {
    "finished": ("has finished", ":material/check_circle:"),
    "failed": ("has failed", ":material/error:"),
    "interrupted": ("was interrupted", ":material/warning:"),
    "stopped": ("has stopped", ":material/stop_circle:"),
}
_SYMBOLS = {"running": "▶", "starting": "▶", "paused": "⏸", "finished": "✔", "failed": "✖", "interrupted": "⚠"}


def alert_changes(runs: list[Run], states: dict[str, str]) -> None:
    """Show a toast for each run that ended since this session last saw it, or that has begun to overfit."""
    seen: dict[str, str] = st.session_state.get(_SEEN, states)
    st.session_state[_SEEN] = states
    for name, state in states.items():
        if state in _ENDED and seen.get(name) in ("starting", "running"):
            verb, icon = _ENDED[state]
            st.toast(f"**{plain(name)}** {verb}.", icon=icon, duration="long")
    for run in runs:
        if states[run.name] == "running":
            alert_overfitting(run)


def alert_overfitting(run: Run) -> None:
    """Show a toast once if an active run has begun to overfit."""
    known: set[str] = st.session_state.setdefault(_OVERFITTING, set())
    if run.name not in known and (since := overfitting_since(metrics_of(run))) is not None:
        known.add(run.name)
        st.toast(
            f"**{plain(run.name)}** has been overfitting since epoch {since}.",
            icon=":material/trending_up:",
            duration="long",
        )


def show_title(run: Run, status: jobs.Status) -> None:
    """Show the state of a run in the browser's title."""
    share = status.progress.get("share")
    percent = f" {min(share, 1):.0%}" if status.is_active and isinstance(share, float) else ""
    symbol = _SYMBOLS.get(status.state, "")
    st.set_page_config(page_title=f"{symbol}{percent} {run.name} · Train".strip())
