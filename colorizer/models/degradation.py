"""Augmentation for networks that color old photographs: degrade the gray input, and keep the colors to predict."""

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

_SHARE = 0.4
"""Share of the training images that are degraded."""
_MAX_STEPS = 3
"""Most degradations of one image."""
_BLOCK = 8
"""Side in pixels of the blocks of a JPEG file."""


def degrade_share(gray: Tensor, count: int, seed: int, step: int, rank: int = 0, world_size: int = 1) -> Tensor:
    """Degrade some images of a batch. Seed and step alone determine which, and how.

    Args:
        gray: this process's images, `(n, 1, H, W)` in [0, 1].
        count: images in the batch of all processes.
        seed: of the training.
        step: its number in the training.
        rank: of this process, which has every `world_size`-th image of the batch.
        world_size: number of processes.

    Returns:
        The same shape, in [0, 1].
    """
    random = np.random.default_rng((seed, step, count))
    seeds = np.where(random.random(count) < _SHARE, random.integers(1, 2**31, count), 0)[rank::world_size]
    if not seeds.any():
        return gray
    gray = gray.clone()
    for index in seeds.nonzero()[0]:
        gray[index] = degrade(gray[index], np.random.default_rng(seeds[index]))
    return gray


def degrade(gray: Tensor, random: np.random.Generator) -> Tensor:
    """Degrade an image `(1, H, W)` in [0, 1] by one to three of `DEGRADATIONS`, in their order."""
    weights = np.array([2.0 if function in _TWICE_AS_OFTEN else 1.0 for function in DEGRADATIONS])
    steps = int(random.integers(1, _MAX_STEPS + 1))
    chosen = random.choice(len(DEGRADATIONS), steps, replace=False, p=weights / weights.sum())
    for index in sorted(chosen):
        gray = DEGRADATIONS[index](gray, random).clamp(0, 1)
    return gray


def _defocus(gray: Tensor, random: np.random.Generator) -> Tensor:
    """Blur with a Gaussian."""
    sigma = random.uniform(0.5, 2.5)
    radius = math.ceil(2.5 * sigma)
    kernel = torch.exp(-0.5 * (torch.arange(-radius, radius + 1) / sigma).square()).to(gray)
    kernel = kernel / kernel.sum()
    padded = F.pad(gray[None], (radius,) * 4, mode="replicate")
    return F.conv2d(F.conv2d(padded, kernel.view(1, 1, 1, -1)), kernel.view(1, 1, -1, 1))[0]


def _uneven(gray: Tensor, random: np.random.Generator) -> Tensor:
    """Darken smooth areas, like stains of age or a vignette."""
    field = _noise((1, 1, int(random.integers(3, 8)), int(random.integers(3, 8))), random, gray).sigmoid()
    smooth = F.interpolate(field, size=gray.shape[-2:], mode="bicubic")[0]
    return gray * (1 - random.uniform(0.2, 0.7) * smooth)


def _lines(gray: Tensor, random: np.random.Generator) -> Tensor:
    """Draw bright or dark straight lines: scratches and creases."""
    rows, columns = (torch.linspace(-1, 1, side).to(gray) for side in gray.shape[-2:])
    for _ in range(int(random.integers(1, 8))):
        angle, offset = random.uniform(0, math.pi), random.uniform(-1, 1)
        across = math.cos(angle) * columns[None] + math.sin(angle) * rows[:, None] - offset
        along = math.cos(angle) * rows[:, None] - math.sin(angle) * columns[None] - random.uniform(-1, 1)
        line = (across.abs() < random.uniform(0.003, 0.009)) & (along.abs() < random.uniform(0.1, 1.5))
        gray = torch.where(line, float(random.choice((0.05, 0.85, 0.95))), gray)
    return gray


def _grain(gray: Tensor, random: np.random.Generator) -> Tensor:
    """Add noise of one to three pixels in size."""
    size = int(random.integers(1, 4))
    height, width = gray.shape[-2:]
    noise = _noise((1, 1, -(-height // size), -(-width // size)), random, gray)
    noise = F.interpolate(noise, size=(height, width), mode="bilinear") if size > 1 else noise
    return gray + random.uniform(0.02, 0.12) * noise[0]


def _fade(gray: Tensor, random: np.random.Generator) -> Tensor:
    """Lift the blacks, dim the whites, and change gamma."""
    black, white, gamma = random.uniform(0, 0.45), random.uniform(0.55, 1), math.exp(random.uniform(-0.5, 0.5))
    return black + (white - black) * gray.clamp_min(1e-4) ** gamma


def _screen(gray: Tensor, random: np.random.Generator) -> Tensor:
    """Print with a halftone screen."""
    rows, columns = (torch.arange(side).to(gray) for side in gray.shape[-2:])
    angle, frequency = random.uniform(0, math.pi), 2 * math.pi / random.uniform(2.5, 7)
    u = math.cos(angle) * columns[None] + math.sin(angle) * rows[:, None]
    v = math.cos(angle) * rows[:, None] - math.sin(angle) * columns[None]
    dots = torch.cos(frequency * u) * torch.cos(frequency * v)
    return 0.5 + random.uniform(1, 3) * (gray - 0.5 + random.uniform(0.1, 0.3) * dots)


def _compress(gray: Tensor, random: np.random.Generator) -> Tensor:
    """Quantize the discrete cosine transform of blocks, as JPEG does.

    With the orthonormal basis D, `D[k, x] = c_k cos(pi k (2 x + 1) / 16)`, a block B becomes `D^T q(D B D^T) D`.
    """
    height, width = gray.shape[-2:]
    k = torch.arange(_BLOCK)
    basis = torch.cos(math.pi / (2 * _BLOCK) * k[:, None] * (2 * k + 1)).to(gray) * (2 / _BLOCK) ** 0.5
    basis[0] /= 2**0.5
    # JPEG's table rises about linearly with frequency, from 16 of 255 levels.
    step = random.uniform(1, 5) * (16 + 6 * (k[:, None] + k)).to(gray) / 255
    padded = F.pad(gray[None], (0, -width % _BLOCK, 0, -height % _BLOCK), mode="replicate")[0, 0]
    blocks = padded.unfold(0, _BLOCK, _BLOCK).unfold(1, _BLOCK, _BLOCK)
    quantized = (basis @ blocks @ basis.T / step).round() * step
    return (basis.T @ quantized @ basis).transpose(1, 2).reshape(1, *padded.shape)[..., :height, :width]


def _noise(shape: tuple[int, ...], random: np.random.Generator, like: Tensor) -> Tensor:
    return torch.from_numpy(random.standard_normal(shape, np.float32)).to(like)


DEGRADATIONS: tuple[Callable[[Tensor, np.random.Generator], Tensor], ...] = (
    _defocus, _uneven, _lines, _grain, _fade, _screen, _compress,
)  # fmt: skip
"""Each takes an image `(1, H, W)` in [0, 1]; the result may leave that range."""

_TWICE_AS_OFTEN = (_grain, _screen)
"""Those that hide the most: with a quarter of the inputs degraded and all alike, they cost two thirds of the gain."""
