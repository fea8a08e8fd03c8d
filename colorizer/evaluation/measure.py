"""Run images through networks and measure what comes out."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from colorizer import metrics
from colorizer.color import luma
from colorizer.datasets.dataset import Dataset
from colorizer.datasets.loader import to_float
from colorizer.evaluation import cache, cost
from colorizer.evaluation.cache import Evaluation, Metrics
from colorizer.evaluation.evaluate import ProgressCallback
from colorizer.evaluation.summary import summarize
from colorizer.inference import Colorizer
from colorizer.models.base import build_model
from colorizer.models.registry import validate_image_size
from colorizer.runs import GRAY, Run

_CHUNK_PIXELS = 64 * 32 * 32


def measure_missing(
    runs: Sequence[Run],
    known: Sequence[Evaluation | None],
    baseline: Evaluation | None,
    dataset: Dataset,
    split: str,
    on_progress: ProgressCallback,
) -> tuple[Evaluation, list[Evaluation]]:
    """Measure what is missing and add it to the cache; where only the computer differs, measure the time alone.

    Args:
        runs, dataset, split, on_progress: as in `evaluate_runs`.
        known: what is known of each run on these images.
        baseline: any evaluation on these images.

    Returns:
        An evaluation that holds the grayscale baseline, and the evaluation of each run.

    Raises:
        InputError: a run's weights cannot be used, or do not take images of this size.
    """
    for run in runs:
        validate_image_size(run.config.architecture, dataset.manifest.size, dataset.name)
    images, size = dataset.images(split), dataset.manifest.size
    # All weights are loaded before anything is measured, so that unusable ones are reported at once. The digest is
    # taken first: should a training replace the weights in between, they are only measured once more.
    networks = {
        run.name: (cache.network_digest(run), Colorizer.load(run.name))
        for run, evaluation in zip(runs, known, strict=True)
        if evaluation is None or evaluation.computer != cache.computer()
    }
    steps = [GRAY] * (baseline is None)
    steps += [run.name for run, evaluation in zip(runs, known, strict=True) if evaluation is None]

    def measure(name: str, predict: Callable[[Tensor], Tensor]) -> dict[str, np.ndarray]:
        def report(fraction: float) -> None:
            on_progress(name, (steps.index(name) + fraction) / len(steps))

        report(0)
        return measure_pictures(images, predict, report)

    if baseline is None:
        pictures = measure(GRAY, lambda luma: luma.expand(-1, 3, -1, -1))
        costs = {"parameters": 0, "macs": 0, "ms_per_image": 0.0}
        gray: Metrics = {"run": GRAY, "architecture": "none", **costs, **summarize(pictures)}
        errors = pictures["mse"].astype(np.float32)
        baseline = Evaluation(
            dataset.manifest.fingerprint, "", cache.computer(), gray, gray, np.stack([errors, errors])
        )
    evaluations = []
    for run, evaluation in zip(runs, known, strict=True):
        if evaluation is None or run.name in networks:
            network, colorizer = networks[run.name]
            milliseconds = cost.milliseconds(colorizer, size)
            if evaluation is None:
                pictures = measure(run.name, colorizer.predict_thumbnails)
                found: Metrics = {
                    "run": run.name,
                    "architecture": run.config.architecture,
                    "parameters": build_model(run.config.architecture).parameters_count,
                    "macs": cost.multiply_adds(run.config.architecture, size),
                    "ms_per_image": milliseconds,
                    **summarize(pictures),
                }
                errors = np.stack([pictures["mse"].astype(np.float32), baseline.errors[1]])
                evaluation = Evaluation(baseline.dataset, network, cache.computer(), baseline.baseline, found, errors)
            else:
                found = {**evaluation.metrics, "ms_per_image": milliseconds}
                evaluation = replace(evaluation, computer=cache.computer(), metrics=found)
            cache.save(evaluation, dataset.name, split)
        evaluations.append(evaluation)
    return baseline, evaluations


def measure_pictures(
    true: np.ndarray,
    predict: Callable[[Tensor], Tensor],
    on_progress: Callable[[float], None] = lambda fraction: None,
) -> dict[str, np.ndarray]:
    """Apply `metrics.measure` to images colorized from their luma.

    Args:
        true: `(N, H, W, 3)` uint8.
        predict: returns RGB `(n, 3, H, W)` in [0, 1] for luma `(n, 1, H, W)`; called from several threads.
        on_progress: called with the fraction done, 0 to 1.
    """
    step = max(1, _CHUNK_PIXELS // (true.shape[1] * true.shape[2]))

    def chunk(first: int) -> dict[str, np.ndarray]:
        expected = true[first : first + step]
        rgb = predict(luma(to_float(torch.from_numpy(expected))))
        return metrics.measure(expected, rgb.permute(0, 2, 3, 1).contiguous().numpy())

    # NumPy and PyTorch release the GIL while they compute. One thread per core, each taking small chunks through all
    # steps, needs half the time of all threads together on one step of a large chunk, which fits in no CPU cache.
    measured = []
    with cost.preserve_num_threads() as threads:
        pool = ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,))
        try:
            for values in pool.map(chunk, range(0, len(true), step)):
                measured.append(values)
                on_progress(min(1.0, len(measured) * step / len(true)))
        finally:
            pool.shutdown(cancel_futures=True)
    return {key: np.concatenate([values[key] for values in measured]) for key in measured[0]}
