"""Evaluate runs on a dataset, and look up the results of earlier evaluations."""

import contextlib
from collections.abc import Callable, Sequence

import numpy as np

from colorizer.datasets.dataset import Dataset, load_dataset
from colorizer.errors import UserError
from colorizer.evaluation import cache
from colorizer.evaluation.cache import Evaluation, Metrics
from colorizer.models.registry import architecture
from colorizer.runs import GRAY, Run, load_run, run_names

ProgressCallback = Callable[[str, float], None]
"""Called with the name of the run being evaluated and the fraction of all work done, 0 to 1."""


def evaluate_runs(
    runs: Sequence[Run],
    dataset: Dataset,
    split: str = "test",
    on_progress: ProgressCallback = lambda name, fraction: None,
    *,
    publish: bool = False,
) -> list[Metrics]:
    """Evaluate runs on a dataset. Results that are still valid come from the cache.

    Args:
        runs: the runs to evaluate.
        dataset: the images to evaluate on.
        split: `test` or `train`.
        on_progress: called while something is measured; not called if everything is cached.
        publish: also store the results in the folders of the runs, where they travel with the weights.

    Returns:
        The metrics of the grayscale baseline, then those of each run, with the keys in `cache.KEYS`: `run`,
        `architecture`, `parameters`, `macs` (see `cost.multiply_adds`), `ms_per_image` (see `cost.milliseconds`) and
        those of `summary.summarize`.

    Raises:
        InputError: a run's weights cannot be used, or do not take images of this size.
        OutputError: the results cannot be published.
    """
    fingerprint = dataset.manifest.fingerprint
    evaluations = [cache.find(run, dataset.name, split, fingerprint) for run in runs]
    baseline = next((entry for entry in evaluations if entry), None)
    baseline = baseline or cache.find_baseline(dataset.name, split, fingerprint)
    found = [entry for entry in evaluations if entry and entry.computer == cache.computer()]
    if baseline is None or len(found) < len(runs):
        from colorizer.evaluation.measure import measure_missing

        baseline, found = measure_missing(runs, evaluations, baseline, dataset, split, on_progress)
    if publish:
        for run, evaluation in zip(runs, found, strict=True):
            cache.publish(evaluation, run, dataset.name, split)
    return [baseline.baseline, *(_metrics(run, evaluation) for run, evaluation in zip(runs, found, strict=True))]


def known_metrics(runs: Sequence[Run], dataset_name: str, split: str = "test") -> list[Metrics]:
    """Return the metrics measured so far with the runs' current weights, those of the grayscale baseline first.

    The dataset need not be on this computer. If it is, results on other images under the same name are left out.
    """
    known = _known(runs, dataset_name, split)
    return [known[0][1].baseline, *(_metrics(run, evaluation) for run, evaluation in known)] if known else []


def evaluation_computers(runs: Sequence[Run], dataset_name: str, split: str = "test") -> set[str]:
    """Return the processors on which the times among `known_metrics` were taken: those of several do not compare."""
    return {evaluation.computer for _, evaluation in _known(runs, dataset_name, split)}


def picture_errors(runs: Sequence[Run], dataset_name: str, split: str = "test") -> dict[str, np.ndarray]:
    """Return the mean squared error of each image, as far as `known_metrics` knows them.

    Returns:
        `(N,)` float32 in the dataset's order, by the name of the run; `GRAY` for the grayscale baseline.
    """
    known = _known(runs, dataset_name, split)
    if not known:
        return {}
    return {GRAY: known[0][1].errors[1], **{run.name: evaluation.errors[0] for run, evaluation in known}}


def evaluated_datasets(run: Run) -> list[str]:
    """Return the names of the datasets on whose test split this run was evaluated."""
    paths = [path for folder in cache.folders(run) for path in folder.glob("*-test.json")]
    return sorted({path.name.removesuffix("-test.json") for path in paths})


def measurable_runs(dataset: Dataset) -> list[Run]:
    """Return all runs that have weights and take images of the dataset's size, sorted by name."""
    runs = []
    for name in run_names():
        with contextlib.suppress(UserError):
            run = load_run(name)
            fits = architecture(run.config.architecture).image_size in (None, dataset.manifest.size)
            if fits and run.best_weights.is_file():
                runs.append(run)
    return runs


def _known(runs: Sequence[Run], dataset_name: str, split: str) -> list[tuple[Run, Evaluation]]:
    """The evaluations of the runs, all on the same images."""
    fingerprint = None
    with contextlib.suppress(UserError):
        fingerprint = load_dataset(dataset_name).manifest.fingerprint
    known = []
    for run in runs:
        if evaluation := cache.find(run, dataset_name, split, fingerprint):
            fingerprint = evaluation.dataset
            known.append((run, evaluation))
    return known


def _metrics(run: Run, evaluation: Evaluation) -> Metrics:
    return {**evaluation.metrics, "run": run.name}  # The run may have been renamed or copied since.
