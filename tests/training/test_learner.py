"""One training step, the average of the weights, and settings that do not fit."""

from typing import Any

import pytest
import torch

from colorizer import jobs
from colorizer.datasets.dataset import Dataset
from colorizer.errors import InputError
from colorizer.runs import Run
from colorizer.training.distributed import DistContext
from colorizer.training.learner import Learner, validate_fits
from colorizer.training.trainer import train
from tests.training.helpers import assert_same_weights, at_epoch, silent, tiny_config


def learner(dataset: Dataset, **settings: float) -> Learner:
    config = tiny_config("unet", learning_rate=0.01, **settings)
    return Learner(config, dataset.manifest, torch.device("cpu"), DistContext())


def steps(learning: Learner, first: int, last: int) -> None:
    images = torch.rand((4, 3, 32, 32), generator=torch.Generator().manual_seed(0))
    for number in range(first, last):
        learning.step(images, number, 0.01, 4)


def test_without_ema_the_model_itself_is_evaluated(tiny: Dataset) -> None:
    learning = learner(tiny)
    assert learning.ema_model is learning.model


def test_ema_is_updated_every_ten_steps_with_growing_decay(tiny: Dataset) -> None:
    learning = learner(tiny, ema_decay=0.9)
    expected = {name: value.clone() for name, value in learning.model.state_dict().items()}
    for done in (10, 20, 30, 40):
        steps(learning, done - 10, done)
        share = min(0.9, (1 + done) / (10 + done)) ** 10
        for name, value in learning.model.state_dict().items():
            expected[name] = share * expected[name] + (1 - share) * value if value.is_floating_point() else value
    for name, value in learning.ema_model.state_dict().items():
        assert torch.allclose(value.double(), expected[name].double(), atol=1e-5), name
    different = [
        not torch.equal(kept, present)
        for kept, present in zip(learning.ema_model.parameters(), learning.model.parameters(), strict=True)
    ]
    assert all(different)


def test_test_error_is_that_of_the_ema(tiny: Dataset) -> None:
    learning = learner(tiny, ema_decay=0.99)
    images = torch.from_numpy(tiny.images("test"))
    steps(learning, 0, 20)
    before = learning.test_error(images)
    with torch.no_grad():
        for parameter in learning.model.parameters():
            parameter.zero_()
    assert learning.test_error(images) == before
    assert not any(parameter.requires_grad for parameter in learning.ema_model.parameters())


def test_weight_decay_shrinks_weights(tiny: Dataset) -> None:
    sizes = []
    for decay in (0.0, 0.5):
        learning = learner(tiny, weight_decay=decay)
        steps(learning, 0, 20)
        sizes.append(sum(float(parameter.detach().square().sum()) for parameter in learning.model.parameters()))
    assert sizes[1] < 0.95 * sizes[0]


def test_photo_resumes_bit_for_bit_on_crops(tiny: Dataset) -> None:
    settings: dict[str, Any] = {"crop": 16, "batch_size": 8, "ema_decay": 0.9, "learning_rate": 1e-3}
    straight = Run.create("straight", tiny_config("photo", epochs=2, **settings))
    train(straight, silent)
    resumed = Run.create("resumed", tiny_config("photo", epochs=2, **settings))
    train(resumed, at_epoch(1, lambda: jobs.request_stop(resumed.folder)))
    assert resumed.status().state == "stopped"
    train(resumed, silent)
    assert_same_weights(straight, resumed)
    losses = straight.metrics().train_loss
    assert losses.iloc[-1] < losses.iloc[0]


@pytest.mark.parametrize(
    ("architecture", "settings", "setting"),
    [
        ("unet", {"crop": 33}, "crop"),
        ("fc512", {"crop": 16}, "crop"),
        ("photo", {"keep_luma": False}, "keep_luma"),
        ("photo", {"batch_size": 47}, "batch_size"),
    ],
)
def test_settings_that_do_not_fit_are_refused_at_their_field(
    architecture: str, settings: dict[str, Any], setting: str, tiny: Dataset
) -> None:
    with pytest.raises(InputError) as error:
        validate_fits(tiny_config(architecture, **settings), tiny)
    assert error.value.setting == setting
