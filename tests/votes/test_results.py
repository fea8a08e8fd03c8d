"""Win rates and rankings compared with published values and with other algorithms."""

import math

import numpy as np
import pytest
from scipy import optimize

from colorizer.votes.results import Preference, bradley_terry, candidate_labels, preferences, rank, table
from colorizer.votes.store import ORIGINAL, Candidate, Tally

A, B, C = (Candidate(name, name * 64) for name in "abc")


@pytest.mark.parametrize(
    ("wins", "votes", "low", "high"),
    # Newcombe, "Two-sided confidence intervals for the single proportion", 1998, table I, method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0000, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_interval_matches_newcombe(wins: int, votes: int, low: float, high: float) -> None:
    assert Preference(A, B, wins, votes - wins, 0).interval == pytest.approx((low, high), abs=5e-5)
    assert Preference(B, A, votes - wins, wins, 0).interval == pytest.approx((1 - high, 1 - low), abs=5e-5)


def test_interval_without_decided_votes() -> None:
    nothing = Preference(A, B, 0, 0, 4)
    assert nothing.interval == (0, 1)
    assert math.isnan(nothing.rate)


def test_original_is_always_the_other_and_comes_first() -> None:
    found = preferences([Tally(A, B, 2, 8, 1), Tally(A, ORIGINAL, 1, 9, 0), Tally(ORIGINAL, B, 6, 4, 2)])
    assert found == [Preference(B, ORIGINAL, 4, 6, 2), Preference(A, ORIGINAL, 1, 9, 0), Preference(B, A, 8, 2, 1)]
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


def test_strengths_match_agresti() -> None:
    [strengths] = bradley_terry(BASEBALL[None])
    assert strengths - strengths[-1] == pytest.approx(ABILITIES, abs=1e-3)
    assert strengths.mean() == pytest.approx(0, abs=1e-9)


def test_strengths_maximize_the_likelihood() -> None:
    random = np.random.default_rng(0)
    wins = random.integers(1, 30, (4, 4)).astype(float) * (1 - np.eye(4))

    def loss(strengths: np.ndarray) -> float:
        return float((wins * np.logaddexp(0, strengths[None, :] - strengths[:, None])).sum())

    best = optimize.minimize(loss, np.zeros(4), tol=1e-12).x
    assert bradley_terry(wins[None])[0] == pytest.approx(best - best.mean(), abs=1e-4)


def tallies(strengths: dict[Candidate, float], votes: int, seed: int) -> list[Tally]:
    """Simulate votes on candidates of these strengths."""
    random = np.random.default_rng(seed)
    sides = sorted(strengths)
    found = []
    for number, first in enumerate(sides):
        for second in sides[number + 1 :]:
            wins = int(random.binomial(votes, 1 / (1 + math.exp(strengths[second] - strengths[first]))))
            found.append(Tally(first, second, wins, votes - wins, 3))
    return found


def test_intervals_have_nominal_coverage() -> None:
    true = {A: -0.6, B: -0.1, ORIGINAL: 0.7}
    held = [
        entry.interval[0] <= true[entry.candidate] <= entry.interval[1]
        for seed in range(60)
        for entry in rank(tallies(true, 40, seed), seed=seed).strengths
    ]
    assert len(held) == 180
    assert 0.88 <= np.mean(held) <= 0.99


def test_ranking_is_sorted_and_reproducible() -> None:
    votes = tallies({A: -1.0, B: 0.2, ORIGINAL: 0.8}, 60, 1)
    ranking = rank(votes)
    assert [entry.candidate for entry in ranking.strengths] == [ORIGINAL, B, A]
    assert ranking == rank(votes)
    first = ranking.strengths[0]
    assert first.interval[0] < first.strength < first.interval[1]
    assert first.win_probability == pytest.approx(1 / (1 + math.exp(-first.strength)))


@pytest.mark.parametrize(
    ("votes", "reason"),
    [
        ([], "no votes"),
        ([Tally(A, B, 9, 5, 0), Tally(C, ORIGINAL, 4, 6, 0)], "Not all candidates have been compared"),
        ([Tally(A, B, 0, 0, 9)], "Not all candidates have been compared"),
        ([Tally(A, B, 9, 5, 0), Tally(A, ORIGINAL, 0, 6, 0)], "the original never lost"),
        ([Tally(A, B, 9, 5, 0), Tally(A, C, 3, 0, 0), Tally(B, C, 3, 0, 0)], "a and b never lost to any other"),
        ([Tally(A, B, 1, 1, 0)], "too few votes"),
    ],
)
def test_missing_votes_are_explained(votes: list[Tally], reason: str) -> None:
    ranking = rank(votes)
    assert ranking.strengths == ()
    assert reason in ranking.reason
    assert reason in table(votes)


def test_candidate_labels_are_unique() -> None:
    old = Candidate("a", "0123456789")
    assert list(candidate_labels([A, old, B, ORIGINAL]).values()) == ["a (aaaaaa)", "a (012345)", "b", "the original"]
    assert candidate_labels([A, B], {"a": "U-Net"}) == {A: "U-Net", B: "b"}
    assert list(candidate_labels([Candidate("truth", "cc"), ORIGINAL]).values()) == ["truth", "the original"]


def test_table_lists_all_candidates() -> None:
    text = table([Tally(A, B, 30, 20, 1), Tally(A, ORIGINAL, 15, 35, 2)])
    assert "a over the original: 30% (95% CI: 19% to 44%) of 50 decided, 2 undecided" in text
    assert "1. the original: strength +" in text
