"""Select images of a dataset: at random, by number, or by the errors of runs."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from colorizer.errors import InputError
from colorizer.runs import GRAY

KINDS = {
    "random": "at random",
    "numbers": "by number",
    "best": "lowest error",
    "worst": "highest error",
    "gained": "best compared with gray",
    "lost": "worst compared with gray",
    "differ": "largest difference between two networks",
}
"""The ways to select, and their labels."""
RUNS_NEEDED = {"best": 1, "worst": 1, "gained": 1, "lost": 1, "differ": 2}
"""The ways that need the errors of runs, and of how many."""
MAX_ROWS = 48
_DIGITS = 9


@dataclass(frozen=True)
class Selection:
    """A way to select images.

    Raises:
        InputError: it is none of `KINDS`, or runs or numbers it needs are missing.
    """

    kind: str = "random"
    runs: tuple[str, ...] = ()
    """Names of the runs whose errors count, see `RUNS_NEEDED`."""
    numbers: tuple[int, ...] = ()
    """The images for `numbers`, counted from 0."""
    seed: int = 0
    """Of `random`."""
    count: int = 6
    """The maximum number of images."""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InputError(f"Images cannot be selected by {self.kind!r}: use {', '.join(KINDS)}.")
        if not 1 <= self.count <= MAX_ROWS:
            raise InputError(f"The number of images must be from 1 to {MAX_ROWS}, not {self.count}.")
        if self.seed < 0:
            raise InputError(f"The seed must not be negative, but it is {self.seed}.")
        needed = RUNS_NEEDED.get(self.kind, 0)
        if len(set(self.runs)) != needed and needed:
            networks = "one network" if needed == 1 else "two different networks"
            raise InputError(f"To select images by {self.kind!r}, name {networks}.")
        if self.kind == "numbers" and not self.numbers:
            raise InputError("Enter the numbers of the images, such as 0, 7, 42.")

    def validate_numbers(self, count: int) -> None:
        """Check the numbers against the number of images.

        Raises:
            InputError: a number is too large.
        """
        beyond = [number for number in self.numbers if number >= count]
        if self.kind == "numbers" and beyond:
            raise InputError(f"There is no image {beyond[0]}: they are numbered from 0 to {count - 1:,}.")


def parse_numbers(text: str) -> tuple[int, ...]:
    """Parse the numbers of images as people write them: `3, 14 15`.

    Raises:
        InputError: something else is among them.
    """
    parts = [part for part in re.split(r"[\s,;]+", text.strip()) if part]
    bad = [part for part in parts if not part.isdecimal() or len(part) > _DIGITS]
    if bad:
        raise InputError(f"{bad[0]!r} is not an image number: enter whole numbers from 0, separated by commas.")
    return tuple(int(part) for part in parts)


def select(selection: Selection, count: int, errors: Mapping[str, np.ndarray]) -> list[int]:
    """Return the numbers of the selected images, the most relevant first.

    Args:
        selection: the way to select.
        count: the number of images in the dataset.
        errors: of each image, for the ways that need them; see `picture_errors`.

    Raises:
        InputError: a number is too large, or errors are needed that were not measured.
    """
    if selection.kind == "random":
        order = np.random.default_rng(selection.seed).permutation(count)
    elif selection.kind == "numbers":
        selection.validate_numbers(count)
        order = np.array(list(dict.fromkeys(selection.numbers)))
    else:
        order = np.argsort(_sort_keys(selection, count, errors), kind="stable")
    return [int(number) for number in order[: selection.count]]


def _sort_keys(selection: Selection, count: int, errors: Mapping[str, np.ndarray]) -> np.ndarray:
    """A value for each image; the lowest come first."""
    of_runs = [_errors_of(name, count, errors) for name in selection.runs]
    if selection.kind == "best":
        return of_runs[0]
    if selection.kind == "worst":
        return -of_runs[0]
    if selection.kind == "differ":
        return -np.abs(of_runs[0] - of_runs[1])
    change = of_runs[0] - _errors_of(GRAY, count, errors)
    return change if selection.kind == "gained" else -change


def _errors_of(name: str, count: int, errors: Mapping[str, np.ndarray]) -> np.ndarray:
    found = errors.get(name)
    if found is None or found.shape != (count,):
        raise InputError(f"{name} has not been evaluated on these images yet: evaluate it first.")
    return found.astype(np.float64)
