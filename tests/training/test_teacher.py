"""Learning from another network beside the truth."""

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
from colorizer.models.distribution import DistributionModel
from colorizer.runs.store import Run, create_run
from colorizer.training.learner import validate_fits
from colorizer.training.teacher import Teacher
from colorizer.training.trainer import train
from tests.training.helpers import assert_same_weights, silent, tiny_config

CPU = torch.device("cpu")


def test_the_example_lies_between_the_truth_and_the_teacher(tiny: Dataset, trained: Run) -> None:
    rgb = to_float(torch.from_numpy(tiny.images("train"))[:5])
    gray = luma(rgb)
    taught = Colorizer.load("trained").predict_thumbnails(gray)
    example = Teacher(tiny_config("fc512", teacher="trained"), CPU).example(gray, rgb)
    assert torch.allclose(example, 0.25 * rgb + 0.75 * taught, atol=1e-5)
    assert not example.requires_grad
    assert Teacher(tiny_config("fc512"), CPU).example(gray, rgb) is rgb
    assert Teacher(tiny_config("fc512", teacher="trained"), CPU).example(gray[:0], rgb[:0]).shape == rgb[:0].shape


def test_a_taught_network_comes_nearer_to_its_teacher(tiny: Dataset, trained: Run) -> None:
    gray = luma(to_float(torch.from_numpy(tiny.images("train"))))
    goal = Colorizer.load("trained").predict_thumbnails(gray)
    apart = {}
    for teacher in ("nothing", "trained"):
        run = create_run(f"by-{teacher}", tiny_config("fc512", teacher=teacher, epochs=20))
        train(run, silent)
        apart[teacher] = float((Colorizer.load(run.name).predict_thumbnails(gray) - goal).square().mean())
    assert apart["trained"] < 0.8 * apart["nothing"]


def test_a_taught_training_is_the_same_each_time(tiny: Dataset, trained: Run) -> None:
    runs = [create_run(name, tiny_config("fc512", teacher="trained")) for name in ("a", "b")]
    for run in runs:
        train(run, silent)
    assert_same_weights(*runs)


def test_likelihoods_are_learned_from_a_network_that_knows_them(tiny: Dataset) -> None:
    gray = luma(to_float(torch.from_numpy(tiny.images("train"))[:8]))
    train(create_run("master", tiny_config("photo", epochs=3)), silent)
    goal = _likelihoods("master", gray)
    apart = {}
    for teacher in ("nothing", "master"):
        run = create_run(f"photo-by-{teacher}", tiny_config("photo", teacher=teacher, epochs=12))
        train(run, silent)
        apart[teacher] = float(F.kl_div(_likelihoods(run.name, gray).log(), goal, reduction="batchmean"))
    assert apart["master"] < 0.8 * apart["nothing"]


def _likelihoods(run: str, gray: Tensor) -> Tensor:
    model = Colorizer.load(run).model
    assert isinstance(model, DistributionModel)
    with torch.no_grad():
        return model.scores(gray).softmax(1)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"teacher": "nowhere"}, "no run 'nowhere'"),
        ({"teacher": "untrained"}, "no weights yet"),
        ({"teacher": "trained", "architecture": "photo"}, "learn from a photo"),
    ],
)
def test_teachers_that_cannot_teach_are_refused_at_their_field(
    settings: dict[str, Any], reason: str, tiny: Dataset, trained: Run
) -> None:
    create_run("untrained", tiny_config("fc512"))
    with pytest.raises(InputError, match=reason) as refusal:
        validate_fits(tiny_config(**{"architecture": "fc512", **settings}), tiny)
    assert refusal.value.setting == "teacher"
