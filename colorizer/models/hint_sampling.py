"""Hints for training: true colors of random places, and objects that are given another color and a hint of it.

With true hints alone, a network learns that a hint speaks for the whole scene, because in photographs the colors of a
scene agree. In a share of the images a region is therefore recolored (its hue turned, its luma kept) and hinted at,
while everything around it keeps its true colors: a hint may contradict its surroundings.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from colorizer.color import fit_gamut, luma
from colorizer.models.color_bins import cbcr_to_chroma, chroma_to_cbcr
from colorizer.models.hints import centered_slice

_NO_HINTS_SHARE = 0.35
"""Fraction of the training images without any hint."""
_RECOLORED_SHARE = 0.35
"""Fraction with a recolored region and a hint in it."""
_FEW_SHARE = 0.6
"""Fraction of the others with one to three hints."""
_MEAN_COUNT, _MAX_COUNT = 10, 64
"""Hints in the rest (geometric distribution, at least one)."""
_MORE_HINTS = 0.3
"""Probability of each further hint, elsewhere, in an image with a recolored region."""
_SIDES = (1, 3, 5, 7, 9)
"""Sides in pixels of the squares that hints are sampled from."""
_CELL = 4
"""Regions are found in blocks of this side in pixels."""
_TRIES = 16
"""Number of places tried to find a region of the right size."""
_AREAS = (0.015, 0.25)
"""Smallest and largest region, as a fraction of the image."""


@dataclass(frozen=True)
class Recoloring:
    """How to find and recolor a region."""

    places: list[list[float]]
    """y and x of places to grow a region from, 0 to 1; the first that gives one of the right size is used."""
    tolerance: float
    """Largest difference in color within the region, root mean square over the channels."""
    angle: float
    """Angle in radians by which hues are turned."""
    chroma: float
    """Least distance of the new mean color from gray, in the plane of Cb and Cr."""
    size: float
    """Size of the hint, 0 to 1."""


@dataclass(frozen=True)
class HintPlan:
    """The hints of one image."""

    places: list[list[float]]
    """For each hint of a true color its y, x and size, 0 to 1."""
    recoloring: Recoloring | None = None


def plan_hints(count: int, seed: int, step: int) -> list[HintPlan]:
    """Draw the number and places of hints for the images of a batch. Seed and step alone determine them.

    Args:
        count: images in the batch.
        seed: of the training.
        step: its number in the training.
    """
    random = np.random.default_rng((seed, step))
    return [_plan(random) for _ in range(count)]


def _plan(random: np.random.Generator) -> HintPlan:
    kind, recoloring = random.random(), None
    if kind < _RECOLORED_SHARE:
        recoloring = Recoloring(
            places=random.random((_TRIES, 2)).tolist(),
            tolerance=random.uniform(0.06, 0.18),
            angle=random.uniform(np.pi / 3, 5 * np.pi / 3),
            chroma=random.uniform(0.06, 0.24),
            size=random.random(),
        )
        count = int(random.geometric(1 - _MORE_HINTS)) - 1
    elif kind < _RECOLORED_SHARE + _NO_HINTS_SHARE:
        count = 0
    elif random.random() < _FEW_SHARE:
        count = int(random.integers(1, 4))
    else:
        count = min(int(random.geometric(1 / _MEAN_COUNT)), _MAX_COUNT)
    return HintPlan(random.random((count, 3)).tolist(), recoloring)


def sample_hints(rgb: Tensor, plans: Sequence[HintPlan]) -> tuple[Tensor, Tensor]:
    """Recolor regions as planned, and sample hints, each the mean color of a square.

    Args:
        rgb: `(N, 3, H, W)` in [0, 1].
        plans: one for each image.

    Returns:
        The images, with the same luma, and their hints, both `(N, 3, H, W)`.
    """
    gray, (height, width) = luma(rgb), rgb.shape[-2:]
    rgb = rgb.clone()
    cbcr = chroma_to_cbcr(rgb - gray)
    places = [list(plan.places) for plan in plans]
    for index, plan in enumerate(plans):
        region = _find_region(rgb[index], plan.recoloring) if plan.recoloring else None
        if plan.recoloring and region is not None:
            recolored = _turn_hue(cbcr[index : index + 1], region, plan.recoloring)
            rgb[index : index + 1] = fit_gamut(gray[index : index + 1], cbcr_to_chroma(recolored))
            cbcr[index] = chroma_to_cbcr(rgb[index] - gray[index])
            places[index].append([*_most_interior_place(region), plan.recoloring.size])
    hints = torch.zeros_like(rgb)
    for index, (y, x, size) in ((index, place) for index, chosen in enumerate(places) for place in chosen):
        side = _SIDES[int(size * len(_SIDES))]
        rows, columns = centered_slice(int(y * height), side), centered_slice(int(x * width), side)
        hints[index, :2, rows, columns] = cbcr[index, :, rows, columns].mean((1, 2), keepdim=True)
        hints[index, 2, rows, columns] = 1
    return rgb, hints


def _find_region(rgb: Tensor, recoloring: Recoloring) -> Tensor | None:
    """Return the mask of a connected region of one color, `(H, W)` in [0, 1], or None if none has the right size."""
    from scipy import ndimage  # Only training needs it.

    cells = F.avg_pool2d(rgb[None], _CELL, ceil_mode=True)[0]
    height, width = cells.shape[-2:]
    for y, x in recoloring.places:
        row, column = int(y * height), int(x * width)
        color = cells[:, centered_slice(row, 3), centered_slice(column, 3)].mean((1, 2), keepdim=True)
        alike = ((cells - color).square().mean(0).sqrt() < recoloring.tolerance).cpu().numpy()
        if not alike[row, column]:
            continue
        labels, _ = ndimage.label(alike)
        region = ndimage.binary_fill_holes(labels == labels[row, column])
        if _AREAS[0] <= region.mean() <= _AREAS[1]:
            mask = torch.from_numpy(region).to(rgb)
            return F.interpolate(mask[None, None], size=rgb.shape[-2:], mode="bilinear")[0, 0]
    return None


def _turn_hue(cbcr: Tensor, region: Tensor, recoloring: Recoloring) -> Tensor:
    """Turn the hues of a region `(H, W)`, and move its mean color away from gray. `cbcr` is `(1, 2, H, W)`."""
    mean = (cbcr * region).sum((2, 3), keepdim=True) / region.sum()
    strength = float(mean.norm())
    # A gray object has no hue to turn: the angle itself decides.
    hue = mean / strength if strength > 1e-3 else cbcr.new_tensor([1.0, 0.0])[:, None, None]
    target = max(strength, recoloring.chroma) * _rotate(hue, recoloring.angle)
    return torch.lerp(cbcr, _rotate(cbcr - mean, recoloring.angle) + target, region)


def _rotate(cbcr: Tensor, angle: float) -> Tensor:
    """Rotate colors `(..., 2, H, W)` around gray."""
    cb, cr = cbcr.split(1, -3)
    cos, sin = math.cos(angle), math.sin(angle)
    return torch.cat([cos * cb - sin * cr, sin * cb + cos * cr], -3)


def _most_interior_place(region: Tensor) -> tuple[float, float]:
    """Return y and x, 0 to 1, of the pixel farthest from the border of a region `(H, W)`."""
    from scipy import ndimage

    depth = ndimage.distance_transform_edt(np.pad((region > 0.5).cpu().numpy(), 1))[1:-1, 1:-1]
    row, column = np.unravel_index(depth.argmax(), depth.shape)
    return (int(row) + 0.5) / depth.shape[0], (int(column) + 0.5) / depth.shape[1]
