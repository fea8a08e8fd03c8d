"""Which pictures of a dataset to look at: at random, by number, or by how the networks do on them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from colorizer.errors import InputError
from colorizer.runs.store import GRAY

KINDS = {
    "random": "at random",
    "numbers": "by number",
    "best": "closest to the truth",
    "worst": "furthest from the truth",
    "gained": "improved most over gray",
    "lost": "made worse than gray",
    "differ": "where two networks differ most",
}
"""Ways to choose, and what they are called."""
RUNS_NEEDED = {"best": 1, "worst": 1, "gained": 1, "lost": 1, "differ": 2}
"""Ways that go by the errors of runs, and of how many."""
MOST_ROWS = 48
_DIGITS = 9


@dataclass(frozen=True)
class Selection:
    """A way to choose pictures.

    Raises:
        InputError: it is none of `KINDS`, or runs or numbers it needs are missing.
    """

    kind: str = "random"
    runs: tuple[str, ...] = ()
    """Names of the runs whose errors count, see `RUNS_NEEDED`."""
    numbers: tuple[int, ...] = ()
    """Pictures for `numbers`, from 0."""
    seed: int = 0
    """Where `random` starts."""
    count: int = 6
    """How many pictures, at most."""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InputError(f"Pictures cannot be chosen by {self.kind!r}: use {', '.join(KINDS)}.")
        if not 1 <= self.count <= MOST_ROWS:
            raise InputError(f"The number of pictures must be from 1 to {MOST_ROWS}, not {self.count}.")
        if self.seed < 0:
            raise InputError(f"The seed must not be below 0: {self.seed} is.")
        needed = RUNS_NEEDED.get(self.kind, 0)
        if len(set(self.runs)) != needed and needed:
            which = "one network" if needed == 1 else "two different networks"
            raise InputError(f"To choose the pictures {KINDS[self.kind]}, name {which}.")
        if self.kind == "numbers" and not self.numbers:
            raise InputError("Name the pictures by their numbers, such as 0, 7, 42.")

    def validate_numbers(self, count: int) -> None:
        """Make sure that there are such pictures.

        Args:
            count: how many pictures there are.

        Raises:
            InputError: a number is too large.
        """
        beyond = [number for number in self.numbers if number >= count]
        if self.kind == "numbers" and beyond:
            raise InputError(f"There is no picture {beyond[0]}: they go from 0 to {count - 1:,}.")


def parse_numbers(text: str) -> tuple[int, ...]:
    """Numbers of pictures as people write them: `3, 14 15`.

    Raises:
        InputError: something else is among them.
    """
    parts = [part for part in re.split(r"[\s,;]+", text.strip()) if part]
    bad = [part for part in parts if not part.isdecimal() or len(part) > _DIGITS]
    if bad:
        raise InputError(f"{bad[0]!r} is no number of a picture: write whole numbers with commas between, from 0.")
    return tuple(int(part) for part in parts)


def choose(choice: Selection, count: int, errors: Mapping[str, np.ndarray]) -> list[int]:
    """Numbers of the chosen pictures, the most telling first.

    Args:
        choice: the way to choose.
        count: how many pictures there are.
        errors: of each picture, for the ways that need them; see `picture_errors`.

    Raises:
        InputError: a number is too large, or errors are needed that were not measured.
    """
    if choice.kind == "random":
        order = np.random.default_rng(choice.seed).permutation(count)
    elif choice.kind == "numbers":
        choice.validate_numbers(count)
        order = np.array(list(dict.fromkeys(choice.numbers)))
    else:
        order = np.argsort(_rank(choice, count, errors), kind="stable")
    return [int(number) for number in order[: choice.count]]


def _rank(choice: Selection, count: int, errors: Mapping[str, np.ndarray]) -> np.ndarray:
    """A value for each picture; the lowest is looked at first."""
    of = [_errors_of(name, count, errors) for name in choice.runs]
    if choice.kind == "best":
        return of[0]
    if choice.kind == "worst":
        return -of[0]
    if choice.kind == "differ":
        return -np.abs(of[0] - of[1])
    change = of[0] - _errors_of(GRAY, count, errors)
    return change if choice.kind == "gained" else -change


def _errors_of(name: str, count: int, errors: Mapping[str, np.ndarray]) -> np.ndarray:
    found = errors.get(name)
    if found is None or found.shape != (count,):
        raise InputError(f"The errors of {name} on each picture are not known yet: measure it first.")
    return found.astype(np.float64)
