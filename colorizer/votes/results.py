"""What the votes say: win rates of pairs, and a ranking of all.

Only decided votes count in both; how often people could not tell is reported beside them. Votes are taken as
independent of each other, though those of one person are more alike than those of many.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from colorizer.votes.store import TRUTH, Candidate, Tally

THE_TRUTH = "the truth"
"""What the truth is called in a sentence."""
_Z = 1.959964
"""Of the normal distribution, for 95 %."""
_RESAMPLES = 1000
_CONNECTED_SHARE = 0.99
_SWEEPS, _TOLERANCE = 2000, 1e-6


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
        """Votes for either."""
        return self.wins + self.losses

    @property
    def rate(self) -> float:
        """Share of the decided votes that prefer `one`, 0 to 1; not a number where there are none."""
        return self.wins / self.decided if self.decided else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """Where the true share is, with 95 % confidence."""
        return wilson(self.wins, self.decided)


def wilson(wins: int, votes: int) -> tuple[float, float]:
    """Wilson's score interval of a share, 95 %.

    Source: Wilson, "Probable inference, the law of succession, and statistical inference", 1927.
    """
    if not votes:
        return 0.0, 1.0
    share, weight = wins / votes, _Z**2 / votes
    center = (share + weight / 2) / (1 + weight)
    half = math.sqrt(share * (1 - share) * weight + weight**2 / 4) / (1 + weight)
    return max(0.0, center - half), min(1.0, center + half)


def preferences(tallies: Sequence[Tally]) -> list[Preference]:
    """Each pair from the side of the one preferred more often, but the truth is always the other.

    Those against the truth come first; within each kind the clearest come first.
    """
    found = []
    for tally in tallies:
        forward = Preference(tally.first, tally.second, tally.first_wins, tally.second_wins, tally.ties)
        backward = Preference(tally.second, tally.first, tally.second_wins, tally.first_wins, tally.ties)
        turned = tally.first == TRUTH or (tally.second != TRUTH and tally.second_wins > tally.first_wins)
        found.append(backward if turned else forward)
    return sorted(found, key=lambda entry: (entry.other != TRUTH, -entry.rate if entry.decided else 1.0))


def labels(candidates: Iterable[Candidate], titles: Mapping[str, str] | None = None) -> dict[Candidate, str]:
    """What to call each, so that none has the name of another: with some digits of its weights where needed.

    Args:
        candidates: whom to name.
        titles: what runs are called, by their names; others are called by these.
    """
    titles = titles or {}
    plain = {side: THE_TRUTH if side == TRUTH else titles.get(side.run, side.run) for side in candidates}
    count = Counter(plain.values())
    return {side: name if count[name] == 1 else f"{name} ({side.weights[:6]})" for side, name in plain.items()}


@dataclass(frozen=True)
class Strength:
    """How a candidate fares against all others."""

    candidate: Candidate
    strength: float
    """Of Bradley and Terry: its logarithmic odds of being preferred to one of strength 0, the mean of all."""
    interval: tuple[float, float]
    """95 %, by bootstrap over the votes."""

    @property
    def chance(self) -> float:
        """Of being preferred to a candidate of strength 0, 0 to 1."""
        return _chance(self.strength)

    @property
    def chances(self) -> tuple[float, float]:
        """The interval of `chance`."""
        return _chance(self.interval[0]), _chance(self.interval[1])


def _chance(strength: float) -> float:
    return 1 / (1 + math.exp(-strength))


@dataclass(frozen=True)
class Ranking:
    """The candidates from strongest to weakest, or why there is no such order yet."""

    strengths: tuple[Strength, ...] = ()
    reason: str = ""


def rank(tallies: Sequence[Tally], titles: Mapping[str, str] | None = None, seed: int = 0) -> Ranking:
    """Strengths that explain all decided votes together, as Bradley and Terry define them.

    They exist if and only if, however the candidates are split in two groups, each group has won against the other
    (Ford 1957). There is a ranking only if that also holds for 99 % of the resampled votes; the others are left out
    of the intervals.

    Args:
        tallies: the votes.
        titles: as of `labels`, for the reason why there is none.
        seed: of the bootstrap.

    Source: Bradley and Terry, "Rank analysis of incomplete block designs", 1952.
    """
    candidates = sorted({side for tally in tallies for side in (tally.first, tally.second)})
    if len(candidates) < 2:
        return Ranking(reason="There are no votes yet.")
    wins = _wins(tallies, candidates)
    if not _connected(wins[None])[0]:
        return Ranking(reason=_what_is_missing(wins, list(labels(candidates, titles).values())))
    samples = _resampled(wins, np.random.default_rng(seed))
    samples = samples[_connected(samples)]
    if len(samples) < _CONNECTED_SHARE * _RESAMPLES:
        return Ranking(reason="There are too few votes to rank all of them with any confidence.")
    strengths = bradley_terry(wins[None])[0]
    low, high = np.percentile(bradley_terry(samples), (2.5, 97.5), axis=0)
    order = np.argsort(-strengths, kind="stable")
    return Ranking(tuple(Strength(candidates[k], float(strengths[k]), (float(low[k]), float(high[k]))) for k in order))


def table(tallies: Sequence[Tally]) -> str:
    """Win rates and ranking as text."""
    names = labels(side for tally in tallies for side in (tally.first, tally.second))
    lines = []
    for entry in preferences(tallies):
        low, high = entry.interval
        share = f"{entry.rate:.0%} (95 %: {low:.0%} to {high:.0%}) of {entry.decided}" if entry.decided else "of 0"
        lines.append(f"{names[entry.one]} over {names[entry.other]}: {share} decided, {entry.ties} cannot tell")
    ranking = rank(tallies)
    for place, who in enumerate(ranking.strengths, start=1):
        low, high = who.interval
        lines.append(f"{place}. {names[who.candidate]}: strength {who.strength:+.2f} ({low:+.2f} to {high:+.2f})")
    if ranking.reason:
        lines.append(f"No ranking: {ranking.reason}" if tallies else ranking.reason)
    return "\n".join(lines)


def bradley_terry(wins: np.ndarray) -> np.ndarray:
    """Maximum likelihood strengths.

    Args:
        wins: `(B, K, K)`, how often k was preferred to l, for B sets of votes, each connected.

    Returns:
        Logarithmic strengths `(B, K)`, of mean 0 in each set.

    Source: the iteration is that of Newman, "Efficient computation of rankings from pairwise comparisons", 2023.
    """
    count = wins.shape[-1]
    strengths = np.ones(wins.shape[:2])
    for _ in range(_SWEEPS):
        before = strengths.copy()
        for k in range(count):  # One after the other: all at once, they would swing to and fro.
            together = strengths + strengths[:, k, None]
            won = (wins[:, k, :] * strengths / together).sum(axis=1)
            lost = (wins[:, :, k] / together).sum(axis=1)
            strengths[:, k] = won / lost
        strengths /= np.exp(np.log(strengths).mean(axis=1, keepdims=True))
        if np.abs(np.log(strengths / before)).max() < _TOLERANCE:
            break
    return np.log(strengths)


def _wins(tallies: Sequence[Tally], candidates: Sequence[Candidate]) -> np.ndarray:
    place = {candidate: number for number, candidate in enumerate(candidates)}
    wins = np.zeros((len(place), len(place)))
    for tally in tallies:
        wins[place[tally.first], place[tally.second]] += tally.first_wins
        wins[place[tally.second], place[tally.first]] += tally.second_wins
    return wins


def _resampled(wins: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """As many votes drawn from these votes, many times: `(B, K, K)`."""
    total = int(wins.sum())
    return random.multinomial(total, wins.ravel() / total, size=_RESAMPLES).reshape(-1, *wins.shape).astype(float)


def _connected(wins: np.ndarray) -> np.ndarray:
    """For each of `(B, K, K)` whether everybody has beaten everybody, if need be through others: `(B,)` bool."""
    return np.all(_reach(wins), axis=(1, 2))


def _reach(wins: np.ndarray) -> np.ndarray:
    count = wins.shape[-1]
    reach = (wins > 0) | np.eye(count, dtype=bool)
    for _ in range(max(1, math.ceil(math.log2(count)))):
        reach = np.matmul(reach, reach)  # Of truth values: whether there is a way over any other.
    return reach


def _what_is_missing(wins: np.ndarray, names: Sequence[str]) -> str:
    reach = _reach(wins[None])[0]
    met = _reach((wins + wins.T)[None])[0]
    if not met.all():
        return "Not all of them have met yet, not even through others."
    # In the order of who reaches most, the first group has never lost to the rest.
    reached = reach.sum(axis=1)
    never_lost = [name for name, count in zip(names, reached, strict=True) if count == reached.max()]
    return f"So far, {' and '.join(never_lost)} never lost to any other, so nobody can say how far ahead that is."
