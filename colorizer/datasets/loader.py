"""Images as batches of tensors.

The order of an epoch, its mirrorings and its cuts depend on the seed and the epoch alone, so a resumed
training sees exactly what an uninterrupted one would have seen.
"""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F


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
    crop: int = 0,
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
        crop: side of what is cut out of each image: a square from this size up to the whole image, the
            same for all of a batch, at a place of its own, made smaller to this side. 0 takes whole images.
        start: number of batches to leave out, because they were trained on before an interruption.
        rank, size: of each batch, give the part that falls to process `rank` of `size`; it may be empty.

    Yields:
        RGB `(batch, 3, H, W)` float in [0, 1].
    """
    random = torch.Generator().manual_seed(seed * 1_000_003 + epoch)
    order = torch.randperm(len(images), generator=random)
    mirrored = (torch.rand(len(images), generator=random) < 0.5) & flip
    moves = torch.randint(-shift, shift + 1, (len(images), 2), generator=random)
    places = torch.rand((len(images), 2), generator=random)
    sizes = torch.rand(-(-len(images) // batch_size), generator=random)
    whole = images.shape[1]
    asked = crop if 0 < crop < whole else whole
    for number in range(start, len(sizes)):
        rows = order[number * batch_size : (number + 1) * batch_size][rank::size]
        side = asked + round(float(sizes[number]) * (whole - asked))
        moves[rows] += ((whole - side + 1) * places[rows]).long()
        batch = to_float(_cut(images, rows, mirrored[rows], moves[rows], side))
        yield batch if side == asked else _smaller(batch, asked)


def _smaller(batch: Tensor, side: int) -> Tensor:
    """Squares at a smaller size, each pixel the mean of those it stands for."""
    return F.interpolate(batch, size=(side, side), mode="bilinear", antialias=True).clamp_(0, 1)


def _cut(images: Tensor, rows: Tensor, mirrored: Tensor, moves: Tensor, side: int) -> Tensor:
    """Squares out of some images, each mirrored or not; pixels are only put elsewhere, never mixed.

    Args:
        images: `(N, H, W, 3)`.
        rows: which of them, `(n,)`.
        mirrored: which to mirror, `(n,)`.
        moves: the first row and column of each square, `(n, 2)`; what lies outside the image is mirrored.
        side: of the squares.
    """
    height, width = images.shape[1:3]
    down = _reflected(torch.arange(side) + moves[:, :1], height)
    across = _reflected(torch.arange(side) + moves[:, 1:], width)
    across = torch.where(mirrored[:, None], across.flip(1), across)
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
