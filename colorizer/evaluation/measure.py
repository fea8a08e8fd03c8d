"""Pictures through networks, and figures of what comes out."""

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
from colorizer.evaluation import Progress, cache, cost
from colorizer.evaluation.cache import Entry, Figures
from colorizer.evaluation.summary import summarize
from colorizer.evaluation.threads import threads_restored
from colorizer.inference.colorizer import Colorizer
from colorizer.models.base import build_model
from colorizer.models.registry import validate_takes
from colorizer.runs.store import GRAY, Run

_PART_PIXELS = 64 * 32 * 32
"""Pixels looked at together."""


def complete(
    runs: Sequence[Run],
    known: Sequence[Entry | None],
    gray: tuple[Figures, np.ndarray] | None,
    dataset: Dataset,
    split: str,
    progress: Progress,
) -> tuple[tuple[Figures, np.ndarray], list[Entry]]:
    """Measure what is not known yet and keep it; take times anew that were taken on another computer.

    Args:
        runs, dataset, split, progress: as for `evaluate_runs`.
        known: for each run what is known of it on these pictures.
        gray: figures of the gray copy and its error in each picture, if known.

    Returns:
        What is known of the gray copy now, and an entry for each run.

    Raises:
        InputError: a run's weights cannot be used or do not take images of this size.
    """
    for run in runs:
        validate_takes(run.config.architecture, dataset.manifest.size, dataset.name)
    true, size = dataset.images(split), dataset.manifest.size
    # All are read before any is measured, so that weights that cannot be used are told of at once; and after their
    # digest: should a training replace them in between, figures are only measured once more.
    networks = {
        run.name: (cache.network_digest(run), Colorizer.load(run.name))
        for run, entry in zip(runs, known, strict=True)
        if entry is None or entry.computer != cache.computer()
    }
    steps = [GRAY] * (gray is None) + [run.name for run, entry in zip(runs, known, strict=True) if entry is None]

    def measure(name: str, predict: Callable[[Tensor], Tensor]) -> dict[str, np.ndarray]:
        def tell(share: float) -> None:
            progress(name, (steps.index(name) + share) / len(steps))

        tell(0)
        return measure_pictures(true, predict, tell)

    if gray is None:
        costs = {"parameters": 0, "macs": 0, "ms_per_image": 0.0}
        pictures = measure(GRAY, lambda luma: luma.expand(-1, 3, -1, -1))
        of_gray = {"run": GRAY, "architecture": "none", **costs, **summarize(pictures)}
        gray = of_gray, pictures["mse"].astype(np.float32)
    entries = []
    for run, entry in zip(runs, known, strict=True):
        if entry is not None and run.name not in networks:
            entries.append(entry)
            continue
        network, colorizer = networks[run.name]
        milliseconds = cost.milliseconds(colorizer, size)
        if entry is None:
            pictures = measure(run.name, colorizer.predict_thumbnails)
            costs = {
                "parameters": build_model(run.config.architecture).parameters_count,
                "macs": cost.multiply_adds(run.config.architecture, size),
                "ms_per_image": milliseconds,
            }
            figures = {"run": run.name, "architecture": run.config.architecture, **costs, **summarize(pictures)}
            errors = np.stack([pictures["mse"].astype(np.float32), gray[1]])
            entry = Entry(dataset.manifest.fingerprint, network, cache.computer(), gray[0], figures, errors)
        else:
            figures = {**entry.figures, "ms_per_image": milliseconds}
            entry = replace(entry, computer=cache.computer(), figures=figures)
        cache.keep(entry, run, dataset.name, split)
        entries.append(entry)
    return gray, entries


def measure_pictures(
    true: np.ndarray, predict: Callable[[Tensor], Tensor], tell: Callable[[float], None] = lambda share: None
) -> dict[str, np.ndarray]:
    """`metrics.measure` of pictures colored from their luma.

    Args:
        true: `(N, H, W, 3)` uint8.
        predict: makes RGB `(n, 3, H, W)` in [0, 1] of luma `(n, 1, H, W)`; is called by several threads.
        tell: called with the share done.
    """
    step = max(1, _PART_PIXELS // (true.shape[1] * true.shape[2]))

    def part(first: int) -> dict[str, np.ndarray]:
        expected = true[first : first + step]
        rgb = predict(luma(to_float(torch.from_numpy(expected))))
        return metrics.measure(expected, rgb.permute(0, 2, 3, 1).contiguous().numpy())

    # NumPy and PyTorch let go of Python's lock while they compute. A thread for each core that takes few pictures all
    # the way needs half the time of all threads together on each step of many, which do not stay in any cache.
    measured = []
    with threads_restored() as threads:
        pool = ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,))
        try:
            for figures in pool.map(part, range(0, len(true), step)):
                measured.append(figures)
                tell(min(1.0, len(measured) * step / len(true)))
        finally:
            pool.shutdown(cancel_futures=True)
    return {key: np.concatenate([figures[key] for figures in measured]) for key in measured[0]}
