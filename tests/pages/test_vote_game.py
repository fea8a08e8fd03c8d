"""The game without a page: fair, without repetition, and nothing lost when a vote cannot be kept."""

import csv
import io
from collections import Counter

import numpy as np
import pytest

from colorizer.datasets.dataset import Dataset
from colorizer.errors import InputError
from colorizer.runs.store import Run
from colorizer.votes import store
from colorizer.votes.database import votes_file
from colorizer.votes.store import TRUTH, Candidate
from pages.compare.vote_game import Game
from pages.compare.vote_pictures import PictureSet, album, colored, encoded


@pytest.fixture
def candidates(trained: Run) -> list[Candidate]:
    return [store.candidate(trained), TRUTH]


@pytest.fixture
def game(candidates: list[Candidate], tiny: Dataset) -> Game:
    started = Game()
    started.play(candidates, PictureSet(tiny))
    return started


def answer(game: Game, answer: str = "left") -> None:
    assert game.current
    assert game.album
    game.answer(game.current.number, answer, 10)
    game.play(game.candidates, game.album)


def test_no_picture_comes_twice_in_a_sitting(game: Game) -> None:
    while game.current:
        answer(game)
    rows = list(csv.DictReader(io.StringIO(store.as_csv())))
    assert sorted(int(row["picture"]) for row in rows) == list(range(12))
    assert game.upcoming is None
    game.start_again()
    game.play(game.candidates, game.album or PictureSet())
    answer(game)
    assert store.totals() == store.Totals(votes=13, sessions=2)


def test_pairs_are_balanced_and_sides_left_to_chance(trained: Run, tiny: Dataset) -> None:
    weights = store.candidate(trained).weights
    others = [Candidate("trained", weights), Candidate("trained", weights + "0"), TRUTH]
    lefts: Counter[Candidate] = Counter()
    for _ in range(5):
        game = Game()
        game.play(others, PictureSet(tiny))
        for _ in range(12):
            assert game.current
            lefts[game.current.left] += 1
            answer(game, "tie")
    assert sorted(tally.votes for tally in store.tallies()) == [20, 20, 20]
    assert min(lefts.values()) >= 8, "each was on the left of 20 of 40 on average"


def test_a_vote_is_on_what_was_shown(game: Game, tiny: Dataset) -> None:
    question = game.current
    assert question
    true = tiny.images("test")[int(question.picture.name)]
    shown = {question.left: question.left_pixels, question.right: question.right_pixels}
    assert np.array_equal(shown[TRUTH], true)
    assert not np.array_equal(shown[game.candidates[0]], true)
    answer(game, "right")
    [tally] = store.tallies()
    assert (tally.second_wins if tally.second == question.right else tally.first_wins) == 1
    assert game.past[-1].preferred == question.right
    assert game.score() == [(question.right, 1, 1), (question.left, 0, 1)]


def test_all_votes_can_be_taken_back_one_by_one(game: Game) -> None:
    questions = []
    for _ in range(3):
        assert game.current
        questions.append(game.current)
        answer(game)
    for question in reversed(questions):
        game.undo()
        assert game.current is question
    game.undo()
    assert store.totals().votes == 0
    assert game.score() == []
    assert game.asked == {question.picture for question in questions[:2]}, "what was only to come may be asked again"


def test_a_vote_that_cannot_be_kept_leaves_its_question(game: Game) -> None:
    question = game.current
    votes_file().write_bytes(b"no database at all" * 99)
    with pytest.raises(InputError, match="move the file away"):
        answer(game)
    assert game.current is question
    assert not game.past
    votes_file().unlink()
    answer(game)
    assert store.totals().votes == 1
    votes_file().write_bytes(b"no database at all" * 99)
    with pytest.raises(InputError):
        game.undo()
    assert len(game.past) == 1


def test_other_networks_are_asked_about_at_once(game: Game, trained: Run, tiny: Dataset) -> None:
    answer(game)
    trained.best_weights.write_bytes(trained.best_weights.read_bytes()[:-1] + b"\1")
    candidates = [store.candidate(trained), TRUTH]
    game.play(candidates, PictureSet(tiny))
    assert game.current
    assert {game.current.left, game.current.right} == set(candidates)
    current = game.current
    game.undo()
    assert game.current is current, "a question about earlier weights is not asked again"


def test_the_photographs_are_voted_on_only_without_a_dataset(tiny: Dataset, candidates: list[Candidate]) -> None:
    assert album("tiny") == PictureSet(tiny)
    photographs = album("gone")
    assert photographs.picture(0).source == "photographs"
    sample = photographs.sample(photographs.count - 1)
    result = colored(candidates[0], sample)
    assert result.shape == sample.pixels.shape
    assert encoded(result)[1] == "jpeg"
