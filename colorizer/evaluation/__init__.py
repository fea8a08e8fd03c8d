"""How good are the colors, and what do they cost? Figures for runs on a dataset, beside the plain gray copy.

Figures are measured once and kept in the run's folder; reading them needs no PyTorch.
"""

import contextlib
from collections.abc import Callable, Sequence

import numpy as np

from colorizer.datasets.dataset import Dataset, load_dataset
from colorizer.errors import UserError
from colorizer.evaluation import cache
from colorizer.evaluation.cache import Entry, Figures
from colorizer.models.registry import architecture
from colorizer.runs.store import GRAY, Run, load_run, run_names

__all__ = [
    "Figures",
    "Progress",
    "computers",
    "evaluate_runs",
    "evaluated_datasets",
    "known_figures",
    "measurable_runs",
    "picture_errors",
]

Progress = Callable[[str, float], None]
"""Called with what is being measured and the share done, 0 to 1."""


def evaluate_runs(
    runs: Sequence[Run], dataset: Dataset, split: str = "test", progress: Progress = lambda what, share: None
) -> list[Figures]:
    """Measure runs; figures measured before are read from the run's folder if nothing changed.

    Args:
        runs: what to measure.
        dataset: what to measure on.
        split: `test` or `train`.
        progress: told how far it is, if there is anything to measure.

    Returns:
        One dictionary per run, after one for the gray copy, with the keys `run`, `architecture`,
        `parameters`, `macs` (see `cost.multiply_adds`), `ms_per_image` (see `cost.milliseconds`)
        and those of `summary.summarize`.

    Raises:
        InputError: a run's weights cannot be used or do not take images of this size.
    """
    found = [cache.read(run, dataset.name, split) for run in runs]
    same = [entry if entry and entry.dataset == dataset.manifest.fingerprint else None for entry in found]
    gray = next(((entry.gray, entry.errors[1]) for entry in same if entry), None)
    entries = [entry if entry and entry.is_of(run) else None for run, entry in zip(runs, same, strict=True)]
    missing = any(entry is None or entry.computer != cache.computer() for entry in entries)
    if gray is None or missing:
        from colorizer.evaluation.measure import complete

        gray, measured = complete(runs, entries, gray, dataset, split, progress)
        entries = [*measured]
    return [gray[0], *(_figures(run, entry) for run, entry in zip(runs, entries, strict=True) if entry)]


def known_figures(runs: Sequence[Run], dataset_name: str, split: str = "test") -> list[Figures]:
    """Figures measured before with the weights that the runs have now; the gray copy first.

    The dataset need not be here. If it is, figures of other pictures under its name are left out.
    """
    known = _known(runs, dataset_name, split)
    return [known[0][1].gray, *(_figures(run, entry) for run, entry in known)] if known else []


def computers(runs: Sequence[Run], dataset_name: str, split: str = "test") -> set[str]:
    """The kinds of processor on which the times among `known_figures` were taken; those of several do not compare."""
    return {entry.computer for _, entry in _known(runs, dataset_name, split)}


def picture_errors(runs: Sequence[Run], dataset_name: str, split: str = "test") -> dict[str, np.ndarray]:
    """Mean squared error of each picture, `(N,)` float32 in the dataset's order, as far as `known_figures` are.

    Returns:
        By the name of the run; the gray copy's by its name, `GRAY`.
    """
    known = _known(runs, dataset_name, split)
    if not known:
        return {}
    return {GRAY: known[0][1].errors[1], **{run.name: entry.errors[0] for run, entry in known}}


def _known(runs: Sequence[Run], dataset_name: str, split: str) -> list[tuple[Run, Entry]]:
    entries = [(run, entry) for run in runs if (entry := cache.read(run, dataset_name, split)) and entry.is_of(run)]
    if not entries:
        return []
    pictures = entries[0][1].dataset
    with contextlib.suppress(UserError):
        pictures = load_dataset(dataset_name).manifest.fingerprint
    return [(run, entry) for run, entry in entries if entry.dataset == pictures]


def evaluated_datasets(run: Run) -> list[str]:
    """Names of the datasets on whose test split this run was measured."""
    return sorted(path.name.removesuffix("-test.json") for path in (run.folder / "evaluations").glob("*-test.json"))


def measurable_runs(dataset: Dataset) -> list[Run]:
    """All runs that have weights and take pictures of the dataset's size, sorted by name."""
    runs = []
    for name in run_names():
        with contextlib.suppress(UserError):
            run = load_run(name)
            fits = architecture(run.config.architecture).size in (None, dataset.manifest.size)
            if fits and run.best_weights.is_file():
                runs.append(run)
    return runs


def _figures(run: Run, entry: Entry) -> Figures:
    return {**entry.figures, "run": run.name}  # The run may have got another name since.
