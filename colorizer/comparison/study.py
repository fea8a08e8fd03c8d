"""The study of 2021 beside our runs, and the mistake that made its U-Net lose."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from colorizer.evaluation import Figures
from colorizer.models.registry import architecture
from colorizer.runs.store import GRAY
from colorizer.study import STUDY_SUMS, mean_test_error

EXPLANATION = (
    "The study kept pictures as height x width x channel, but handed them over as channel x height x width with "
    "`view`, which gives the numbers a new shape without moving them; `permute` would have moved them.",
    "So what was to be red became the top third of the picture, green the middle, blue the bottom. In each, the left, "
    "middle and right third take turns line by line, with R, G and B of every pixel side by side as gray: nine "
    "gray thumbnails, interleaved.",
    "A fully connected decoder joins everything with everything and can learn any fixed shuffle. A U-Net paints each "
    "place from what it sees around it, and finds nothing of its target there. It did not lose to the others; it was "
    "asked to paint the wrong picture.",
)
BEYOND_GRAY = (
    "All its networks redraw the whole picture through a bottleneck, brightness included, and each ended up further "
    "from the truth than the gray picture they were given. Ours keep the brightness and decide the color alone."
)


@dataclass(frozen=True)
class Entry:
    """One line of the study's table beside ours."""

    who: str
    network: str
    architecture: str | None
    run: str | None
    train_sum: float | None
    test_sum: float | None
    test_mse: float | None
    """Mean squared error on the test pictures."""


def entries(figures: Sequence[Figures], train_sums: dict[str, float], labels: dict[str, str]) -> list[Entry]:
    """The study's results and ours, by architecture, after the gray copy.

    Args:
        figures: measured on the test pictures of CIFAR-10, the gray copy's first; may be empty.
        train_sums: lowest of each run's sums over training batches.
        labels: what each run is called.
    """
    lines = [Entry("", "Left gray", None, GRAY, None, entry["loss_sum"], entry["mse"]) for entry in figures[:1]]
    for name, (train_sum, test_sum) in STUDY_SUMS.items():
        error = mean_test_error(test_sum)
        lines.append(Entry("the study", architecture(name).title, name, None, train_sum, test_sum, error))
        for entry in figures[1:]:
            if entry["architecture"] == name:
                run, sums = entry["run"], (train_sums.get(entry["run"]), entry["loss_sum"])
                lines.append(Entry("ours", labels[run], name, run, *sums, entry["mse"]))
    return lines


def mistaken(pixels: np.ndarray) -> np.ndarray:
    """Height-width-channel arrays as the study's networks got them: read as channel-height-width.

    Args:
        pixels: `(..., H, W, 3)`, a picture or several.

    Returns:
        The same shape and type: the three channels as they were taken to be, ready to be shown.
    """
    *several, height, width, channels = pixels.shape
    read = np.ascontiguousarray(pixels).reshape(*several, channels, height, width)
    return np.ascontiguousarray(np.moveaxis(read, -3, -1))
