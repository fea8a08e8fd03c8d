"""The game: which question is asked next, and what became of those before."""

import itertools
import random
import uuid
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from colorizer.votes import store
from colorizer.votes.pairing import Pair, next_pair, votes_by_pair
from colorizer.votes.store import Candidate, Picture
from pages.compare.vote_pictures import PictureSet, colored

_LONGEST_LOOK = 24 * 3600 * 1000
_TRIES = 50
_UNDOABLE = 30


@dataclass(frozen=True)
class Question:
    """Two colorings of one picture."""

    number: int
    """Unlike that of any other question of the game."""
    picture: Picture
    left: Candidate
    right: Candidate
    left_pixels: np.ndarray
    right_pixels: np.ndarray


@dataclass(frozen=True)
class Answered:
    """A question, what was answered, and under which number the vote is kept."""

    question: Question
    answer: str
    vote: int

    @property
    def preferred(self) -> Candidate | None:
        """Who was preferred; None if that could not be told."""
        return {"left": self.question.left, "right": self.question.right}.get(self.answer)


@dataclass
class Game:
    """One sitting of one person. Nobody is shown the same picture twice in it."""

    session: str = field(default_factory=lambda: uuid.uuid4().hex)
    candidates: tuple[Candidate, ...] = ()
    album: PictureSet | None = None
    current: Question | None = None
    """None before the first question, and after the last picture."""
    upcoming: Question | None = None
    """Sent to the browser with the current one, so that it appears at once."""
    past: deque[Answered] = field(default_factory=lambda: deque(maxlen=_UNDOABLE))
    """The last answers, which can be taken back."""
    shown: Counter[Candidate] = field(default_factory=Counter)
    won: Counter[Candidate] = field(default_factory=Counter)
    asked: set[Picture] = field(default_factory=set)
    turn: int = 0
    """Changes with everything that happens."""
    chance: random.Random = field(default_factory=random.Random)
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def play(self, candidates: Sequence[Candidate], album: PictureSet) -> None:
        """Go on with these candidates and pictures: fill `current` and `upcoming`.

        Raises:
            InputError: the votes or the pictures cannot be read, or a run cannot be used.
        """
        if (tuple(candidates), album) != (self.candidates, self.album):
            self.candidates, self.album = tuple(candidates), album
            self._forget(self.current, self.upcoming)
            self.current = self.upcoming = None
        self.current = self.current or self._ask()
        self.upcoming = self.upcoming or (self._ask() if self.current else None)

    def answer(self, number: int, answer: str, milliseconds: float) -> None:
        """Keep the answer to the current question and go on to the next.

        Args:
            number: of the question; an answer to another one than the current came too late and is ignored.
            answer: one of `store.ANSWERS`; anything else is ignored.
            milliseconds: how long the question was looked at.

        Raises:
            InputError: the vote cannot be kept; the question stays.
        """
        self.turn += 1
        question = self.current
        if question is None or number != question.number or answer not in store.ANSWERS:
            return
        looked = round(min(max(milliseconds, 0), _LONGEST_LOOK))
        vote = store.Vote(self.session, question.picture, question.left, question.right, answer, looked)
        self.past.append(Answered(question, answer, store.record(vote)))
        self._count(self.past[-1], 1)
        self.current, self.upcoming = self.upcoming, None

    def undo(self) -> None:
        """Take the last vote back and ask its question again. Raises InputError if that cannot be kept."""
        self.turn += 1
        if not self.past:
            return
        store.undo(self.past[-1].vote)
        self._count(self.past[-1], -1)
        question = self.past.pop().question
        if {question.left, question.right} <= set(self.candidates) and self.album:
            self._forget(self.upcoming)
            self.current, self.upcoming = question, self.current

    def start_again(self) -> None:
        """Begin another sitting, in which all pictures are new again."""
        self.session, self.turn = uuid.uuid4().hex, self.turn + 1
        for kept in (self.past, self.asked, self.shown, self.won):
            kept.clear()
        self.current = self.upcoming = None

    def score(self) -> list[tuple[Candidate, int, int]]:
        """Each candidate of this sitting, how often it was preferred, and how often it was shown; the best first."""
        sides = [side for side, count in self.shown.items() if count]
        sides.sort(key=lambda side: (-self.won[side] / self.shown[side], side))
        return [(side, self.won[side], self.shown[side]) for side in sides]

    def _count(self, answered: Answered, by: int) -> None:
        for side in (answered.question.left, answered.question.right):
            self.shown[side] += by
        if answered.preferred:
            self.won[answered.preferred] += by

    def _ask(self) -> Question | None:
        assert self.album is not None
        number = self._unseen(self.album)
        if number is None:
            return None
        votes = votes_by_pair(store.tallies())
        if self.current:  # As if it had been answered already.
            pair: Pair = frozenset((self.current.left, self.current.right))
            votes[pair] = votes.get(pair, 0) + 1
        left, right = next_pair(self.candidates, votes, self.chance)
        sample, picture = self.album.sample(number), self.album.picture(number)
        colorings = colored(left, sample), colored(right, sample)
        self.asked.add(picture)
        return Question(next(self.numbers), picture, left, right, *colorings)

    def _unseen(self, album: PictureSet) -> int | None:
        for _ in range(_TRIES):  # In a large dataset one is found at once.
            number = self.chance.randrange(album.count)
            if album.picture(number) not in self.asked:
                return number
        left = [number for number in range(album.count) if album.picture(number) not in self.asked]
        return self.chance.choice(left) if left else None

    def _forget(self, *questions: Question | None) -> None:
        """Questions that nobody answered may be asked later."""
        self.asked -= {question.picture for question in questions if question}
