"""The table of all runs: sort it, filter it, click a run to show it, tick several to overlay their curves."""

import time

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from colorizer import jobs
from colorizer.runs import Run
from colorizer.runs.curve import downsample
from colorizer.text import duration
from colorizer.workspace import DEFAULT_RUN
from pages.shared.labels import label
from pages.shared.text import plain
from pages.train.readers import metrics_of

STATES = {
    "queued": ("Queued", "blue"),
    "starting": ("Starting", "blue"),
    "running": ("Running", "green"),
    "paused": ("Paused", "orange"),
    "stopped": ("Stopped", "orange"),
    "finished": ("Finished", "gray"),
    "failed": ("Failed", "red"),
    "interrupted": ("Interrupted", "orange"),
}
NOT_STARTED = ("Not started", "gray")
MAX_OVERLAID = 8
CHOSEN = "train-chosen"
"""Key of the names of the selected runs."""
_VERSION = "train-table-version"
_SPARKLINE_POINTS = 30
_ROW_PIXELS, _MAX_ROWS = 35, 5


def select_runs(runs: list[Run], statuses: dict[str, jobs.Status], search: DeltaGenerator) -> list[Run]:
    """Show the table.

    Args:
        runs: all runs.
        statuses: their states, by name.
        search: where to show the filter, if there are many runs.

    Returns:
        The selected runs: first the one to show, then those to overlay.
    """
    by_name = {run.name: run for run in runs}
    rows = _order(runs, statuses)
    chosen = _chosen(by_name, default=rows[0].name)
    if len(rows) > _MAX_ROWS:
        words = search.text_input(
            "Filter", key="train-filter", placeholder="Filter by name, state, architecture, dataset, or tag",
            label_visibility="collapsed", icon=":material/search:",
        ).lower().split()  # fmt: skip
        rows = [run for run in rows if all(word in _searchable(run, statuses[run.name]) for word in words)]
    names = [run.name for run in rows]
    # Selected rows are known by their numbers, so another list of rows needs another key.
    key = f"runs-{st.session_state.get(_VERSION, 0)}-{hash(tuple(names))}"
    selected = [names.index(name) for name in chosen if name in names]
    with st.container(key="runs-table"):
        state = st.dataframe(
            _table(rows, statuses), key=key, on_select="rerun", selection_mode=["multi-row", "single-cell"],
            selection_default={"selection": {"rows": selected}}, hide_index=True, placeholder="",
            column_config=_COLUMNS, height=_ROW_PIXELS * (min(len(rows), _MAX_ROWS) + 1) + 3, alt="All runs",
        )  # fmt: skip
    chosen = _update(chosen, names, state.selection.rows, state.selection.cells)
    st.session_state[CHOSEN] = chosen
    st.query_params["run"] = chosen
    return [by_name[name] for name in chosen]


def _chosen(by_name: dict[str, Run], default: str) -> list[str]:
    """Return the names to select: those in the address, so that a reload or a shared link shows the same runs."""
    linked, stored = st.query_params.get_all("run"), st.session_state.get(CHOSEN)
    for name in linked:
        if name not in by_name:
            st.warning(
                f"There is no run named {plain(name)}. It may have been renamed or deleted.", icon=":material/link_off:"
            )
    chosen = [name for name in linked or stored or [] if name in by_name][:MAX_OVERLAID]
    if not chosen and (linked or stored is None):
        chosen = [default]
    if chosen != stored:
        _forget_selection()
    return chosen


def _update(chosen: list[str], names: list[str], rows: list[int], cells: list[tuple[int, str]]) -> list[str]:
    """Return the selection after the user's last click; the newest run comes first."""
    if cells:
        name = names[cells[0][0]]
        st.session_state[CHOSEN] = [name]
        st.query_params["run"] = [name]
        _forget_selection()
        st.rerun()
    ticked = [names[row] for row in rows if row < len(names)]
    hidden = [name for name in chosen if name not in names]  # Filtered out, but still selected.
    kept = [name for name in chosen if name in ticked or name in hidden]
    return [*(name for name in ticked if name not in kept), *kept][:MAX_OVERLAID]


def _forget_selection() -> None:
    st.session_state[_VERSION] = st.session_state.get(_VERSION, 0) + 1


def _order(runs: list[Run], statuses: dict[str, jobs.Status]) -> list[Run]:
    """Return active runs first, then the newest ones, then those that are shipped."""

    def key(run: Run) -> tuple[bool, bool, bool, float, str]:
        # The files of shipped runs are as old as the checkout, so their age orders nothing.
        age = 0.0 if run.is_shipped else -_started(run)
        is_study = run.is_shipped and run.name != DEFAULT_RUN
        return not statuses[run.name].is_active, run.is_shipped, is_study, age, run.name

    return sorted(runs, key=key)


def _started(run: Run) -> float:
    try:
        return (run.folder / "config.json").stat().st_mtime
    except OSError:
        return 0.0


def _searchable(run: Run, status: jobs.Status) -> str:
    state = STATES.get(status.state, NOT_STARTED)[0]
    return " ".join([run.name, state, label(run.config.architecture), run.config.dataset, *run.notes()[1]]).lower()


def _table(runs: list[Run], statuses: dict[str, jobs.Status]) -> pd.DataFrame:
    records = []
    for run in runs:
        metrics, status = metrics_of(run), statuses[run.name]
        losses = metrics.test_loss.to_numpy(float)
        records.append(
            {
                "State": STATES.get(status.state, NOT_STARTED)[0],
                "Run": run.name,
                "Architecture": label(run.config.architecture),
                "Dataset": run.config.dataset,
                "Best test loss": losses.min() if len(losses) else None,
                "Test loss": losses[downsample(len(losses), _SPARKLINE_POINTS)].tolist() if len(losses) > 1 else [],
                "Epochs": f"{len(losses)} / {run.config.epochs}",
                "Time": duration(metrics.seconds.iloc[-1]) if len(losses) else "",
                # A shipped run names no host: its files are as old as this copy of the repository, not as its training.
                "Started": time.strftime("%Y-%m-%d %H:%M", time.localtime(_started(run))) if status.host else "",
                "Tags": run.notes()[1],
            }
        )
    return pd.DataFrame(records)


_COLUMNS = {
    "Run": st.column_config.TextColumn(pinned=True),
    "Best test loss": st.column_config.NumberColumn(format="%.5f", help="Mean squared error on the test images."),
    "Test loss": st.column_config.LineChartColumn(width="small", help="Test loss by epoch."),
    "Tags": st.column_config.ListColumn(),
}
