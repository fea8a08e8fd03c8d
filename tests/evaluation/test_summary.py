"""Metrics of many images, and their confidence intervals compared with theory."""

import numpy as np
import pytest

from colorizer import metrics
from colorizer.evaluation.summary import bootstrap_means, summarize


def test_pooled_and_mean_psnr() -> None:
    errors = np.array([0.01, 0.04])
    summary = summarize({"mse": errors, "psnr_mean": metrics.psnr(errors)})
    assert summary["mse"] == pytest.approx(0.025)
    assert summary["psnr"] == pytest.approx(16.0206, abs=1e-4)
    assert summary["psnr_mean"] == pytest.approx((20 + 13.9794) / 2, abs=1e-4)


def test_loss_sum_weights_last_batch_by_size() -> None:
    errors = np.random.default_rng(0).random(250)
    summary = summarize({"mse": errors})
    expected = errors[:100].mean() + errors[100:200].mean() + errors[200:].mean() / 2
    assert summary["loss_sum"] == pytest.approx(expected)
    low, high = summary["intervals"]["loss_sum"]
    assert low < expected < high


def test_intervals_match_standard_error() -> None:
    random = np.random.default_rng(1)
    pictures = {"mse": random.gamma(0.8, 0.005, 4000), "ssim": random.normal(0.9, 0.05, 4000)}
    summary = summarize(pictures)
    for key, values in pictures.items():
        low, high = summary["intervals"][key]
        error = values.std(ddof=1) / np.sqrt(len(values))
        assert (high - low) / 2 == pytest.approx(1.96 * error, rel=0.07)
        assert (high + low) / 2 == pytest.approx(values.mean(), abs=0.15 * error)


def test_psnr_interval_matches_mse_interval() -> None:
    summary = summarize({"mse": np.random.default_rng(2).gamma(0.8, 0.005, 500)})
    low, high = summary["intervals"]["mse"]
    assert summary["intervals"]["psnr"] == pytest.approx([metrics.psnr(high), metrics.psnr(low)], abs=0.01)


def test_bootstrap_samples_are_reproducible_and_paired() -> None:
    values = np.random.default_rng(4).random((50, 2))
    both = bootstrap_means(values)
    assert both.shape == (1000, 2)
    assert np.array_equal(bootstrap_means(values), both)
    assert bootstrap_means(values[:, 1:]) == pytest.approx(both[:, 1:])


def test_interval_of_one_image_has_no_width() -> None:
    assert summarize({"mse": np.array([0.5])})["intervals"]["mse"] == [0.5, 0.5]
