"""Win rates and rankings against published values and against other ways of computing them."""

import math

import numpy as np
import pytest
from scipy import optimize, stats

from colorizer.votes.results import Preference, bradley_terry, labels, preferences, rank, table, wilson
from colorizer.votes.store import TRUTH, Candidate, Tally

A, B, C = (Candidate(name, name * 64) for name in "abc")


@pytest.mark.parametrize(
    ("wins", "votes", "low", "high"),
    # Newcombe, "Two-sided confidence intervals for the single proportion", 1998, table I, method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0000, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_intervals_are_those_of_the_literature(wins: int, votes: int, low: float, high: float) -> None:
    assert wilson(wins, votes) == pytest.approx((low, high), abs=5e-5)
    known = stats.binomtest(wins, votes).proportion_ci(0.95, "wilson")
    assert wilson(wins, votes) == pytest.approx((known.low, known.high), abs=1e-6)
    assert wilson(votes - wins, votes) == pytest.approx((1 - high, 1 - low), abs=5e-5)


def test_without_votes_anything_is_possible() -> None:
    nothing = Preference(A, B, 0, 0, 4)
    assert nothing.interval == (0, 1)
    assert math.isnan(nothing.rate)


def test_the_truth_is_always_the_other_and_comes_first() -> None:
    found = preferences([Tally(A, B, 2, 8, 1), Tally(A, TRUTH, 1, 9, 0), Tally(TRUTH, B, 6, 4, 2)])
    assert found == [Preference(B, TRUTH, 4, 6, 2), Preference(A, TRUTH, 1, 9, 0), Preference(B, A, 8, 2, 1)]
    assert found[0].rate == 0.4


BASEBALL = np.array(
    # Agresti, "Categorical Data Analysis", table 10.10: wins of the row over the column, American League, 1987.
    [
        [0, 7, 9, 7, 7, 9, 11],
        [6, 0, 7, 5, 11, 9, 9],
        [4, 6, 0, 7, 7, 8, 12],
        [6, 8, 6, 0, 6, 7, 10],
        [6, 2, 6, 7, 0, 7, 12],
        [4, 4, 5, 6, 6, 0, 6],
        [2, 4, 1, 3, 1, 7, 0],
    ],
    float,
)
ABILITIES = [1.5814, 1.4364, 1.2945, 1.2476, 1.1077, 0.6839, 0.0]


def test_strengths_are_those_of_the_literature() -> None:
    [strengths] = bradley_terry(BASEBALL[None])
    assert strengths - strengths[-1] == pytest.approx(ABILITIES, abs=1e-3)
    assert strengths.mean() == pytest.approx(0, abs=1e-9)


def test_strengths_have_the_highest_likelihood() -> None:
    random = np.random.default_rng(0)
    wins = random.integers(1, 30, (4, 4)).astype(float) * (1 - np.eye(4))

    def loss(strengths: np.ndarray) -> float:
        return float((wins * np.logaddexp(0, strengths[None, :] - strengths[:, None])).sum())

    best = optimize.minimize(loss, np.zeros(4), tol=1e-12).x
    assert bradley_terry(wins[None])[0] == pytest.approx(best - best.mean(), abs=1e-4)


def tallies(strengths: dict[Candidate, float], votes: int, seed: int) -> list[Tally]:
    """Votes as candidates of these strengths would get them."""
    random = np.random.default_rng(seed)
    sides = sorted(strengths)
    found = []
    for number, first in enumerate(sides):
        for second in sides[number + 1 :]:
            wins = int(random.binomial(votes, 1 / (1 + math.exp(strengths[second] - strengths[first]))))
            found.append(Tally(first, second, wins, votes - wins, 3))
    return found


def test_intervals_hold_the_true_strengths_about_as_often_as_they_say() -> None:
    true = {A: -0.6, B: -0.1, TRUTH: 0.7}
    held = [
        entry.interval[0] <= true[entry.candidate] <= entry.interval[1]
        for seed in range(60)
        for entry in rank(tallies(true, 40, seed), seed=seed).strengths
    ]
    assert len(held) == 180
    assert 0.88 <= np.mean(held) <= 0.99


def test_the_ranking_is_from_strongest_to_weakest_and_the_same_again() -> None:
    votes = tallies({A: -1.0, B: 0.2, TRUTH: 0.8}, 60, 1)
    ranking = rank(votes)
    assert [entry.candidate for entry in ranking.strengths] == [TRUTH, B, A]
    assert ranking == rank(votes)
    first = ranking.strengths[0]
    assert first.interval[0] < first.strength < first.interval[1]
    assert first.chance == pytest.approx(1 / (1 + math.exp(-first.strength)))


@pytest.mark.parametrize(
    ("votes", "reason"),
    [
        ([], "no votes"),
        ([Tally(A, B, 9, 5, 0), Tally(C, TRUTH, 4, 6, 0)], "Not all of them have met"),
        ([Tally(A, B, 0, 0, 9)], "Not all of them have met"),
        ([Tally(A, B, 9, 5, 0), Tally(A, TRUTH, 0, 6, 0)], "the truth never lost"),
        ([Tally(A, B, 9, 5, 0), Tally(A, C, 3, 0, 0), Tally(B, C, 3, 0, 0)], "a and b never lost to any other"),
        ([Tally(A, B, 1, 1, 0)], "too few votes"),
    ],
)
def test_without_enough_votes_it_says_what_is_missing(votes: list[Tally], reason: str) -> None:
    ranking = rank(votes)
    assert ranking.strengths == ()
    assert reason in ranking.reason
    assert reason in table(votes)


def test_contenders_of_one_name_are_told_apart() -> None:
    old = Candidate("a", "0123456789")
    assert labels([A, old, B, TRUTH]) == {A: "a (aaaaaa)", old: "a (012345)", B: "b", TRUTH: "the truth"}
    assert labels([A, B, TRUTH], {"a": "U-Net"}) == {A: "U-Net", B: "b", TRUTH: "the truth"}
    assert labels([Candidate("truth", "cc"), TRUTH]) == {Candidate("truth", "cc"): "truth", TRUTH: "the truth"}


def test_the_table_names_everybody() -> None:
    text = table([Tally(A, B, 30, 20, 1), Tally(A, TRUTH, 15, 35, 2)])
    assert "a over the truth: 30% (95 %: 19% to 44%) of 50 decided, 2 cannot tell" in text
    assert "1. the truth: strength +" in text
