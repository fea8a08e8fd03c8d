"""Learn from another network as well as from the true colors (Hinton et al. 2015, arXiv 1503.02531).

One gray image can have many colors, and the true ones are a random choice among them. A trained network predicts
their mean, which minimizes the squared error, so its colors are the steadier target. A network that predicts
distributions provides all of them, and a student of its kind learns these.
"""

import torch

from colorizer.datasets.dataset import Dataset
from colorizer.errors import InputError, UserError
from colorizer.inference import Colorizer
from colorizer.models.base import ColorizationModel
from colorizer.models.registry import architecture, validate_image_size
from colorizer.runs import load_run
from colorizer.runs.config import NO_TEACHER, TrainingConfig


def validate_teacher(config: TrainingConfig, dataset: Dataset) -> None:
    """Make sure that the run named as teacher can be one.

    Raises:
        InputError: there is no such run, it has no weights, it does not take these images, or it does not predict
            distributions though the student does.
    """
    if config.teacher == NO_TEACHER:
        return
    try:
        run = load_run(config.teacher)
        student, teacher = architecture(config.architecture), architecture(run.config.architecture)
        if not student.model_class.can_learn_from(teacher.model_class):
            raise InputError(
                f"{student.title} learns distributions over colors, which the run {run.name!r} does not predict: "
                f"choose a run of the architecture {student.name}."
            )
        validate_image_size(teacher.name, dataset.manifest.size, dataset.name)
        if not run.best_weights.is_file():
            raise InputError(f"The run {run.name!r} has no weights yet: choose another.")
    except UserError as error:
        raise InputError(str(error), setting="teacher") from None


def load_teacher(config: TrainingConfig, device: torch.device) -> ColorizationModel | None:
    """Load the teacher's best weights for inference, or return None if there is no teacher.

    Raises:
        InputError: its weights cannot be used.
    """
    if config.teacher == NO_TEACHER:
        return None
    return Colorizer.load(config.teacher, device.type).model.requires_grad_(False)
