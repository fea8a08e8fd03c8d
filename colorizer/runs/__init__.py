"""Runs: a `Run` is a folder with settings, state, metrics and weights, and can be started, paused, and resumed."""

from colorizer.runs.config import TrainingConfig
from colorizer.runs.queue import advance as advance_queue
from colorizer.runs.store import GRAY, Run, active_runs, load_run, load_runs, queued_runs, run_names, runs_using

__all__ = [
    "GRAY",
    "Run",
    "TrainingConfig",
    "active_runs",
    "advance_queue",
    "load_run",
    "load_runs",
    "queued_runs",
    "run_names",
    "runs_using",
]
