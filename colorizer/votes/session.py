"""A voting session of one person: which question comes next, and the answers given so far."""

import itertools
import random
import uuid
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from colorizer.comparison import Sample, rows
from colorizer.datasets.dataset import Dataset, dataset_names, load_dataset
from colorizer.imaging.bundled import PHOTOGRAPHS
from colorizer.votes import store
from colorizer.votes.store import Candidate, Picture, Tally

Pair = frozenset[Candidate]
PHOTOGRAPHS_SOURCE = "photographs"
"""The source under which votes on the bundled photographs are stored."""
_MAX_MILLISECONDS = 24 * 3600 * 1000
_RANDOM_TRIES = 50
_MAX_UNDO = 30


@dataclass(frozen=True)
class PictureSet:
    """Pictures to vote on: the test images of a dataset, or the bundled photographs without one."""

    dataset: Dataset | None = None

    @property
    def count(self) -> int:
        """Number of pictures."""
        return self.dataset.manifest.test if self.dataset else len(PHOTOGRAPHS)

    def picture(self, number: int) -> Picture:
        """Return what identifies a picture in the votes."""
        if self.dataset:
            return Picture(self.dataset.name, self.dataset.manifest.fingerprint, str(number))
        return Picture(PHOTOGRAPHS_SOURCE, "", PHOTOGRAPHS[number].name)

    def sample(self, number: int) -> Sample:
        """Return a picture in its original colors. Raises InputError if the dataset is damaged."""
        if self.dataset:
            return rows.from_dataset(self.dataset, [number])[0]
        return rows.photographs()[number]


def picture_set(dataset_name: str) -> PictureSet:
    """Return the test images of a dataset, or the bundled photographs if there is none of that name.

    Raises:
        InputError: the dataset is damaged.
    """
    dataset = load_dataset(dataset_name) if dataset_name in dataset_names() else None
    return PictureSet(dataset if dataset and dataset.manifest.test else None)


@dataclass(frozen=True)
class Question:
    """Two colorings of one picture."""

    number: int
    """Unique within the session."""
    picture: Picture
    left: Candidate
    right: Candidate
    left_pixels: np.ndarray
    right_pixels: np.ndarray


@dataclass(frozen=True)
class Answer:
    """A question, the answer, and the number of the stored vote."""

    question: Question
    answer: str
    vote: int

    @property
    def preferred(self) -> Candidate | None:
        """The preferred candidate; None for a tie."""
        return {"left": self.question.left, "right": self.question.right}.get(self.answer)


