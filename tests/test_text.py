"""Lengths of time for people."""

import pytest

from colorizer.text import duration


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(8.2, "8 s"), (59.6, "1 min"), (180, "3 min"), (3599, "1 h 00 min"), (7500, "2 h 05 min")],
)
def test_lengths_of_time_are_as_short_as_they_are_exact(seconds: float, text: str) -> None:
    assert duration(seconds) == text
