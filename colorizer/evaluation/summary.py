"""From the metrics of each image to those of a whole dataset, with confidence intervals."""

from collections.abc import Mapping

import numpy as np

from colorizer import metrics
from colorizer.evaluation.cache import Metrics
from colorizer.study import study_sum

RESAMPLES = 1000
CONFIDENCE = 0.95
_SEED = 0


def summarize(pictures: Mapping[str, np.ndarray]) -> Metrics:
    """Average the metrics of a set of images.

    Args:
        pictures: the metrics of each image, `(N,)`, as returned by `metrics.measure`.

    Returns:
        Their means under the same names, and

        loss_sum: the loss as the study reports it, see `study_sum`.
        psnr: peak signal-to-noise ratio of `mse`, in dB (pooled over all pixels).
        intervals: the 95% confidence interval [low, high] of each metric.
    """
    values = np.stack(list(pictures.values()), axis=1).astype(np.float64)
    summary = dict(zip(pictures, values.mean(axis=0).tolist(), strict=True))
    resampled = dict(zip(pictures, bootstrap_means(values).T, strict=True))
    summary["psnr"] = float(metrics.psnr(summary["mse"]))
    resampled["psnr"] = metrics.psnr(resampled["mse"])
    tail = (1 - CONFIDENCE) / 2
    intervals = {key: np.quantile(means, (tail, 1 - tail)).tolist() for key, means in resampled.items()}
    summary["loss_sum"] = study_sum(summary["mse"], len(values))
    intervals["loss_sum"] = [study_sum(end, len(values)) for end in intervals["mse"]]
    return {**summary, "intervals": intervals}


def bootstrap_means(values: np.ndarray, resamples: int = RESAMPLES) -> np.ndarray:
    """Return the means of bootstrap samples: as many images as given, drawn with replacement.

    The samples are the same for all values with the same number of images, so the means of two runs are paired.

    Args:
        values: `(N, K)`.
        resamples: number of bootstrap samples.

    Returns:
        `(resamples, K)`.

    Source:
        Efron 1979, "Bootstrap methods: another look at the jackknife".
    """
    random = np.random.default_rng(_SEED)
    count = len(values)
    means = np.empty((resamples, values.shape[1]))
    for row in means:  # A sample is stored as how often it holds each image, so one sample at a time fits in memory.
        times = np.bincount(random.integers(count, size=count), minlength=count)
        row[:] = times @ values / count
    return means