@dataclass
class VotingSession:
    """The state of one session. It never shows the same picture twice.

    Args:
        colorize: returns a sample in a candidate's colors, `(H, W, 3)` uint8; raises InputError if the run cannot be
            used.
    """

    colorize: Callable[[Candidate, Sample], np.ndarray]
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    candidates: tuple[Candidate, ...] = ()
    pictures: PictureSet | None = None
    current: Question | None = None
    """None before the first question, and after the last picture."""
    upcoming: Question | None = None
    """Sent to the browser together with the current one, so that it appears at once."""
    past: deque[Answer] = field(default_factory=lambda: deque(maxlen=_MAX_UNDO))
    """The last answers, which can be undone."""
    shown: Counter[Candidate] = field(default_factory=Counter)
    won: Counter[Candidate] = field(default_factory=Counter)
    asked: set[Picture] = field(default_factory=set)
    turn: int = 0
    """Changes with every event."""
    rng: random.Random = field(default_factory=random.Random)
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def update(self, candidates: Sequence[Candidate], pictures: PictureSet) -> None:
        """Set the candidates and the pictures, and fill `current` and `upcoming`.

        Raises:
            InputError: the votes or the pictures cannot be read, or a run cannot be used.
        """
        if (tuple(candidates), pictures) != (self.candidates, self.pictures):
            self.candidates, self.pictures = tuple(candidates), pictures
            self._discard(self.current, self.upcoming)
            self.current = self.upcoming = None
        self.current = self.current or self._next_question()
        self.upcoming = self.upcoming or (self._next_question() if self.current else None)

    def answer(self, number: int, answer: str, milliseconds: float) -> None:
        """Store the answer to the current question and advance to the next.

        Args:
            number: of the question; a late answer to an earlier question is ignored.
            answer: one of `store.ANSWERS`; anything else is ignored.
            milliseconds: the response time.

        Raises:
            UserError: the vote cannot be stored; the question stays.
        """
        self.turn += 1
        question = self.current
        if question is None or number != question.number or answer not in store.ANSWERS:
            return
        milliseconds = round(min(max(milliseconds, 0), _MAX_MILLISECONDS))
        vote = store.Vote(self.id, question.picture, question.left, question.right, answer, milliseconds)
        self.past.append(Answer(question, answer, store.record(vote)))
        self._count(self.past[-1], 1)
        self.current, self.upcoming = self.upcoming, None

    def undo(self) -> None:
        """Delete the last vote and ask its question again. Raises UserError if that cannot be stored."""
        self.turn += 1
        if not self.past:
            return
        store.undo(self.past[-1].vote)
        self._count(self.past[-1], -1)
        question = self.past.pop().question
        if {question.left, question.right} <= set(self.candidates) and self.pictures:
            self._discard(self.upcoming)
            self.current, self.upcoming = question, self.current

    def restart(self) -> None:
        """Start another session, which may show all pictures again."""
        self.id, self.turn = uuid.uuid4().hex, self.turn + 1
        for state in (self.past, self.asked, self.shown, self.won):
            state.clear()
        self.current = self.upcoming = None

    def score(self) -> list[tuple[Candidate, int, int]]:
        """Return each candidate, how often it was preferred and how often it was shown, the best first."""
        sides = [side for side, count in self.shown.items() if count]
        sides.sort(key=lambda side: (-self.won[side] / self.shown[side], side))
        return [(side, self.won[side], self.shown[side]) for side in sides]

    def _count(self, answer: Answer, by: int) -> None:
        for side in (answer.question.left, answer.question.right):
            self.shown[side] += by
        if answer.preferred:
            self.won[answer.preferred] += by

    def _next_question(self) -> Question | None:
        assert self.pictures is not None
        number = self._unseen(self.pictures)
        if number is None:
            return None
        votes = votes_by_pair(store.tallies())
        if self.current:  # Count the current question as answered.
            pair: Pair = frozenset((self.current.left, self.current.right))
            votes[pair] = votes.get(pair, 0) + 1
        left, right = next_pair(self.candidates, votes, self.rng)
        sample, picture = self.pictures.sample(number), self.pictures.picture(number)
        colorings = self._render(left, sample), self._render(right, sample)
        self.asked.add(picture)
        return Question(next(self.numbers), picture, left, right, *colorings)

    def _render(self, candidate: Candidate, sample: Sample) -> np.ndarray:
        return sample.pixels if candidate == store.ORIGINAL else self.colorize(candidate, sample)

    def _unseen(self, pictures: PictureSet) -> int | None:
        for _ in range(_RANDOM_TRIES):  # Succeeds at once in a large dataset.
            number = self.rng.randrange(pictures.count)
            if pictures.picture(number) not in self.asked:
                return number
        left = [number for number in range(pictures.count) if pictures.picture(number) not in self.asked]
        return self.rng.choice(left) if left else None

    def _discard(self, *questions: Question | None) -> None:
        """Allow the pictures of unanswered questions to be asked about later."""
        self.asked -= {question.picture for question in questions if question}


def votes_by_pair(tallies: Sequence[Tally]) -> dict[Pair, int]:
    """Return the number of votes on each pair of candidates, including ties."""
    return {frozenset((tally.first, tally.second)): tally.votes for tally in tallies}


def next_pair(
    candidates: Sequence[Candidate], votes: Mapping[Pair, int], rng: random.Random
) -> tuple[Candidate, Candidate]:
    """Return the pair with the fewest votes; ties and sides are decided at random.

    Args:
        candidates: at least two.
        votes: see `votes_by_pair`; those on other candidates are ignored.
        rng: the source of randomness.

    Returns:
        The candidate on the left and the one on the right.
    """
    pairs = list(combinations(candidates, 2))
    fewest = min(votes.get(frozenset(pair), 0) for pair in pairs)
    first, second = rng.choice([pair for pair in pairs if votes.get(frozenset(pair), 0) == fewest])
    return (first, second) if rng.random() < 0.5 else (second, first)
