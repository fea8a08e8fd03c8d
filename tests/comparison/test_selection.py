"""Which pictures are looked at."""

from typing import Any

import numpy as np
import pytest

from colorizer.comparison.selection import Selection, choose, parse_numbers
from colorizer.errors import InputError

ERRORS = {
    "gray": np.array([0.5, 0.5, 0.5, 0.5, 0.5]),
    "one": np.array([0.4, 0.1, 0.9, 0.5, 0.3]),
    "two": np.array([0.4, 0.8, 0.8, 0.1, 0.3]),
}


@pytest.mark.parametrize(
    ("kind", "runs", "expected"),
    [
        ("best", ("one",), [1, 4, 0]),
        ("worst", ("one",), [2, 3, 0]),
        ("gained", ("one",), [1, 4, 0]),
        ("lost", ("one",), [2, 3, 0]),
        ("lost", ("two",), [1, 2, 0]),
        ("differ", ("one", "two"), [1, 3, 2]),
    ],
)
def test_pictures_are_ordered_by_errors(kind: str, runs: tuple[str, ...], expected: list[int]) -> None:
    assert choose(Selection(kind, runs, count=3), 5, ERRORS) == expected


def test_gains_are_over_gray_not_absolute() -> None:
    errors = {"gray": np.array([0.9, 0.2]), "one": np.array([0.4, 0.1])}
    assert choose(Selection("best", ("one",)), 2, errors) == [1, 0]
    assert choose(Selection("gained", ("one",)), 2, errors) == [0, 1]


def test_random_pictures_are_the_same_for_a_seed_and_never_twice_the_same() -> None:
    first = choose(Selection(seed=3), 100, ERRORS)
    assert first == choose(Selection(seed=3), 100, ERRORS)
    assert first != choose(Selection(seed=4), 100, ERRORS)
    assert len(set(first)) == 6
    assert sorted(choose(Selection(count=48), 10, ERRORS)) == list(range(10)), "all, where there are fewer"


def test_numbers_keep_their_order() -> None:
    assert choose(Selection("numbers", numbers=(4, 0, 4, 2)), 5, ERRORS) == [4, 0, 2]
    with pytest.raises(InputError, match="no picture 5: they go from 0 to 4"):
        choose(Selection("numbers", numbers=(1, 5)), 5, ERRORS)


@pytest.mark.parametrize("found", [None, np.zeros(3)])
def test_errors_that_are_not_known_or_of_other_pictures_are_refused(found: np.ndarray | None) -> None:
    with pytest.raises(InputError, match="measure it first"):
        choose(Selection("best", ("one",)), 5, {} if found is None else {"one": found})


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"kind": "nicest"}, "use random, numbers, best"),
        ({"kind": "best"}, "name one network"),
        ({"kind": "differ", "runs": ("one", "one")}, "two different networks"),
        ({"kind": "numbers"}, "by their numbers"),
        ({"count": 0}, "from 1 to 48, not 0"),
        ({"count": 49}, "not 49"),
        ({"seed": -1}, "seed must not be below 0"),
    ],
)
def test_a_choice_that_lacks_something_says_what(settings: dict[str, Any], reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        Selection(**settings)


def test_numbers_are_read_as_people_write_them() -> None:
    assert parse_numbers(" 3, 14 15;9 ") == (3, 14, 15, 9)
    assert parse_numbers("") == ()
    for text in ("-1", "1.5", "three", "1-3", "9" * 5000):
        with pytest.raises(InputError, match="no number of a picture"):
            parse_numbers(text)
