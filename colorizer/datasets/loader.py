"""Batches of images as tensors.

The order of an epoch and its augmentation depend only on the seed and the epoch, so a resumed run sees exactly what an
uninterrupted one sees.
"""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F


def to_device(images: np.ndarray, device: torch.device) -> Tensor:
    """Return a split as a tensor: copied to a GPU once, memory-mapped on a CPU.

    Args:
        images: `(N, H, W, 3)` uint8.
        device: where it is needed.
    """
    if device.type == "cpu":
        return torch.from_numpy(images)
    return torch.from_numpy(np.ascontiguousarray(images)).to(device)


def to_float(images: Tensor) -> Tensor:
    """Convert `(N, H, W, 3)` uint8 to `(N, 3, H, W)` float in [0, 1], in channels-last memory format."""
    return images.permute(0, 3, 1, 2).float().div_(255)


def training_batches(
    images: Tensor,
    batch_size: int,
    *,
    seed: int,
    epoch: int,
    flip: bool,
    random_shift: int = 0,
    crop: int = 0,
    first_batch: int = 0,
    rank: int = 0,
    world_size: int = 1,
) -> Iterator[Tensor]:
    """Yield the batches of one epoch, shuffled and augmented.

    Args:
        images: `(N, H, W, 3)` uint8.
        batch_size: images per batch; the last batch may be smaller.
        seed, epoch: determine the order and the augmentation.
        flip: mirror a random half of the images.
        random_shift: shift each image by up to this many pixels in each direction, with reflection padding.
        crop: side in pixels of a random resized crop. A square of random size, from this side to the whole
            image and the same within a batch, is cut from a random place of each image and resized. 0 takes whole
            images.
        first_batch: number of batches to skip, because they were trained on before an interruption.
        rank, world_size: yield only the share of process `rank` of each batch; it may be empty.

    Yields:
        RGB `(batch, 3, H, W)` float in [0, 1].
    """
    generator = torch.Generator().manual_seed(seed * 1_000_003 + epoch)
    order = torch.randperm(len(images), generator=generator)
    flipped = (torch.rand(len(images), generator=generator) < 0.5) & flip
    offsets = torch.randint(-random_shift, random_shift + 1, (len(images), 2), generator=generator)
    positions = torch.rand((len(images), 2), generator=generator)
    scales = torch.rand(-(-len(images) // batch_size), generator=generator)
    whole = images.shape[1]
    result = crop if 0 < crop < whole else whole
    for number in range(first_batch, len(scales)):
        rows = order[number * batch_size : (number + 1) * batch_size][rank::world_size]
        side = result + round(float(scales[number]) * (whole - result))
        offsets[rows] += ((whole - side + 1) * positions[rows]).long()
        batch = to_float(_crop(images, rows, flipped[rows], offsets[rows], side))
        yield batch if side == result else _downsample(batch, result)


def _downsample(batch: Tensor, side: int) -> Tensor:
    return F.interpolate(batch, size=(side, side), mode="bilinear", antialias=True).clamp_(0, 1)


def _crop(images: Tensor, rows: Tensor, flipped: Tensor, offsets: Tensor, side: int) -> Tensor:
    """Cut a square from some images. Pixels are moved, never interpolated.

    Args:
        images: `(N, H, W, 3)`.
        rows: of the images, `(n,)`.
        flipped: whether to mirror each, `(n,)` bool.
        offsets: first row and column of each square, `(n, 2)`; outside the image it is reflected.
        side: of the squares.
    """
    height, width = images.shape[1:3]
    down = _reflect(torch.arange(side) + offsets[:, :1], height)
    across = _reflect(torch.arange(side) + offsets[:, 1:], width)
    across = torch.where(flipped[:, None], across.flip(1), across)
    indices = (rows[:, None, None], down[:, :, None], across[:, None, :])
    return images[tuple(index.to(images.device) for index in indices)]


def _reflect(index: Tensor, size: int) -> Tensor:
    """Reflect indices at the edges of an image."""
    index = index.abs() % (2 * size - 2) if size > 1 else torch.zeros_like(index)
    return torch.where(index < size, index, 2 * size - 2 - index)


def sequential_batches(images: Tensor, batch_size: int) -> Iterator[Tensor]:
    """Yield all images in order, as RGB `(batch, 3, H, W)` float in [0, 1]."""
    for first in range(0, len(images), batch_size):
        yield to_float(images[first : first + batch_size])
