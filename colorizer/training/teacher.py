"""A network that another one learns from, beside the truth (distillation: Hinton et al. 2015, arXiv 1503.02531).

The same gray may have many colors, and the truth shows one of them at random. A trained network shows their mean,
which is what the least squared error asks for; so its colors are the calmer example. A network that knows likelihoods
shows them all, and a student of its kind learns these.
"""

import torch
from torch import Tensor

from colorizer.datasets.dataset import Dataset
from colorizer.errors import InputError, UserError
from colorizer.inference import Colorizer
from colorizer.models.distribution import DistributionModel
from colorizer.models.registry import architecture, validate_takes
from colorizer.runs.config import NOTHING, TrainingConfig
from colorizer.runs.store import load_run

_SHARE = 0.75
"""Of the example that is the teacher's; the rest is the truth's, which the teacher does not know."""


def validate_teacher(config: TrainingConfig, dataset: Dataset) -> None:
    """Make sure that a network can learn from the run that its settings name.

    Raises:
        InputError: there is no such run, it has no weights, or it does not take these images; or the network learns
            likelihoods, and the run knows none.
    """
    if config.teacher == NOTHING:
        return
    try:
        run = load_run(config.teacher)
        if architecture(config.architecture).likelihoods and not architecture(run.config.architecture).likelihoods:
            raise InputError(
                f"The {config.architecture} learns how likely colors are, which the run {run.name!r} does not know: "
                f"learn from a {config.architecture}."
            )
        validate_takes(run.config.architecture, dataset.manifest.size, dataset.name)
        if not run.best_weights.is_file():
            raise InputError(f"The run {run.name!r} has no weights yet: learn from another.")
    except UserError as error:
        raise InputError(str(error), setting="teacher") from None


def mixed(truth: Tensor, taught: Tensor) -> Tensor:
    """What is learned from the truth and a teacher together: values, or losses, of both."""
    return torch.lerp(truth, taught, _SHARE)


class Teacher:
    """What a network is shown: the truth, or that mixed with the colors of another network."""

    def __init__(self, config: TrainingConfig, device: torch.device) -> None:
        """
        Args:
            config: names the run to learn from, if any.
            device: where to compute.

        Raises:
            InputError: its weights cannot be used.
        """
        taught = config.teacher != NOTHING
        self._model = Colorizer.load(config.teacher, device.type).model.requires_grad_(False) if taught else None

    @torch.no_grad()
    def example(self, gray: Tensor, rgb: Tensor) -> Tensor:
        """What to make the error to small, `(N, 3, H, W)`.

        Args:
            gray: luma `(N, 1, H, W)` in [0, 1].
            rgb: the truth.
        """
        if self._model is None or not len(rgb):
            return rgb
        return mixed(rgb, self._model(gray).to(rgb.dtype))

    @torch.no_grad()
    def scores(self, gray: Tensor, hints: Tensor) -> Tensor | None:
        """What a teacher that knows likelihoods says, `(N, Q, ceil(H / 4), ceil(W / 4))`, or none without one.

        Args:
            gray: luma `(N, 1, H, W)` in [0, 1].
            hints: `(N, 3, H, W)`, the same as for the student.
        """
        if not isinstance(self._model, DistributionModel) or not len(gray):
            return None
        return self._model.scores(gray, hints).float()
