"""Measure how close a run's colors are to the ground truth, and what they cost. Reading results needs no PyTorch."""

from colorizer.evaluation.cache import Metrics
from colorizer.evaluation.evaluate import (
    ProgressCallback,
    evaluate_runs,
    evaluated_datasets,
    evaluation_computers,
    known_metrics,
    measurable_runs,
    picture_errors,
)

__all__ = [
    "Metrics",
    "ProgressCallback",
    "evaluate_runs",
    "evaluated_datasets",
    "evaluation_computers",
    "known_metrics",
    "measurable_runs",
    "picture_errors",
]
