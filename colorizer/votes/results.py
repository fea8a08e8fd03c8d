"""What the votes show: win rates of pairs, and a ranking of all candidates.

Only decided votes count; ties are reported beside them. Votes are treated as independent, though those of one person
are more alike than those of many.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse.csgraph import connected_components
from scipy.stats import binomtest

from colorizer.votes.store import ORIGINAL, Candidate, Tally

ORIGINAL_LABEL = "the original"
_RESAMPLES = 1000
_MIN_CONNECTED = 0.99
_MAX_ITERATIONS, _TOLERANCE = 2000, 1e-6


@dataclass(frozen=True)
class Preference:
    """How often one candidate was preferred to another."""

    one: Candidate
    other: Candidate
    wins: int
    losses: int
    ties: int

    @property
    def decided(self) -> int:
        """Number of votes for either."""
        return self.wins + self.losses

    @property
    def rate(self) -> float:
        """Share of the decided votes that prefer `one`, 0 to 1; NaN without any."""
        return self.wins / self.decided if self.decided else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's score interval of the rate, 95%."""
        if not self.decided:
            return 0.0, 1.0
        low, high = binomtest(self.wins, self.decided).proportion_ci(0.95, "wilson")
        return float(low), float(high)


def preferences(tallies: Sequence[Tally]) -> list[Preference]:
    """Return each pair from the side of the one preferred more often; the original is always the other.

    Pairs with the original come first; within each group the clearest come first.
    """
    found = []
    for tally in tallies:
        forward = Preference(tally.first, tally.second, tally.first_wins, tally.second_wins, tally.ties)
        backward = Preference(tally.second, tally.first, tally.second_wins, tally.first_wins, tally.ties)
        is_backward = tally.first == ORIGINAL or (tally.second != ORIGINAL and tally.second_wins > tally.first_wins)
        found.append(backward if is_backward else forward)
    return sorted(found, key=lambda entry: (entry.other != ORIGINAL, -entry.rate if entry.decided else 1.0))


def candidate_labels(candidates: Iterable[Candidate], titles: Mapping[str, str] | None = None) -> dict[Candidate, str]:
    """Return a unique label for each candidate; with some digits of its weights where names collide.

    Args:
        candidates: whom to label.
        titles: labels of runs by their names; by default the names themselves.
    """
    titles = titles or {}
    plain = {side: ORIGINAL_LABEL if side == ORIGINAL else titles.get(side.run, side.run) for side in candidates}
    count = Counter(plain.values())
    return {side: name if count[name] == 1 else f"{name} ({side.weights[:6]})" for side, name in plain.items()}


@dataclass(frozen=True)
class Strength:
    """How a candidate fares against all others."""

    candidate: Candidate
    strength: float
    """Its Bradley-Terry strength: the log odds of being preferred to one of strength 0, the mean of all."""
    interval: tuple[float, float]
    """95%, by bootstrap over the votes."""

    @property
    def win_probability(self) -> float:
        """Probability of being preferred to a candidate of strength 0."""
        return _sigmoid(self.strength)

    @property
    def win_probability_interval(self) -> tuple[float, float]:
        """The interval of `win_probability`."""
        return _sigmoid(self.interval[0]), _sigmoid(self.interval[1])


def _sigmoid(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds))


@dataclass(frozen=True)
class Ranking:
    """The candidates from strongest to weakest, or the reason why there is no ranking yet."""

    strengths: tuple[Strength, ...] = ()
    reason: str = ""


def rank(tallies: Sequence[Tally], titles: Mapping[str, str] | None = None, seed: int = 0) -> Ranking:
    """Fit Bradley-Terry strengths to all decided votes.

    The maximum likelihood estimate exists if and only if the graph of wins is strongly connected: however the
    candidates are split in two groups, each group has won against the other (Ford 1957). There is a ranking only if
    that also holds for 99% of the bootstrap samples; the others are left out of the intervals.

    Args:
        tallies: the votes.
        titles: as in `candidate_labels`, for the reason.
        seed: of the bootstrap.

    Source:
        Bradley and Terry 1952, "Rank analysis of incomplete block designs".
    """
    candidates = sorted({side for tally in tallies for side in (tally.first, tally.second)})
    if len(candidates) < 2:
        return Ranking(reason="There are no votes yet.")
    wins = _wins(tallies, candidates)
    groups, _ = connected_components(wins, connection="strong")
    if groups > 1:
        return Ranking(reason=_missing_votes(wins, list(candidate_labels(candidates, titles).values())))
    # The bootstrap: as many votes drawn from these votes, many times.
    total = int(wins.sum())
    random = np.random.default_rng(seed)
    samples = random.multinomial(total, wins.ravel() / total, size=_RESAMPLES).reshape(-1, *wins.shape).astype(float)
    graphs, graph_of = np.unique(samples > 0, axis=0, return_inverse=True)  # Few differ in who ever won against whom.
    is_connected = np.array([connected_components(graph, connection="strong")[0] == 1 for graph in graphs])
    samples = samples[is_connected[graph_of]]
    if len(samples) < _MIN_CONNECTED * _RESAMPLES:
        return Ranking(reason="There are too few votes for a reliable ranking.")
    strengths = bradley_terry(wins[None])[0]
    low, high = np.percentile(bradley_terry(samples), (2.5, 97.5), axis=0)
    order = np.argsort(-strengths, kind="stable")
    return Ranking(tuple(Strength(candidates[k], float(strengths[k]), (float(low[k]), float(high[k]))) for k in order))


