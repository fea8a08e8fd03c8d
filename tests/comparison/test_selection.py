"""Select images of a dataset."""

from typing import Any

import numpy as np
import pytest

from colorizer.comparison.selection import Selection, parse_numbers, select
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
def test_images_are_sorted_by_error(kind: str, runs: tuple[str, ...], expected: list[int]) -> None:
    assert select(Selection(kind, runs, count=3), 5, ERRORS) == expected


def test_gains_are_relative_to_the_baseline() -> None:
    errors = {"gray": np.array([0.9, 0.2]), "one": np.array([0.4, 0.1])}
    assert select(Selection("best", ("one",)), 2, errors) == [1, 0]
    assert select(Selection("gained", ("one",)), 2, errors) == [0, 1]


def test_random_images_are_reproducible_and_distinct() -> None:
    first = select(Selection(seed=3), 100, ERRORS)
    assert first == select(Selection(seed=3), 100, ERRORS)
    assert first != select(Selection(seed=4), 100, ERRORS)
    assert len(set(first)) == 6
    assert sorted(select(Selection(count=48), 10, ERRORS)) == list(range(10)), "all, where there are fewer"


def test_numbers_keep_order() -> None:
    assert select(Selection("numbers", numbers=(4, 0, 4, 2)), 5, ERRORS) == [4, 0, 2]
    with pytest.raises(InputError, match="no image 5: they are numbered from 0 to 4"):
        select(Selection("numbers", numbers=(1, 5)), 5, ERRORS)


@pytest.mark.parametrize("found", [None, np.zeros(3)])
def test_missing_or_mismatched_errors_are_rejected(found: np.ndarray | None) -> None:
    with pytest.raises(InputError, match="evaluate it first"):
        select(Selection("best", ("one",)), 5, {} if found is None else {"one": found})


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"kind": "nicest"}, "use random, numbers, best"),
        ({"kind": "best"}, "name one network"),
        ({"kind": "differ", "runs": ("one", "one")}, "two different networks"),
        ({"kind": "numbers"}, "numbers of the images"),
        ({"count": 0}, "from 1 to 48, not 0"),
        ({"count": 49}, "not 49"),
        ({"seed": -1}, "seed must not be negative"),
    ],
)
def test_incomplete_selection_is_rejected(settings: dict[str, Any], reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        Selection(**settings)


def test_parse_numbers() -> None:
    assert parse_numbers(" 3, 14 15;9 ") == (3, 14, 15, 9)
    assert parse_numbers("") == ()
    for text in ("-1", "1.5", "three", "1-3", "9" * 5000):
        with pytest.raises(InputError, match="not an image number"):
            parse_numbers(text)
