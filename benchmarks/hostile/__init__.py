"""Files, archives, and folders made to harm whoever opens them, for `benchmarks.hostile_files` and the tests."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Case:
    """One of them."""

    name: str
    """Unique; for files with a suffix."""
    kind: str
    """`image`, `archive` or `folder`."""
    write: Callable[[Path], object]
    """Makes it at a path."""
    is_quick: bool = True
    """Whether making and opening it takes so little that the tests can do it."""


def cases() -> Iterator[Case]:
    """Yield all of them."""
    from benchmarks.hostile import archives, folders, images

    for module in (images, archives, folders):
        yield from module.cases()
