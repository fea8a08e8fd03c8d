"""From what was measured of each picture to the figures of all of them, with how far chance may have moved them."""

from collections.abc import Mapping

import numpy as np

from colorizer import metrics
from colorizer.evaluation.cache import Figures
from colorizer.study import study_sum

RESAMPLES = 1000
CONFIDENCE = 0.95
_SEED = 0


def summarize(pictures: Mapping[str, np.ndarray]) -> Figures:
    """Figures of a set of pictures.

    Args:
        pictures: what `metrics.measure` says of each, `(N,)`.

    Returns:
        The means of these by the same names, and

        loss_sum: the study's figure, see `study_sum`.
        psnr: peak signal-to-noise ratio of `mse`, in dB.
        intervals: for each of these figures [low, high], between which it lies with 95 % confidence.
    """
    values = np.stack(list(pictures.values()), axis=1).astype(np.float64)
    figures = dict(zip(pictures, values.mean(axis=0).tolist(), strict=True))
    resampled = dict(zip(pictures, bootstrap_means(values).T, strict=True))
    figures["psnr"] = float(metrics.psnr(figures["mse"]))
    resampled["psnr"] = metrics.psnr(resampled["mse"])
    tail = (1 - CONFIDENCE) / 2
    intervals = {key: np.quantile(means, (tail, 1 - tail)).tolist() for key, means in resampled.items()}
    figures["loss_sum"] = study_sum(figures["mse"], len(values))
    intervals["loss_sum"] = [study_sum(end, len(values)) for end in intervals["mse"]]
    return {**figures, "intervals": intervals}


def bootstrap_means(values: np.ndarray, resamples: int = RESAMPLES) -> np.ndarray:
    """Means over sets of pictures that might as well have been drawn: as many, from these, some more than once.

    Sets are the same for all values of as many pictures, so one run's means may be compared with another's.

    Args:
        values: `(N, K)`.
        resamples: how many sets.

    Returns:
        `(resamples, K)`.

    Source:
        Efron 1979, "Bootstrap methods: another look at the jackknife".
    """
    random = np.random.default_rng(_SEED)
    count = len(values)
    means = np.empty((resamples, values.shape[1]))
    for row in means:  # A set is how often it holds each picture, so memory is that of a single one.
        times = np.bincount(random.integers(count, size=count), minlength=count)
        row[:] = times @ values / count
    return means
