"""Distillation: learning from another network as well as from the true colors."""

from contextlib import nullcontext
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from colorizer.color import luma
from colorizer.datasets.dataset import Dataset
from colorizer.datasets.loader import to_float
from colorizer.errors import InputError
from colorizer.inference import Colorizer
from colorizer.models.base import TrainingStep, build_model
from colorizer.models.distribution import DistributionModel
from colorizer.runs import Run
from colorizer.runs.config import NO_TEACHER
from colorizer.training.distillation import load_teacher
from colorizer.training.learner import validate_fits
from colorizer.training.trainer import train
from tests.training.helpers import assert_same_weights, silent, tiny_config

CPU = torch.device("cpu")


@pytest.mark.parametrize("count", [5, 0])
def test_target_mixes_true_colors_with_those_of_teacher(count: int, tiny: Dataset, trained: Run) -> None:
    rgb = to_float(torch.from_numpy(tiny.images("train"))[:count])
    targets: list[Tensor] = []

    def criterion(predicted: Tensor, target: Tensor) -> Tensor:
        targets.append(target)
        return F.mse_loss(predicted, target, reduction="sum")

    student = build_model("fc512")
    for teacher in ("trained", NO_TEACHER):
        teacher_model = load_teacher(tiny_config("fc512", teacher=teacher), CPU)
        student.training_loss(TrainingStep(rgb, student, criterion, nullcontext, teacher_model, batch_size=count))
    taught = Colorizer.load("trained").predict_thumbnails(luma(rgb)) if count else rgb
    torch.testing.assert_close(targets[0], 0.25 * rgb + 0.75 * taught, atol=1e-5, rtol=0)
    assert not targets[0].requires_grad
    assert targets[1] is rgb


def test_student_gets_closer_to_its_teacher(tiny: Dataset, trained: Run) -> None:
    gray = luma(to_float(torch.from_numpy(tiny.images("train"))))
    goal = Colorizer.load("trained").predict_thumbnails(gray)
    distance = {}
    for teacher in (NO_TEACHER, "trained"):
        run = Run.create(f"by-{teacher}", tiny_config("fc512", teacher=teacher, epochs=20))
        train(run, silent)
        distance[teacher] = float((Colorizer.load(run.name).predict_thumbnails(gray) - goal).square().mean())
    assert distance["trained"] < 0.8 * distance[NO_TEACHER]


def test_distillation_is_deterministic(tiny: Dataset, trained: Run) -> None:
    runs = [Run.create(name, tiny_config("fc512", teacher="trained")) for name in ("a", "b")]
    for run in runs:
        train(run, silent)
    assert_same_weights(*runs)


def test_student_learns_distributions_of_its_teacher(tiny: Dataset) -> None:
    gray = luma(to_float(torch.from_numpy(tiny.images("train"))[:8]))
    train(Run.create("master", tiny_config("photo", epochs=3)), silent)
    goal = _distribution("master", gray)
    distance = {}
    for teacher in (NO_TEACHER, "master"):
        run = Run.create(f"photo-by-{teacher}", tiny_config("photo", teacher=teacher, epochs=12))
        train(run, silent)
        distance[teacher] = float(F.kl_div(_distribution(run.name, gray).log(), goal, reduction="batchmean"))
    assert distance["master"] < 0.8 * distance[NO_TEACHER]


def _distribution(run: str, gray: Tensor) -> Tensor:
    model = Colorizer.load(run).model
    assert isinstance(model, DistributionModel)
    with torch.no_grad():
        return model.logits(gray).softmax(1)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"teacher": "nowhere"}, "no run 'nowhere'"),
        ({"teacher": "untrained"}, "no weights yet"),
        ({"teacher": "trained", "architecture": "photo"}, "choose a run of the architecture photo"),
    ],
)
def test_unsuitable_teacher_is_refused_at_its_field(
    settings: dict[str, Any], reason: str, tiny: Dataset, trained: Run
) -> None:
    Run.create("untrained", tiny_config("fc512"))
    with pytest.raises(InputError, match=reason) as refusal:
        validate_fits(tiny_config(**{"architecture": "fc512", **settings}), tiny)
    assert refusal.value.setting == "teacher"
