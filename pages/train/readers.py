"""The growing files of runs. All sessions share one reader per file, so a refresh parses only new lines."""

from pathlib import Path

import pandas as pd
import streamlit as st

from colorizer.runs import Run
from colorizer.runs.curve import MetricsReader
from colorizer.runs.store import METRICS, STEP_METRICS


def metrics_of(run: Run) -> pd.DataFrame:
    """Return one row per finished epoch."""
    return _reader(str(run.folder / "metrics.jsonl"), METRICS).read()


def steps_of(run: Run) -> pd.DataFrame:
    """Return about one row per second of training."""
    return _reader(str(run.folder / "steps.jsonl"), STEP_METRICS).read()


@st.cache_resource(max_entries=256, show_spinner=False)
def _reader(path: str, columns: tuple[str, ...]) -> MetricsReader:
    return MetricsReader(Path(path), columns)
