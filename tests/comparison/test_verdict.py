"""The sentence at the top: what it says, and what it does not claim."""

import numpy as np
import pytest

from colorizer.comparison.verdict import is_significant, verdict
from colorizer.evaluation import Figures
from tests.comparison.factories import figures_of

GRAY = figures_of("gray", 0.010)


def sentence(*figures: Figures) -> str:
    return verdict([GRAY, *figures], str.upper, {})


def test_one_network_is_compared_with_gray() -> None:
    assert sentence(figures_of("a", 0.0075)) == "A has 25.0% less error than leaving the pictures gray."
    worse, close = figures_of("a", 0.012), figures_of("a", 0.0099, 0.0089, 0.0109)
    assert sentence(worse) == "A does not beat leaving the pictures gray: its error is 20.0% more."
    assert sentence(close) == "A does not beat leaving the pictures gray: its error is 1.0% less, which may be chance."


def test_what_cannot_be_told_apart_from_gray_is_not_praised() -> None:
    best, like_gray = figures_of("a", 0.005), figures_of("b", 0.0099, 0.0089, 0.0109)
    assert sentence(best, like_gray).endswith("B (1.0% less) cannot be told apart from gray.")
    assert sentence(like_gray, figures_of("c", 0.02)) == (
        "No network beats leaving the pictures gray: the error of the closest, B, is 1.0% less, which may be chance. "
        "C (100.0% more) is worse than gray."
    )


def test_several_are_ranked() -> None:
    assert sentence(figures_of("b", 0.008), figures_of("a", 0.007), figures_of("c", 0.02)) == (
        "A is closest to the truth: 30.0% less error than leaving the pictures gray. "
        "B (20.0% less) follows. C (100.0% more) is worse than gray."
    )


def test_those_whose_intervals_overlap_cannot_be_told_apart() -> None:
    tied = figures_of("a", 0.0070, 0.0065, 0.0075), figures_of("b", 0.0072, 0.0068, 0.0078)
    assert sentence(*tied, figures_of("c", 0.0090, 0.0085, 0.0095)) == (
        "A and B are closest to the truth and cannot be told apart: 30.0% less error than leaving the pictures gray. "
        "C (10.0% less) follows."
    )
    best = figures_of("best", 0.004)
    assert sentence(best, *tied).endswith("A (30.0% less) and B (28.0% less) follow; they cannot be told apart.")


def test_many_are_not_all_named() -> None:
    text = sentence(*(figures_of(name, 0.004 + number / 1000) for number, name in enumerate("abcdef")))
    assert "B (50.0% less), C (40.0% less), D (30.0% less) and 2 more follow." in text


def test_nothing_is_said_where_nothing_was_measured() -> None:
    assert verdict([], str, {}) == ""
    assert verdict([GRAY], str, {}) == ""


@pytest.mark.parametrize(("shift", "expected"), [(0.0002, True), (0.0, False)])
def test_the_same_pictures_are_compared_one_by_one(shift: float, expected: bool) -> None:
    random = np.random.default_rng(0)
    left = random.exponential(0.005, 4000)
    right = left + random.normal(shift, 0.0005, 4000)
    errors = {"a": left.astype(np.float32), "b": right.astype(np.float32)}
    one, other = (figures_of(name, float(errors[name].mean()), 0.004, 0.006) for name in "ab")
    assert is_significant(one, other, errors) is expected
    assert is_significant(one, other, {}) is False, "the intervals alone overlap"