def bradley_terry(wins: np.ndarray) -> np.ndarray:
    """Return maximum likelihood strengths.

    The model: i is preferred to j with probability p_i / (p_i + p_j). Setting the derivative of the log-likelihood
    with respect to p_i to zero gives, with w_ij the number of times i was preferred to j,

        sum_j w_ij / p_i  =  sum_j (w_ij + w_ji) / (p_i + p_j).

    The MM algorithm of Hunter ("MM algorithms for generalized Bradley-Terry models", Annals of Statistics 2004) solves
    this for the p_i on the left. Newman ("Efficient computation of rankings from pairwise comparisons", JMLR 2023)
    first moves the terms with w_ij to the left, where w_ij / p_i - w_ij / (p_i + p_j) = w_ij p_j / (p_i (p_i + p_j)):

        p_i  <-  sum_j w_ij p_j / (p_i + p_j)  /  sum_j w_ji / (p_i + p_j),

    which has the same fixed point and converges several times faster.

    Args:
        wins: `(B, K, K)`, w_ij for each of B sets of votes, each strongly connected.

    Returns:
        log p_i, `(B, K)`, with mean 0 in each set.
    """
    p = np.ones(wins.shape[:2])
    for _ in range(_MAX_ITERATIONS):
        before = p.copy()
        for i in range(wins.shape[-1]):  # One by one: updated all at once, the p_i would oscillate.
            sums = p + p[:, i, None]
            p[:, i] = (wins[:, i, :] * p / sums).sum(axis=1) / (wins[:, :, i] / sums).sum(axis=1)
        p /= np.exp(np.log(p).mean(axis=1, keepdims=True))  # Only ratios matter: fix the geometric mean at 1.
        if np.abs(np.log(p / before)).max() < _TOLERANCE:
            break
    return np.log(p)


def _wins(tallies: Sequence[Tally], candidates: Sequence[Candidate]) -> np.ndarray:
    index = {candidate: number for number, candidate in enumerate(candidates)}
    wins = np.zeros((len(index), len(index)))
    for tally in tallies:
        wins[index[tally.first], index[tally.second]] += tally.first_wins
        wins[index[tally.second], index[tally.first]] += tally.second_wins
    return wins


def _missing_votes(wins: np.ndarray, names: Sequence[str]) -> str:
    """Say why the graph of wins is not strongly connected."""
    if connected_components(wins, connection="weak")[0] > 1:
        return "Not all candidates have been compared yet, even indirectly."
    # At least one group of candidates that beat each other in turn has never lost to anyone outside of it.
    groups, group_of = connected_components(wins, connection="strong")
    for group in range(groups):
        inside = group_of == group
        if not wins[np.ix_(~inside, inside)].any():
            break
    unbeaten = [name for name, is_inside in zip(names, inside, strict=True) if is_inside]
    return f"{' and '.join(unbeaten)} never lost to any other candidate, so the lead cannot be estimated."


def table(tallies: Sequence[Tally]) -> str:
    """Format win rates and ranking for a terminal."""
    names = candidate_labels(side for tally in tallies for side in (tally.first, tally.second))
    lines = []
    for entry in preferences(tallies):
        low, high = entry.interval
        share = f"{entry.rate:.0%} (95% CI: {low:.0%} to {high:.0%}) of {entry.decided}" if entry.decided else "of 0"
        lines.append(f"{names[entry.one]} over {names[entry.other]}: {share} decided, {entry.ties} undecided")
    ranking = rank(tallies)
    for place, who in enumerate(ranking.strengths, start=1):
        low, high = who.interval
        lines.append(f"{place}. {names[who.candidate]}: strength {who.strength:+.2f} ({low:+.2f} to {high:+.2f})")
    if ranking.reason:
        lines.append(f"No ranking: {ranking.reason}" if tallies else ranking.reason)
    return "\n".join(lines)
