"""The results of the 2021 study beside ours, and the data-layout bug that made its U-Net lose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from colorizer.comparison.html import render
from colorizer.evaluation import Metrics
from colorizer.models.registry import architecture
from colorizer.runs import GRAY
from colorizer.runs.charts import BASELINE_COLOR
from colorizer.study import STUDY_SUMS, mean_test_error

EXPLANATION = (
    "The study stored images as height x width x channel but converted them to channel x height x width with `view`, "
    "which reinterprets memory without moving any values; `permute` would have been right.",
    "So the red channel became the top third of the image, green the middle, and blue the bottom. Within each, the "
    "left, middle, and right thirds alternate line by line, with the R, G, and B of every pixel side by side as gray: "
    "nine interleaved gray thumbnails.",
    "A fully connected decoder connects every unit to every pixel, so it can learn any fixed permutation. A U-Net "
    "predicts each pixel from its neighborhood, where nothing of its target can be found. It did not lose to the other "
    "networks; it was trained on scrambled targets.",
)
BEYOND_BASELINE = (
    "All of the study's networks redraw the whole image through a bottleneck, brightness included, and every one ended "
    "up farther from the originals than the gray input. Ours keep the brightness of the input and predict only the "
    "color."
)


@dataclass(frozen=True)
class StudyRow:
    """One row of the table."""

    source: str
    """`study`, `ours`, or empty for the baseline."""
    network: str
    architecture: str | None
    run: str | None
    train_sum: float | None
    test_sum: float
    test_mse: float


def study_rows(
    metrics: Sequence[Metrics], train_sums: Mapping[str, float], labels: Mapping[str, str]
) -> list[StudyRow]:
    """Return the study's results and ours by architecture, after the grayscale baseline.

    Args:
        metrics: measured on the test images of CIFAR-10, the baseline's first; may be empty.
        train_sums: the lowest training sum of each run, by its name.
        labels: the label of each run, by its name.
    """
    rows = [
        StudyRow("", "Grayscale baseline", None, GRAY, None, entry["loss_sum"], entry["mse"]) for entry in metrics[:1]
    ]
    for name, (train_sum, test_sum) in STUDY_SUMS.items():
        title, error = architecture(name).title, mean_test_error(test_sum)
        rows.append(StudyRow("study", title, name, None, train_sum, test_sum, error))
        for entry in metrics[1:]:
            if entry["architecture"] == name:
                run = entry["run"]
                sums = train_sums.get(run), entry["loss_sum"]
                rows.append(StudyRow("ours", labels[run], name, run, *sums, entry["mse"]))
    return rows


def study_table_html(rows: Sequence[StudyRow], colors: Mapping[str, str]) -> Markup:
    """Render the table; bars are mean squared errors on test images, with a mark at the grayscale baseline."""
    return render(
        "study_table",
        rows=rows,
        colors={**dict.fromkeys((row.run for row in rows), BASELINE_COLOR), **colors},
        longest=max(row.test_mse for row in rows),
        baseline=next((row.test_mse for row in rows if row.run == GRAY), None),
    )


def scramble(pixels: np.ndarray) -> np.ndarray:
    """Reinterpret height-width-channel arrays as channel-height-width, as the study did by mistake.

    Args:
        pixels: `(..., H, W, 3)`, one image or several.

    Returns:
        The same shape and type: the three channels the networks were given, ready to be shown.
    """
    *batch, height, width, channels = pixels.shape
    viewed = np.ascontiguousarray(pixels).reshape(*batch, channels, height, width)
    return np.ascontiguousarray(np.moveaxis(viewed, -3, -1))


def scramble_html(pixels: np.ndarray) -> Markup:
    """Render an image, what the bug makes of it, and the three channels of that.

    Args:
        pixels: `(side, side, 3)` uint8.
    """
    scrambled = scramble(pixels)
    pictures = {"the original": pixels, "the target the networks were given": scrambled}
    for number, color in enumerate(("red", "green", "blue")):
        pictures[f"its {color} channel"] = scrambled[..., [number] * 3]
    return render("scramble", pictures=pictures)
