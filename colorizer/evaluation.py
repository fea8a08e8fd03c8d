"""How good are the colours? Figures for runs on a dataset, beside the plain gray copy."""

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from colorizer import atomic, metrics
from colorizer.color import luma
from colorizer.datasets.batches import in_order
from colorizer.datasets.dataset import Dataset
from colorizer.inference import Colorizer
from colorizer.runs.store import GRAY, Run
from colorizer.training.learner import check_fits

Figures = dict[str, Any]
Progress = Callable[[str, float], None]
"""Called with what is being measured and the share done, 0 to 1."""

_BATCH = 500


def evaluate_runs(
    runs: Sequence[Run], dataset: Dataset, split: str = "test", progress: Progress = lambda what, share: None
) -> list[Figures]:
    """Measure runs; figures measured before are read from the run's folder if nothing changed.

    Args:
        runs: what to measure.
        dataset: what to measure on.
        split: `test` or `train`.
        progress: told how far it is.

    Returns:
        One dictionary per run, after one for the gray copy, with the keys `run`, `architecture`,
        `parameters` and those of `metrics.summarize`.

    Raises:
        InputError: a run's weights cannot be used or do not take images of this size.
    """
    for run in runs:
        check_fits(run.config, dataset)
    true = dataset.images(split)
    gray: Figures | None = None
    measured: list[Figures] = []
    for number, run in enumerate(runs):
        colorizer = Colorizer.load(run.name)
        key = {"weights": _digest(run.best_weights), "dataset": dataset.manifest.fingerprint, "split": split}
        entry = _read(run, dataset.name, split)
        if entry is None or entry["key"] != key:
            predictions = _predictions(true, colorizer, partial(_tell, progress, run.name, number, len(runs)))
            figures = {
                "run": run.name,
                "architecture": run.config.architecture,
                "parameters": colorizer.model.parameters_count,
                **metrics.summarize(true, predictions),
            }
            gray = gray or _gray_figures(true)
            entry = {"key": key, GRAY: gray, "figures": figures}
            _keep(entry, _file(run, dataset.name, split))
        gray = entry[GRAY]
        measured.append({**entry["figures"], "run": run.name})  # The run may have got another name since.
    return [gray or _gray_figures(true), *measured]


def _tell(progress: Progress, name: str, number: int, count: int, share: float) -> None:
    progress(name, (number + share) / count)


def known_figures(runs: Sequence[Run], dataset_name: str, split: str = "test") -> list[Figures]:
    """Figures measured before on a dataset that need not be here; the gray copy first."""
    entries = [entry for run in runs if (entry := _read(run, dataset_name, split))]
    return [entries[0][GRAY], *(entry["figures"] for entry in entries)] if entries else []


def evaluated_datasets(run: Run) -> list[str]:
    """Names of the datasets on whose test split this run was measured."""
    return sorted(path.name.removesuffix("-test.json") for path in (run.folder / "evaluations").glob("*-test.json"))


def table(figures: Sequence[Figures]) -> str:
    """Figures as text with aligned columns."""
    import pandas as pd

    frame = pd.DataFrame(figures).set_index("run").drop(columns="architecture")
    formats: dict[str, Callable[..., str]] = {
        "mse": "{:.6f}".format,
        "loss_sum": "{:.4f}".format,
        "parameters": "{:,.0f}".format,
    }
    return frame.to_string(formatters=formats, float_format=lambda value: f"{value:.3f}")


def _gray_figures(true: np.ndarray) -> Figures:
    gray = (luma(rgb).expand_as(rgb) for rgb in in_order(torch.from_numpy(true), _BATCH))
    return {"run": GRAY, "architecture": "none", "parameters": 0, **metrics.summarize(true, map(_to_array, gray))}


def _predictions(true: np.ndarray, colorizer: Colorizer, tell: Callable[[float], None]) -> Iterator[np.ndarray]:
    for number, rgb in enumerate(in_order(torch.from_numpy(true), _BATCH)):
        yield _to_array(colorizer.predict_thumbnails(luma(rgb)))
        tell(min(1.0, (number + 1) * _BATCH / len(true)))


def _to_array(rgb: torch.Tensor) -> np.ndarray:
    return rgb.permute(0, 2, 3, 1).numpy()


def _file(run: Run, dataset_name: str, split: str) -> Path:
    return run.folder / "evaluations" / f"{dataset_name}-{split}.json"


def _read(run: Run, dataset_name: str, split: str) -> dict[str, Any] | None:
    try:
        entry = json.loads(_file(run, dataset_name, split).read_text(encoding="utf-8"))
        return entry if {"key", GRAY, "figures"} <= entry.keys() else None
    except (OSError, ValueError, AttributeError):
        return None


def _keep(entry: dict[str, Any], path: Path) -> None:
    # Figures that cannot be kept, on a full or read-only disk, are measured again next time.
    with contextlib.suppress(OSError):
        path.parent.mkdir(exist_ok=True)
        atomic.write_json(path, entry)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
