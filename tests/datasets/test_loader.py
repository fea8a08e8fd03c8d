"""Batches: every image once, in an order that the seed and the epoch decide."""

import numpy as np
import pytest
import torch

from colorizer.datasets.loader import sequential_batches, to_device, to_float, training_batches

IMAGES = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (10, 4, 4, 3), dtype=np.uint8))


def epoch(**settings: int) -> list[torch.Tensor]:
    return list(training_batches(IMAGES, 4, **{"seed": 0, "epoch": 0, "flip": False, **settings}))  # type: ignore[arg-type]


def as_set(batches: list[torch.Tensor]) -> set[bytes]:
    return {image.numpy().tobytes() for batch in batches for image in batch}


def test_epoch_covers_every_image_once() -> None:
    batches = epoch()
    assert [len(batch) for batch in batches] == [4, 4, 2]
    assert as_set(batches) == {image.numpy().tobytes() for image in to_float(IMAGES)}


def test_order_depends_only_on_seed_and_epoch() -> None:
    assert torch.equal(torch.cat(epoch()), torch.cat(epoch()))
    assert not torch.equal(torch.cat(epoch()), torch.cat(epoch(epoch=1)))
    assert not torch.equal(torch.cat(epoch()), torch.cat(epoch(seed=1)))


@pytest.mark.parametrize("start", [0, 1, 2, 3])
def test_epoch_resumes_from_any_batch(start: int) -> None:
    rest = epoch(first_batch=start, flip=True)
    whole = epoch(flip=True)[start:]
    assert len(rest) == len(whole)
    assert all(torch.equal(one, other) for one, other in zip(rest, whole, strict=True))


def test_flip_mirrors_about_half_of_the_images() -> None:
    plain, flipped = torch.cat(epoch()), torch.cat(epoch(flip=True))
    mirrored = 0
    for one, other in zip(plain, flipped, strict=True):
        assert torch.equal(other, one) or torch.equal(other, one.flip(-1))
        mirrored += not torch.equal(other, one)
    assert 0 < mirrored < 10


def test_random_shift_reflects_at_the_border() -> None:
    ramp = torch.arange(4, dtype=torch.uint8).expand(500, 4, 4)[..., None].repeat(1, 1, 1, 3)
    batches = training_batches(ramp, 100, seed=0, epoch=0, flip=False, random_shift=1)
    rows = (torch.cat(list(batches)) * 255).round().int()[:, 0]
    assert all(bool((image == image[0]).all()) for image in rows), "all rows of a picture move alike"
    seen = {tuple(image[0].tolist()) for image in rows}
    assert seen == {(0, 1, 2, 3), (1, 2, 3, 2), (1, 0, 1, 2)}


def test_random_shift_may_exceed_the_image() -> None:
    for batch in training_batches(IMAGES, 10, seed=0, epoch=0, flip=True, random_shift=64):
        assert batch.shape == (10, 3, 4, 4)


def test_epoch_with_random_shift_resumes() -> None:
    rest, whole = epoch(first_batch=2, flip=True, random_shift=2), epoch(flip=True, random_shift=2)[2:]
    assert all(torch.equal(one, other) for one, other in zip(rest, whole, strict=True))


def test_crops_have_the_requested_size_and_cover_the_image() -> None:
    ramp = torch.arange(16, dtype=torch.uint8).expand(400, 16, 16)[..., None].repeat(1, 1, 1, 3)
    batches = list(training_batches(ramp, 20, seed=0, epoch=0, flip=False, crop=8))
    assert {batch.shape for batch in batches} == {(20, 3, 8, 8)}
    rows = torch.cat(batches)[:, 0, 0] * 255
    slopes = (rows[:, -2] - rows[:, 1]) / 5
    assert 1 <= slopes.min() < 1.2
    assert 1.8 < slopes.max() <= 2.01
    assert rows[:, 0].min() < 0.6
    assert rows[:, -1].max() > 14.4


def test_epoch_with_crops_resumes() -> None:
    rest, whole = epoch(first_batch=1, flip=True, crop=2), epoch(flip=True, crop=2)[1:]
    assert all(torch.equal(one, other) for one, other in zip(rest, whole, strict=True))


def test_sequential_batches_are_exact() -> None:
    rgb = torch.cat(list(sequential_batches(IMAGES, 3)))
    assert torch.equal(rgb.permute(0, 2, 3, 1).mul(255).round().to(torch.uint8), IMAGES)
    assert 0 <= rgb.min() < rgb.max() <= 1


def test_images_are_not_copied_on_cpu() -> None:
    array = IMAGES.numpy().copy()
    assert np.shares_memory(to_device(array, torch.device("cpu")).numpy(), array)
