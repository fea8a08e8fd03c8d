"""What a comparison holds, from which its exports are made."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from colorizer.comparison.labels import colors, label
from colorizer.comparison.rows import Row
from colorizer.comparison.study import Entry, entries
from colorizer.evaluation import Figures
from colorizer.models.prediction import NATURAL
from colorizer.models.registry import ARCHITECTURES, architecture
from colorizer.runs.curve import GrowingCurve
from colorizer.runs.store import Run, run_names
from colorizer.study import STUDY_DATASET


def curve(run: Run) -> pd.DataFrame:
    """A run's losses, one row per finished epoch; damaged lines are left out."""
    return GrowingCurve(run.folder / "metrics.jsonl").read()


@dataclass(frozen=True)
class Comparison:
    """Runs, what they were measured to do on a dataset, and pictures they colored."""

    runs: tuple[Run, ...]
    dataset_name: str
    figures: tuple[Figures, ...]
    """The gray copy's first; empty where nothing was measured."""
    rows: tuple[Row, ...] = ()

    @cached_property
    def labels(self) -> dict[str, str]:
        """What each run is called; no two are called the same."""
        labels = {run.name: label(run) for run in self.runs}
        return labels if len(set(labels.values())) == len(labels) else {name: name for name in labels}

    @cached_property
    def colors(self) -> dict[str, str]:
        """The color of each run; the shipped ones, named as their architectures, come first."""
        return colors([run.name for run in self.runs], [*ARCHITECTURES, *run_names()])

    @cached_property
    def curves(self) -> dict[str, pd.DataFrame]:
        """The losses of each run that has finished an epoch."""
        found = {run.name: curve(run) for run in self.runs}
        return {name: losses for name, losses in found.items() if not losses.empty}

    @property
    def note(self) -> str:
        """That figures are of other colors than pictures, where that is so; else empty."""
        lively = [self.labels[run.name] for run in self.runs if architecture(run.config.architecture).likelihoods]
        if not lively:
            return ""
        return (
            f"{', '.join(lively)}: pictures have the colors that Colorize shows (vividness {NATURAL:.0%}); figures, "
            "and the errors that pictures are chosen by, are of the mean colors, somewhat stronger than the safe ones "
            "(vividness 0%)."
        )

    @property
    def gray_of_curves(self) -> float | None:
        """Mean squared error of the gray copy, if the curves are of the pictures that it was measured on."""
        trained_on = {run.config.dataset for run in self.runs if run.name in self.curves}
        return self.figures[0]["mse"] if self.figures and trained_on == {self.dataset_name} else None

    def study_entries(self, figures: Sequence[Figures]) -> list[Entry]:
        """The study's results and these runs'.

        Args:
            figures: measured on CIFAR-10, the gray copy's first; may be empty.
        """
        of_study = {run.name for run in self.runs if run.config.dataset == STUDY_DATASET}
        lowest = {name: float(losses.train_sum.min()) for name, losses in self.curves.items() if name in of_study}
        return entries(figures, lowest, self.labels)
