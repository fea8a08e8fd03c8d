"""Voting sessions: fair pairs, no repeated pictures, and no vote lost."""

import csv
import io
from collections import Counter
from random import Random

import numpy as np
import pytest

from colorizer.comparison import rows
from colorizer.comparison.rows import Sample
from colorizer.datasets.dataset import Dataset
from colorizer.errors import InputError
from colorizer.inference import Colorizer
from colorizer.runs import Run
from colorizer.votes import store
from colorizer.votes.database import votes_file
from colorizer.votes.session import Pair, PictureSet, VotingSession, next_pair, picture_set, votes_by_pair
from colorizer.votes.store import ORIGINAL, Candidate, Tally

CANDIDATES = [Candidate("a", "1"), Candidate("b", "2"), Candidate("c", "3"), ORIGINAL]


def test_pairs_and_sides_are_balanced() -> None:
    random = Random(0)
    votes: Counter[Pair] = Counter()
    lefts: Counter[Candidate] = Counter()
    for _ in range(600):
        left, right = next_pair(CANDIDATES, votes, random)
        assert left != right
        votes[frozenset((left, right))] += 1
        lefts[left] += 1
        assert max(votes.values()) - min(votes.values() if len(votes) == 6 else [0]) <= 1
    assert set(votes.values()) == {100}
    # Each is shown 300 times; its left sides are binomial, with a standard deviation of 8.7.
    assert all(abs(count - 150) < 40 for count in lefts.values())


def test_order_of_pairs_is_random() -> None:
    first = {frozenset(next_pair(CANDIDATES, {}, Random(seed))) for seed in range(60)}
    assert len(first) == 6


def test_pair_with_fewest_votes_is_next() -> None:
    a, b, c, _ = CANDIDATES
    votes = votes_by_pair([Tally(a, b, 3, 1, 0), Tally(a, c, 0, 0, 3), Tally(b, c, 1, 1, 0)])
    assert set(next_pair([a, b, c], votes, Random(0))) == {b, c}
    assert set(next_pair([a, b, c], {**votes, frozenset((b, c)): 4}, Random(0))) == {a, c}


def test_votes_on_other_candidates_are_ignored() -> None:
    a, b, *_ = CANDIDATES
    assert set(next_pair([a, b], {frozenset((a, ORIGINAL)): 0}, Random(0))) == {a, b}


def colorize(candidate: Candidate, sample: Sample) -> np.ndarray:
    return rows.colorize(Colorizer.load(candidate.run), sample)


@pytest.fixture
def candidates(trained: Run) -> list[Candidate]:
    return [store.candidate(trained), ORIGINAL]


@pytest.fixture
def session(candidates: list[Candidate], tiny: Dataset) -> VotingSession:
    started = VotingSession(colorize)
    started.update(candidates, PictureSet(tiny))
    return started


def answer(session: VotingSession, answer: str = "left") -> None:
    assert session.current
    assert session.pictures
    session.answer(session.current.number, answer, 10)
    session.update(session.candidates, session.pictures)


def test_pictures_do_not_repeat_within_a_session(session: VotingSession) -> None:
    while session.current:
        answer(session)
    rows = list(csv.DictReader(io.StringIO(store.as_csv())))
    assert sorted(int(row["picture"]) for row in rows) == list(range(12))
    assert session.upcoming is None
    session.restart()
    session.update(session.candidates, session.pictures or PictureSet())
    answer(session)
    assert store.totals() == store.Totals(votes=13, sessions=2)


def test_session_balances_pairs_and_sides(trained: Run, tiny: Dataset) -> None:
    weights = store.candidate(trained).weights
    others = [Candidate("trained", weights), Candidate("trained", weights + "0"), ORIGINAL]
    lefts: Counter[Candidate] = Counter()
    for _ in range(5):
        session = VotingSession(colorize)
        session.update(others, PictureSet(tiny))
        for _ in range(12):
            assert session.current
            lefts[session.current.left] += 1
            answer(session, "tie")
    assert sorted(tally.votes for tally in store.tallies()) == [20, 20, 20]
    assert min(lefts.values()) >= 8, "each was on the left of 20 of 40 on average"


def test_vote_is_on_the_shown_pictures(session: VotingSession, tiny: Dataset) -> None:
    question = session.current
    assert question
    true = tiny.images("test")[int(question.picture.name)]
    shown = {question.left: question.left_pixels, question.right: question.right_pixels}
    assert np.array_equal(shown[ORIGINAL], true)
    assert not np.array_equal(shown[session.candidates[0]], true)
    answer(session, "right")
    [tally] = store.tallies()
    assert (tally.second_wins if tally.second == question.right else tally.first_wins) == 1
    assert session.past[-1].preferred == question.right
    assert session.score() == [(question.right, 1, 1), (question.left, 0, 1)]


def test_all_votes_can_be_undone(session: VotingSession) -> None:
    questions = []
    for _ in range(3):
        assert session.current
        questions.append(session.current)
        answer(session)
    for question in reversed(questions):
        session.undo()
        assert session.current is question
    session.undo()
    assert store.totals().votes == 0
    assert session.score() == []
    assert session.asked == {question.picture for question in questions[:2]}, "the upcoming picture may be asked again"


def test_question_stays_if_the_vote_cannot_be_stored(session: VotingSession) -> None:
    question = session.current
    votes_file().write_bytes(b"no database at all" * 99)
    with pytest.raises(InputError, match="move the file away"):
        answer(session)
    assert session.current is question
    assert not session.past
    votes_file().unlink()
    answer(session)
    assert store.totals().votes == 1
    votes_file().write_bytes(b"no database at all" * 99)
    with pytest.raises(InputError):
        session.undo()
    assert len(session.past) == 1


def test_changed_candidates_replace_the_questions(session: VotingSession, trained: Run, tiny: Dataset) -> None:
    answer(session)
    trained.best_weights.write_bytes(trained.best_weights.read_bytes()[:-1] + b"\1")
    candidates = [store.candidate(trained), ORIGINAL]
    session.update(candidates, PictureSet(tiny))
    assert session.current
    assert {session.current.left, session.current.right} == set(candidates)
    current = session.current
    session.undo()
    assert session.current is current, "a question about earlier weights is not asked again"


def test_photographs_are_used_without_a_dataset(tiny: Dataset, candidates: list[Candidate]) -> None:
    assert picture_set("tiny") == PictureSet(tiny)
    photographs = picture_set("gone")
    assert photographs.picture(0).source == "photographs"
    sample = photographs.sample(photographs.count - 1)
    assert sample.pixels.shape[2] == 3
