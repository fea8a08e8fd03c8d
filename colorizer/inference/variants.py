"""Several plausible colorings of one picture.

A variant is the result of a few hints that the network gives itself: at the place where it is least certain, each
variant takes another of the colors it finds likely there, and predicts again. Because a hint spreads over its region,
variants differ in which things are red or blue, not in noise.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from colorizer.errors import InputError
from colorizer.inference.colorizer import Colorizer
from colorizer.models.distribution import ColorDistribution
from colorizer.models.hints import Hint
from colorizer.models.prediction import Prediction

MIN_VARIANTS, MAX_VARIANTS = 2, 6
_HINTS = 3
"""Hints that the network gives itself per variant."""
_REACH = 0.2
"""Distance from earlier hints, as a fraction of the picture, at which uncertainty counts again (1 - 1/e of it)."""


@dataclass(frozen=True)
class Variant:
    """One of several colorings."""

    hints: tuple[Hint, ...]
    """The hints that lead to it, the user's first."""
    prediction: Prediction
    """The prediction with these hints."""


def find_variants(
    colorizer: Colorizer, pixels: np.ndarray, count: int = 4, hints: Sequence[Hint] = ()
) -> list[Variant]:
    """Find different colorings of a picture.

    Args:
        colorizer: one that predicts color distributions.
        pixels: the picture, as for `Colorizer.predict`.
        count: number of variants, 2 to 6.
        hints: the user's hints, which all variants follow.

    Raises:
        InputError: the network predicts a single color per pixel, or `count` is out of range.
    """
    if not colorizer.predicts_distribution:
        raise InputError(
            f"The network {colorizer.name!r} predicts a single coloring: choose one of the architecture photo."
        )
    if not MIN_VARIANTS <= count <= MAX_VARIANTS:
        raise InputError(f"The number of variants must be from {MIN_VARIANTS} to {MAX_VARIANTS}, not {count}.")
    variants = [Variant(tuple(hints), colorizer.predict(pixels, hints))] * count
    for step in range(_HINTS):
        # At the first place each variant takes another color; from then on each follows its own likeliest ones.
        hint_sets = [
            (*variant.hints, _next_hint(variant, rank if step == 0 else 0)) for rank, variant in enumerate(variants)
        ]
        predictions = colorizer.predict_batch([pixels] * count, hint_sets)
        variants = [Variant(*pair) for pair in zip(hint_sets, predictions, strict=True)]
    return variants


def _next_hint(variant: Variant, rank: int) -> Hint:
    """Return a hint at the least certain place, with the color of that rank among the likely ones there."""
    prediction = variant.prediction
    assert isinstance(prediction, ColorDistribution)
    uncertainty = prediction.uncertainty()
    height, width = uncertainty.shape
    y_centers = (torch.arange(height) + 0.5) / height
    x_centers = (torch.arange(width) + 0.5) / width
    for hint in variant.hints:
        squared_distance = ((y_centers - hint.y) ** 2)[:, None] + (x_centers - hint.x) ** 2
        uncertainty = uncertainty * (1 - torch.exp(-squared_distance / _REACH**2))
    place = int(uncertainty.argmax())
    x, y = float(x_centers[place % width]), float(y_centers[place // width])
    colors = prediction.suggest_colors(x, y, rank + 1)
    return Hint(x, y, colors[min(rank, len(colors) - 1)])
