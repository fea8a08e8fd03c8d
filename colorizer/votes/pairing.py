"""Who meets whom next."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from random import Random

from colorizer.votes.store import Candidate, Tally

Pair = frozenset[Candidate]


def votes_by_pair(tallies: Sequence[Tally]) -> dict[Pair, int]:
    """How many votes there are on each two candidates, undecided ones included."""
    return {frozenset((tally.first, tally.second)): tally.votes for tally in tallies}


def next_pair(
    candidates: Sequence[Candidate], votes: Mapping[Pair, int], random: Random
) -> tuple[Candidate, Candidate]:
    """The two with the fewest votes on them, chance deciding among equals and on the sides.

    Args:
        candidates: at least two.
        votes: as of `votes_by_pair`; those of others do not matter.
        random: the source of chance.

    Returns:
        Who is on the left, and who on the right.
    """
    pairs = list(combinations(candidates, 2))
    fewest = min(votes.get(frozenset(pair), 0) for pair in pairs)
    first, second = random.choice([pair for pair in pairs if votes.get(frozenset(pair), 0) == fewest])
    return (first, second) if random.random() < 0.5 else (second, first)
