"""Several plausible colorings of one picture.

A variant is a few hints that the network gives itself: at the place it doubts most it takes one of the colors
it thinks likely there, each variant another one, and looks again. Because hints are spread over whole regions,
variants differ in what is red and what is blue, not in noise.
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

FEWEST, MOST = 2, 6
_PLACES = 3
"""Hints of a variant."""
_REACH = 0.2
"""A new hint keeps away from those before by about this share of the picture."""


@dataclass(frozen=True)
class Variant:
    """One of several colorings."""

    hints: tuple[Hint, ...]
    """What leads to it; those of a person come first."""
    prediction: Prediction
    """What the network says, so led."""


def variants(colorizer: Colorizer, pixels: np.ndarray, count: int = 4, hints: Sequence[Hint] = ()) -> list[Variant]:
    """Find different colorings.

    Args:
        colorizer: of a network that knows likelihoods.
        pixels: the picture, as for `Colorizer.predict`.
        count: how many, 2 to 6.
        hints: what a person has given, which all variants follow.

    Raises:
        InputError: the network knows no likelihoods, or the number is out of range.
    """
    if not colorizer.predicts_distribution:
        raise InputError(f"The network {colorizer.name!r} knows only one coloring: choose one of the kind photo.")
    if not FEWEST <= count <= MOST:
        raise InputError(f"The number of variants must be from {FEWEST} to {MOST}, not {count}.")
    found = [Variant(tuple(hints), colorizer.predict(pixels, hints))] * count
    for place in range(_PLACES):
        # The first place tells the variants apart; from there each goes on with what is likeliest.
        led = [
            (*variant.hints, _next_hint(variant, number if place == 0 else 0)) for number, variant in enumerate(found)
        ]
        found = [Variant(*pair) for pair in zip(led, colorizer.predict_batch([pixels] * count, led), strict=True)]
    return found


def _next_hint(variant: Variant, rank: int) -> Hint:
    prediction = variant.prediction
    assert isinstance(prediction, ColorDistribution)
    doubt = prediction.uncertainty()
    height, width = doubt.shape
    down = (torch.arange(height) + 0.5) / height
    across = (torch.arange(width) + 0.5) / width
    for hint in variant.hints:
        distance = ((down - hint.y) ** 2)[:, None] + (across - hint.x) ** 2
        doubt = doubt * (1 - torch.exp(-distance / _REACH**2))
    place = int(doubt.argmax())
    x, y = float(across[place % width]), float(down[place // width])
    likely = prediction.suggest_colors(x, y, rank + 1)
    return Hint(x, y, likely[min(rank, len(likely) - 1)])
