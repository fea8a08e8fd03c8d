"""Cleaning: which images are left out of a dataset, and which are only counted.

Test images are cleaned first, so of two copies it is the training image that is left out.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from colorizer.datasets.dataset import CleaningRecord
from colorizer.datasets.prepare.config import PrepareConfig
from colorizer.datasets.prepare.decode import Decoded
from colorizer.datasets.prepare.near_duplicates import NearDuplicateIndex
from colorizer.datasets.prepare.plan import File, Outcome, Plan

MAX_EXAMPLES = 8
"""How many examples of what a step found are saved."""


class Step(NamedTuple):
    """A cleaning step."""

    key: str
    title: str
    option: str | None
    """The field of `PrepareConfig` that makes it leave out what it finds; None if it always does."""


STEPS = (
    Step("ignored", "files that are not images, hidden, or links", None),
    Step("unreadable", "unreadable files", None),
    Step("size", "images of other sizes", None),
    Step("gray", "grayscale images", "drop_grayscale"),
    Step("duplicate", "exact duplicates", "drop_duplicates"),
    Step("leak", "training images that are near-duplicates of a test image", "drop_leaks"),
)


def action(record: CleaningRecord) -> str:
    """Return what was done with the images that a step found."""
    if record.left_out:
        return "left out"
    return "resized" if record.step == "size" else "kept"


class Cleaner:
    """Cleans the images of one split, in order."""

    def __init__(self, config: PrepareConfig, plan: Plan, test_pixels: np.ndarray | None) -> None:
        """
        Args:
            config: says what is left out.
            plan: where findings are saved.
            test_pixels: `(N, size, size, 3)` uint8, to find near-duplicates of test images in the training split.
        """
        self._drops = {step.key: bool(step.option and getattr(config, step.option)) for step in STEPS}
        self._plan = plan
        self._test = test_pixels
        self._index = NearDuplicateIndex(test_pixels) if test_pixels is not None else None
        self._test_ids = plan.packed_ids("test") if test_pixels is not None else []
        self._counts = plan.finding_counts()

    def clean(self, files: Iterable[File], decoded: Decoded, first_row: int) -> tuple[list[int], list[Outcome]]:
        """Decide which images of a chunk to keep.

        Args:
            files: the files of the chunk.
            decoded: their images.
            first_row: the row that the next image gets in the packed array.

        Returns:
            The rows of `decoded.pixels` to keep, and the outcome of each file.
        """
        matches: list[int | None] = [None] * len(decoded.pixels)
        if self._index:
            matches = self._index.find(decoded.pixels, decoded.edges)
        rows: list[int] = []
        outcomes = []
        row = 0
        for position, file in enumerate(files):
            size = decoded.dimensions[position]
            if position in decoded.problems:
                outcomes.append(Outcome(None, *decoded.problems[position], *size, file.id))
                continue
            problem = self._find_problem(file, decoded, row, matches[row])
            if problem is None:
                outcomes.append(Outcome(first_row + len(rows), None, None, *size, file.id))
                rows.append(row)
            else:
                outcomes.append(Outcome(None, *problem, *size, file.id))
            row += 1
        return rows, outcomes

    def _find_problem(self, file: File, decoded: Decoded, row: int, match: int | None) -> tuple[str, str] | None:
        """Return the step that leaves an image out and the reason, if any does. Findings up to that step are saved."""
        pixels = decoded.pixels[row]
        if decoded.is_gray[row]:
            self._save("gray", file, pixels)
            if self._drops["gray"]:
                return "gray", "It has no color."
        first = self._plan.first_with_digest(decoded.digests[row], file.id)
        if first != file.id:
            self._save("duplicate", file, pixels, first, pixels)
            if self._drops["duplicate"]:
                return "duplicate", f"It has the same pixels as {self._plan.original(first)}."
        if match is not None and self._test is not None:
            other = self._test_ids[match]
            self._save("leak", file, pixels, other, self._test[match])
            if self._drops["leak"]:
                return "leak", f"It is a near-duplicate of the test image {self._plan.original(other)}."
        return None

    def _save(
        self,
        step: str,
        file: File,
        pixels: np.ndarray,
        other: int | None = None,
        other_pixels: np.ndarray | None = None,
    ) -> None:
        self._counts[step] = self._counts.get(step, 0) + 1
        is_example = self._counts[step] <= MAX_EXAMPLES
        blobs = (
            pixels.tobytes() if is_example else None,
            other_pixels.tobytes() if is_example and other_pixels is not None else None,
        )
        self._plan.add_finding(step, file.id, other, *blobs)
