"""The runs that are compared, and the label and the color each has wherever it appears."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from markupsafe import Markup, escape

from colorizer.comparison.html import render
from colorizer.comparison.rows import Row
from colorizer.comparison.study import StudyRow, study_rows
from colorizer.comparison.verdict import verdict
from colorizer.datasets.dataset import load_dataset
from colorizer.errors import UserError
from colorizer.evaluation import Metrics, known_metrics
from colorizer.models.prediction import NATURAL
from colorizer.models.registry import ARCHITECTURES, architecture
from colorizer.runs import Run, run_names
from colorizer.runs.charts import Curve, run_colors
from colorizer.runs.curve import MetricsReader
from colorizer.study import STUDY_DATASET, STUDY_SIZE, STUDY_TRAIN_IMAGES, study_sum


@dataclass(frozen=True)
class Comparison:
    """Runs, their metrics on a dataset, and images they colorized."""

    runs: tuple[Run, ...]
    dataset_name: str
    metrics: tuple[Metrics, ...]
    """Those of the grayscale baseline first; empty if nothing was measured."""
    rows: tuple[Row, ...] = ()

    @cached_property
    def labels(self) -> dict[str, str]:
        """A unique label for each run, by its name."""
        labels = {run.name: run.title for run in self.runs}
        return labels if len(set(labels.values())) == len(labels) else {name: name for name in labels}

    @cached_property
    def colors(self) -> dict[str, str]:
        """A color for each run, by its name. The shipped runs, named after their architectures, come first."""
        return run_colors([run.name for run in self.runs], [*ARCHITECTURES, *run_names()])

    @cached_property
    def curves(self) -> dict[str, pd.DataFrame]:
        """The losses of each run that has finished an epoch, one row per epoch."""
        curves = {run.name: MetricsReader(run.folder / "metrics.jsonl").read() for run in self.runs}
        return {name: losses for name, losses in curves.items() if not losses.empty}

    @property
    def colors_note(self) -> str:
        """A note where the metrics are of other colors than the pictures show; else empty."""
        names = [
            self.labels[run.name] for run in self.runs if architecture(run.config.architecture).predicts_distribution
        ]
        if not names:
            return ""
        predict = "predicts" if len(names) == 1 else "predict"
        return (
            f"{', '.join(names)} {predict} a distribution over colors. The pictures show the default vividness of "
            f"Colorize ({NATURAL:.0%}); the metrics are those of the mean colors, which minimize the expected error."
        )

    @property
    def curves_by_dataset(self) -> dict[str, list[Curve]]:
        """The curves with their labels and colors, by the dataset they were trained on: losses on different images
        cannot be compared."""
        groups: dict[str, list[Curve]] = {}
        for run in self.runs:
            if run.name in self.curves:
                curve = Curve(self.labels[run.name], self.curves[run.name], self.colors[run.name])
                groups.setdefault(run.config.dataset, []).append(curve)
        return groups

    def references(self, dataset_name: str) -> tuple[tuple[str, float], ...]:
        """Return the error of the grayscale baseline as a reference line for curves on a dataset, if it is known."""
        baseline = known_metrics(self.runs, dataset_name)[:1] if dataset_name != self.dataset_name else self.metrics
        return (("grayscale baseline", baseline[0]["mse"]),) if baseline else ()

    @cached_property
    def for_photographs(self) -> set[str]:
        """Names of the runs that are made and trained for larger images than those of the dataset."""
        size = STUDY_SIZE if self.dataset_name == STUDY_DATASET else 0
        with suppress(UserError):
            size = load_dataset(self.dataset_name).manifest.size
        others = [run for run in self.runs if size and run.config.dataset != self.dataset_name]
        return {
            run.name
            for run in others
            if min(architecture(run.config.architecture).model_class.inference_sizes) > 2 * size
        }

    @property
    def ranked_metrics(self) -> list[Metrics]:
        """The metrics without those of networks made for larger images, which thumbnails do not do justice."""
        return [entry for entry in self.metrics if entry["run"] not in self.for_photographs]

    def verdict_html(self, errors: Mapping[str, np.ndarray]) -> Markup:
        """The ranking in a few sentences, see `verdict`; empty if nothing was measured."""
        sentences = verdict(self.ranked_metrics, lambda name: f"<b>{escape(self.labels.get(name, name))}</b>", errors)
        return render("verdict", sentences=Markup(sentences))

    def study_rows(self) -> list[StudyRow]:
        """The results of the study beside those of these runs."""
        of_study = {run.name for run in self.runs if run.config.dataset == STUDY_DATASET}
        lowest = {
            name: study_sum(float(losses.train_loss.min()), STUDY_TRAIN_IMAGES)
            for name, losses in self.curves.items()
            if name in of_study
        }
        return study_rows(known_metrics(self.runs, STUDY_DATASET), lowest, self.labels)


def legend_html(labels: Mapping[str, str], colors: Mapping[str, str]) -> Markup:
    """Render a dot and a label for each run."""
    return render("legend", labels=labels, colors=colors)
