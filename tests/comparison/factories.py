"""Helpers of the comparison tests."""

from typing import Any

from colorizer.evaluation import Metrics


def metrics_of(run: str, mse: float, low: float | None = None, high: float | None = None, **others: Any) -> Metrics:
    """Return metrics like those of `evaluate_runs`; all but the errors are the same for all runs."""
    interval = [low if low is not None else mse, high if high is not None else mse]
    return {
        "run": run, "architecture": "unet", "parameters": 2_660_000, "macs": 41_500_000, "ms_per_image": 1.5,
        "mse": mse, "loss_sum": 100 * mse, "psnr": 23.5, "psnr_mean": 25.5, "ssim": 0.94, "ciede2000": 9.4,
        "colorfulness": 17.9, "colorfulness_true": 33.7, "colorfulness_distance": 15.8, "within_2": 0.4,
        "within_5": 0.7, "intervals": {"mse": interval}, **others,
    }  # fmt: skip
