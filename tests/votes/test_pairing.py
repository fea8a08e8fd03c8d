"""Who meets whom: every two as often as any other, on either side alike."""

from collections import Counter
from random import Random

from colorizer.votes.pairing import Pair, next_pair, votes_by_pair
from colorizer.votes.store import TRUTH, Candidate, Tally

CONTENDERS = [Candidate("a", "1"), Candidate("b", "2"), Candidate("c", "3"), TRUTH]


def test_votes_are_spread_evenly_over_pairs_and_sides() -> None:
    random = Random(0)
    votes: Counter[Pair] = Counter()
    lefts: Counter[Candidate] = Counter()
    for _ in range(600):
        left, right = next_pair(CONTENDERS, votes, random)
        assert left != right
        votes[frozenset((left, right))] += 1
        lefts[left] += 1
        assert max(votes.values()) - min(votes.values() if len(votes) == 6 else [0]) <= 1
    assert set(votes.values()) == {100}
    # Each is shown 300 times; its left sides are binomial, with a standard deviation of 8.7.
    assert all(abs(count - 150) < 40 for count in lefts.values())


def test_the_order_of_pairs_is_left_to_chance() -> None:
    first = {frozenset(next_pair(CONTENDERS, {}, Random(seed))) for seed in range(60)}
    assert len(first) == 6


def test_pairs_that_had_fewer_votes_catch_up_and_undecided_ones_count() -> None:
    a, b, c, _ = CONTENDERS
    votes = votes_by_pair([Tally(a, b, 3, 1, 0), Tally(a, c, 0, 0, 3), Tally(b, c, 1, 1, 0)])
    assert set(next_pair([a, b, c], votes, Random(0))) == {b, c}
    assert set(next_pair([a, b, c], {**votes, frozenset((b, c)): 4}, Random(0))) == {a, c}


def test_votes_on_others_do_not_matter() -> None:
    a, b, *_ = CONTENDERS
    assert set(next_pair([a, b], {frozenset((a, TRUTH)): 0}, Random(0))) == {a, b}
