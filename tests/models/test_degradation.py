"""Degraded inputs for training: which images, how, and the same in any number of processes."""

import numpy as np
import pytest
import torch
from torch import Tensor

from colorizer.models.degradation import DEGRADATIONS, degrade, degrade_share


@pytest.fixture
def gray() -> Tensor:
    """A bright square on a slope, `(400, 1, 40, 36)`: sides that are no multiples of a JPEG block."""
    slope = torch.linspace(0.1, 0.5, 36).expand(400, 1, 40, 36).clone()
    slope[..., 10:30, 10:30] = 0.9
    return slope


@pytest.mark.parametrize("change", DEGRADATIONS, ids=lambda function: function.__name__)
def test_degradation_changes_image_and_keeps_its_shape(change, gray: Tensor) -> None:
    for seed in range(5):
        result = change(gray[0], np.random.default_rng(seed))
        assert result.shape == (1, 40, 36)
        assert result.dtype == torch.float32
        assert 0.003 < (result - gray[0]).abs().mean() < 0.6


def test_degraded_image_stays_in_range_and_keeps_its_object(gray: Tensor) -> None:
    for seed in range(30):
        result = degrade(gray[0], np.random.default_rng(seed))
        assert 0 <= result.min() <= result.max() <= 1
        assert result[0, 14:26, 14:26].mean() > result[0, 14:26, :6].mean()


def test_two_fifths_are_degraded_and_the_input_is_kept(gray: Tensor) -> None:
    before = gray.clone()
    changed = (degrade_share(gray, 400, seed=1, step=5) - gray).abs().amax((1, 2, 3)) > 0
    assert torch.equal(gray, before)
    assert 0.32 < changed.float().mean() < 0.48


def test_seed_and_step_determine_degradations(gray: Tensor) -> None:
    first = degrade_share(gray, 400, seed=1, step=5)
    assert torch.equal(first, degrade_share(gray, 400, seed=1, step=5))
    assert not torch.equal(first, degrade_share(gray, 400, seed=1, step=6))
    assert not torch.equal(first, degrade_share(gray, 400, seed=2, step=5))


def test_processes_share_a_batch(gray: Tensor) -> None:
    whole = degrade_share(gray, 400, seed=1, step=5)
    parts = [degrade_share(gray[rank::2], 400, seed=1, step=5, rank=rank, world_size=2) for rank in range(2)]
    for rank, part in enumerate(parts):  # The size of a batch may change how sums are rounded.
        torch.testing.assert_close(part, whole[rank::2])
