"""Figures of many pictures, and their intervals against what theory says of them."""

import numpy as np
import pytest

from colorizer import metrics
from colorizer.evaluation.summary import bootstrap_means, summarize


def test_pooled_and_mean_psnr_differ_as_they_should() -> None:
    errors = np.array([0.01, 0.04])
    figures = summarize({"mse": errors, "psnr_mean": metrics.psnr(errors)})
    assert figures["mse"] == pytest.approx(0.025)
    assert figures["psnr"] == pytest.approx(16.0206, abs=1e-4)
    assert figures["psnr_mean"] == pytest.approx((20 + 13.9794) / 2, abs=1e-4)


def test_the_studys_sum_is_that_of_its_batches_the_last_by_its_size() -> None:
    errors = np.random.default_rng(0).random(250)
    figures = summarize({"mse": errors})
    expected = errors[:100].mean() + errors[100:200].mean() + errors[200:].mean() / 2
    assert figures["loss_sum"] == pytest.approx(expected)
    low, high = figures["intervals"]["loss_sum"]
    assert low < expected < high


def test_intervals_are_as_wide_as_the_standard_error_says() -> None:
    """For means of many pictures theory knows the interval: 1.96 standard errors to either side."""
    random = np.random.default_rng(1)
    pictures = {"mse": random.gamma(0.8, 0.005, 4000), "ssim": random.normal(0.9, 0.05, 4000)}
    figures = summarize(pictures)
    for key, values in pictures.items():
        low, high = figures["intervals"][key]
        error = values.std(ddof=1) / np.sqrt(len(values))
        assert (high - low) / 2 == pytest.approx(1.96 * error, rel=0.07)
        assert (high + low) / 2 == pytest.approx(values.mean(), abs=0.15 * error)


def test_the_interval_of_the_pooled_psnr_is_that_of_the_error_in_decibels() -> None:
    figures = summarize({"mse": np.random.default_rng(2).gamma(0.8, 0.005, 500)})
    low, high = figures["intervals"]["mse"]
    assert figures["intervals"]["psnr"] == pytest.approx([metrics.psnr(high), metrics.psnr(low)], abs=0.01)


def test_sets_are_the_same_each_time_and_for_each_run() -> None:
    values = np.random.default_rng(4).random((50, 2))
    both = bootstrap_means(values)
    assert both.shape == (1000, 2)
    assert np.array_equal(bootstrap_means(values), both)
    assert bootstrap_means(values[:, 1:]) == pytest.approx(both[:, 1:])


def test_of_one_picture_nothing_is_uncertain() -> None:
    assert summarize({"mse": np.array([0.5])})["intervals"]["mse"] == [0.5, 0.5]
