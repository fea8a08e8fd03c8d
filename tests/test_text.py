"""Durations, file sizes and counts as text."""

import pytest

from colorizer.text import count, duration, escape_markdown, file_size


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(8.2, "8 s"), (59.6, "1 min"), (180, "3 min"), (3599, "1 h 00 min"), (7500, "2 h 05 min")],
)
def test_duration(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 bytes"), (999, "999 bytes"), (1500, "1.5 kB"), (184e6, "184 MB"), (999.6e6, "1.0 GB"), (5e16, "50000 TB")],
)
def test_file_size(size: float, text: str) -> None:
    assert file_size(size) == text


def test_count_uses_the_plural() -> None:
    assert [count(number, "image") for number in (0, 1, 2400)] == ["0 images", "1 image", "2,400 images"]
    assert count(2, "copy", "copies") == "2 copies"


def test_escape_markdown() -> None:
    assert escape_markdown("![x](https://a.b/c)") == "\\!\\[x\\]\\(https\\://a.b/c\\)"
    assert escape_markdown("a\n\n# b | c") == "a \\# b \\| c"
