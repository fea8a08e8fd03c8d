"""The verdict: what it says, and what it does not claim."""

import numpy as np
import pytest

from colorizer.comparison.verdict import is_significant, verdict
from colorizer.evaluation import Metrics
from tests.comparison.factories import metrics_of

GRAY = metrics_of("gray", 0.010)


def sentence(*metrics: Metrics) -> str:
    return verdict([GRAY, *metrics], str.upper, {})


def test_single_network() -> None:
    assert sentence(metrics_of("a", 0.0075)) == "A has 25.0% less error than the grayscale baseline."
    worse, close = metrics_of("a", 0.012), metrics_of("a", 0.0099, 0.0089, 0.0109)
    assert sentence(worse) == "A does not beat the grayscale baseline: it has 20.0% more error."
    assert sentence(close) == (
        "A does not beat the grayscale baseline: it has 1.0% less error, which is not significant."
    )


def test_insignificant_gain_over_baseline_is_not_praised() -> None:
    best, like_gray = metrics_of("a", 0.005), metrics_of("b", 0.0099, 0.0089, 0.0109)
    assert sentence(best, like_gray).endswith("B (1.0% less) is not significantly different from the baseline.")
    assert sentence(like_gray, metrics_of("c", 0.02)) == (
        "No network beats the grayscale baseline: the best, B, has 1.0% less error, which is not significant. "
        "C (100.0% more) is worse than the baseline."
    )


def test_several_networks_are_ranked() -> None:
    assert sentence(metrics_of("b", 0.008), metrics_of("a", 0.007), metrics_of("c", 0.02)) == (
        "A is closest to the originals: 30.0% less error than the grayscale baseline. "
        "B (20.0% less) follows. C (100.0% more) is worse than the baseline."
    )


def test_overlapping_intervals_are_ties() -> None:
    tied = metrics_of("a", 0.0070, 0.0065, 0.0075), metrics_of("b", 0.0072, 0.0068, 0.0078)
    assert sentence(*tied, metrics_of("c", 0.0090, 0.0085, 0.0095)) == (
        "A and B are closest to the originals, with no significant difference between them: "
        "30.0% less error than the grayscale baseline. C (10.0% less) follows."
    )
    best = metrics_of("best", 0.004)
    assert sentence(best, *tied).endswith(
        "A (30.0% less) and B (28.0% less) follow, with no significant difference between them."
    )


def test_long_lists_are_shortened() -> None:
    text = sentence(*(metrics_of(name, 0.004 + number / 1000) for number, name in enumerate("abcdef")))
    assert "B (50.0% less), C (40.0% less), D (30.0% less), and 2 more follow." in text


def test_no_verdict_without_metrics() -> None:
    assert verdict([], str, {}) == ""
    assert verdict([GRAY], str, {}) == ""


@pytest.mark.parametrize(("shift", "expected"), [(0.0002, True), (0.0, False)])
def test_paired_errors_decide_significance(shift: float, expected: bool) -> None:
    random = np.random.default_rng(0)
    left = random.exponential(0.005, 4000)
    right = left + random.normal(shift, 0.0005, 4000)
    errors = {"a": left.astype(np.float32), "b": right.astype(np.float32)}
    one, other = (metrics_of(name, float(errors[name].mean()), 0.004, 0.006) for name in "ab")
    assert is_significant(one, other, errors) is expected
    assert is_significant(one, other, {}) is False, "the intervals alone overlap"
