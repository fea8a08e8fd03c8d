"""Images as batches of tensors.

The order of an epoch and its mirrorings depend on the seed and the epoch alone, so a resumed
training sees exactly what an uninterrupted one would have seen.
"""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor


def on_device(images: np.ndarray, device: torch.device) -> Tensor:
    """A split as a tensor: on a GPU it is copied there once, on a CPU it stays memory-mapped.

    Args:
        images: `(N, H, W, 3)` uint8.
    """
    if device.type == "cpu":
        return torch.from_numpy(images)
    return torch.from_numpy(np.ascontiguousarray(images)).to(device)


def to_float(images: Tensor) -> Tensor:
    """`(N, H, W, 3)` uint8 to `(N, 3, H, W)` float in [0, 1], in channels-last memory order."""
    return images.permute(0, 3, 1, 2).float().div_(255)


def training_batches(
    images: Tensor,
    batch_size: int,
    *,
    seed: int,
    epoch: int,
    flip: bool,
    shift: int = 0,
    start: int = 0,
    rank: int = 0,
    size: int = 1,
) -> Iterator[Tensor]:
    """The batches of one epoch in random order.

    Args:
        images: `(N, H, W, 3)` uint8.
        batch_size: images per batch; the last batch may be smaller.
        seed, epoch: what the order is made from.
        flip: mirror half of the images.
        shift: move each image by up to this many pixels in each direction; what would be empty is mirrored.
        start: number of batches to leave out, because they were trained on before an interruption.
        rank, size: of each batch, give the part that falls to process `rank` of `size`; it may be empty.

    Yields:
        RGB `(batch, 3, H, W)` float in [0, 1].
    """
    random = torch.Generator().manual_seed(seed * 1_000_003 + epoch)
    order = torch.randperm(len(images), generator=random)
    mirrored = (torch.rand(len(images), generator=random) < 0.5) & flip
    moves = torch.randint(-shift, shift + 1, (len(images), 2), generator=random)
    for first in range(start * batch_size, len(images), batch_size):
        rows = order[first : first + batch_size][rank::size]
        yield to_float(_cut(images, rows, mirrored[rows], moves[rows]))


def _cut(images: Tensor, rows: Tensor, mirrored: Tensor, moves: Tensor) -> Tensor:
    """Some images, each mirrored or not and moved; pixels are only put elsewhere, never mixed."""
    height, width = images.shape[1:3]
    down = _reflected(torch.arange(height) + moves[:, :1], height)
    across = _reflected(torch.arange(width) + moves[:, 1:], width)
    across = torch.where(mirrored[:, None], width - 1 - across, across)
    where = (rows[:, None, None], down[:, :, None], across[:, None, :])
    return images[tuple(index.to(images.device) for index in where)]


def _reflected(index: Tensor, size: int) -> Tensor:
    """Indices beyond an edge, turned back at it."""
    index = index.abs() % (2 * size - 2) if size > 1 else torch.zeros_like(index)
    return torch.where(index < size, index, 2 * size - 2 - index)


def in_order(images: Tensor, batch_size: int) -> Iterator[Tensor]:
    """All images from first to last, as RGB `(batch, 3, H, W)` float in [0, 1]."""
    for first in range(0, len(images), batch_size):
        yield to_float(images[first : first + batch_size])
