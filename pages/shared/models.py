"""The trained networks a page can offer, loaded once for all sessions."""

import streamlit as st

from colorizer.errors import UserError
from colorizer.evaluation import Metrics, known_metrics
from colorizer.inference import Colorizer
from colorizer.models.registry import architecture
from colorizer.runs import GRAY, Run, load_run, run_names
from colorizer.study import STUDY_DATASET, STUDY_RUNS
from colorizer.workspace import DEFAULT_RUN


def usable_runs() -> list[str]:
    """Return the names of the runs that have weights, shipped ones first."""
    names = []
    for name in run_names():
        try:
            if load_run(name).best_weights.is_file():
                names.append(name)
        except UserError:
            continue
    shipped = [name for name in (DEFAULT_RUN, *STUDY_RUNS) if name in names]
    return shipped + [name for name in names if name not in shipped]


def colorizer_for(run: str) -> Colorizer:
    """Return the colorizer of a run. It is stateless, so all sessions share it.

    Raises:
        InputError: the run or its weights cannot be loaded.
    """
    weights = load_run(run).best_weights
    return _load(run, weights.stat().st_mtime_ns if weights.is_file() else 0)


@st.cache_resource(max_entries=8, show_spinner=False)
def _load(run: str, modified: int) -> Colorizer:
    return Colorizer.load(run)


def name_of(run: str) -> str:
    """Return what to call a network: the title of its architecture if it is a shipped run, else the run's name."""
    try:
        return load_run(run).title
    except UserError:
        return run


def default_run(names: list[str]) -> str | None:
    """Return the run to offer first."""
    return DEFAULT_RUN if DEFAULT_RUN in names else (names[0] if names else None)


def figures_of(runs: list[Run], dataset_name: str = STUDY_DATASET) -> dict[str, Metrics]:
    """Return the metrics measured earlier, by run name."""
    return {entry["run"]: entry for entry in known_metrics(runs, dataset_name)}


def describe_run(name: str) -> str:
    """Describe a run in one or two sentences: what it is, and how it scored."""
    run = load_run(name)
    text = architecture(run.config.architecture).summary
    figures = figures_of([run])
    if name in figures:
        change = figures[name]["mse"] / figures[GRAY]["mse"] - 1
        text += (
            f" Mean squared error on {STUDY_DATASET}'s test images: {figures[name]['mse']:.4f}, "
            f"{abs(change):.0%} {'below' if change < 0 else 'above'} the grayscale baseline."
        )
    return text
