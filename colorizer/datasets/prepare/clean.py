"""Which pictures are left out of a dataset, and which are only counted as doubtful.

Test pictures come first, so a copy is always left out of the training split, never of the test split.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from colorizer.datasets.dataset import CleaningRecord
from colorizer.datasets.prepare.config import PrepareConfig
from colorizer.datasets.prepare.decode import Decoded
from colorizer.datasets.prepare.near_duplicates import NearDuplicateIndex
from colorizer.datasets.prepare.plan import File, Plan

EXAMPLES = 8
"""How many examples of what a step found are kept."""


class Step(NamedTuple):
    """A step of cleaning."""

    key: str
    title: str
    setting: str | None
    """The field of `PrepareConfig` that has it leave out what it finds; None if it always does."""


STEPS = (
    Step("unreadable", "unreadable files", None),
    Step("size", "pictures of another size", None),
    Step("gray", "pictures without color", "drop_gray"),
    Step("duplicate", "exact duplicates", "drop_duplicates"),
    Step("leak", "training pictures that all but equal a test picture", "drop_leaks"),
)


def verdict(record: CleaningRecord) -> str:
    """What became of what a step found, in a word or two."""
    if record.left_out:
        return "left out"
    return "made equal" if record.step == "size" else "kept"


class Outcome(NamedTuple):
    """What became of a file."""

    row: int | None
    """Where it is in the packed array of its split."""
    step: str | None
    """What left it out."""
    reason: str | None
    width: int
    height: int
    id: int


class Cleaner:
    """Sorts the pictures of one split, in order."""

    def __init__(self, config: PrepareConfig, plan: Plan, test_pixels: np.ndarray | None) -> None:
        """
        Args:
            config: what is to be left out.
            plan: where findings are noted.
            test_pixels: the test split `(N, size, size, 3)` uint8 for the training split to be compared with.
        """
        self._drops = {step.key: bool(step.setting and getattr(config, step.setting)) for step in STEPS}
        self._plan = plan
        self._test = test_pixels
        self._index = NearDuplicateIndex(test_pixels) if test_pixels is not None else None
        self._test_ids = list(_ids(plan)) if test_pixels is not None else []
        self._shown = dict(plan.query("SELECT step, count(*) FROM findings GROUP BY step"))

    def sort(self, files: Iterable[File], decoded: Decoded, first_row: int) -> tuple[list[int], list[Outcome]]:
        """What to keep of a few pictures.

        Args:
            files: what was read.
            decoded: what came of it.
            first_row: where the next picture will be in the packed array.

        Returns:
            The rows of `decoded.pixels` to keep, and what became of each file.
        """
        alike: list[int | None] = [None] * len(decoded.pixels)
        if self._index:
            alike = self._index.find(decoded.pixels, decoded.edges)
        kept: list[int] = []
        outcomes = []
        position = 0
        for number, file in enumerate(files):
            size = decoded.dimensions[number]
            if number in decoded.problems:
                step, reason = decoded.problems[number]
                outcomes.append(Outcome(None, step, reason, *size, file.id))
                continue
            verdict = self._judge(file, decoded, position, alike[position])
            if verdict is None:
                outcomes.append(Outcome(first_row + len(kept), None, None, *size, file.id))
                kept.append(position)
            else:
                outcomes.append(Outcome(None, *verdict, *size, file.id))
            position += 1
        return kept, outcomes

    def _judge(self, file: File, decoded: Decoded, position: int, alike: int | None) -> tuple[str, str] | None:
        """The step that leaves a picture out and why, if any does; all steps note what they find until then."""
        pixels = decoded.pixels[position]
        if decoded.is_gray[position]:
            self._note("gray", file, pixels)
            if self._drops["gray"]:
                return "gray", "It has no color."
        first = self._plan.first_with(decoded.digests[position], file.id)
        if first != file.id:
            self._note("duplicate", file, pixels, first, pixels)
            if self._drops["duplicate"]:
                return "duplicate", f"Its pixels are those of {self._plan.original(first)}."
        if alike is not None and self._test is not None:
            other = self._test_ids[alike]
            self._note("leak", file, pixels, other, self._test[alike])
            if self._drops["leak"]:
                return "leak", f"It all but equals the test picture {self._plan.original(other)}."
        return None

    def _note(
        self,
        step: str,
        file: File,
        pixels: np.ndarray,
        other: int | None = None,
        other_pixels: np.ndarray | None = None,
    ) -> None:
        self._shown[step] = self._shown.get(step, 0) + 1
        is_example = self._shown[step] <= EXAMPLES
        blobs = (
            pixels.tobytes() if is_example else None,
            other_pixels.tobytes() if is_example and other_pixels is not None else None,
        )
        self._plan.add_finding(step, file.id, other, *blobs)


def _ids(plan: Plan) -> Iterable[int]:
    rows = plan.query("SELECT id FROM files WHERE split = 'test' AND row IS NOT NULL ORDER BY id")
    return (identity for (identity,) in rows)
