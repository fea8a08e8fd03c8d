"""Several plausible colorings of one picture.

A variant is the result of one more hint: on a thing that could have any color, such as clothes, a car, or a wall, it
sets a color that the network finds likely there and that differs from its first choice. Because a hint stays on its
object, skin, sky and grass keep their colors. Where nothing could have any color, as in a meadow, they change too.
"""

import colorsys
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from colorizer.color import chroma, fit_gamut
from colorizer.errors import InputError
from colorizer.inference.colorizer import Colorizer
from colorizer.models.color_bins import cbcr_to_chroma, chroma_to_cbcr
from colorizer.models.distribution import ColorDistribution
from colorizer.models.hints import Hint
from colorizer.models.prediction import NATURAL, Color, Prediction

MIN_VARIANTS, MAX_VARIANTS = 2, 6
FIRST_CHOICE = "First choice"
"""Label of the coloring without further hints."""
_CANDIDATES = 20
"""Places whose objects are compared."""
_SPACING = 0.12
"""Distance between them, as a fraction of the picture."""
_AREAS = (0.015, 0.5)
"""Smallest and largest object, as a fraction of the picture."""
_BORDER = 0.06
"""Objects this close to the border of the picture are not considered."""
_OBJECTS = 3
"""Most objects that get new colors."""
_SUGGESTIONS = 12
_CHROMAS = (0.15, 0.135, 0.12, 0.105, 0.09, 0.08)
"""Of new colors, in the plane of Cb and Cr, strongest first: stronger ones look painted, fainter ones gray."""
_OPEN = 0.08
"""Hue freedom of a thing that may have any color; those of lower freedom get fainter colors."""
_LIKELY = -0.9
"""A new color is as strong as leaves it this likely on its object: the logarithm of its probability there, relative to
that of the first choice."""
_MIN_CHANGE = 0.12
"""Distance in that plane of a suggested color from the first choice, and of two colors of an object."""
_MIN_DIFFERENCE = 0.07
"""Distance in that plane of a new color, as strong as it may be, from the first choice."""
_GRAY = 0.03
"""Below this distance from gray, a first choice has no hue to keep."""
_HUES = ("red", "orange", "yellow", "green", "green", "teal", "teal", "blue", "blue", "purple", "pink", "red")
"""Names of hues, each 30 degrees wide, starting at -15 degrees."""
_COLUMNS, _ROWS = ("left", "center", "right"), ("top", "middle", "bottom")


@dataclass(frozen=True)
class Variant:
    """One of several colorings."""

    label: str
    """What differs from the first choice, such as `Blue at the bottom left`."""
    hints: tuple[Hint, ...]
    """The hints that lead to it, the user's first."""
    prediction: Prediction
    """The prediction with these hints."""


def find_variants(
    colorizer: Colorizer,
    pixels: np.ndarray,
    count: int = 4,
    hints: Sequence[Hint] = (),
    *,
    plain: Prediction | None = None,
) -> list[Variant]:
    """Find different colorings of a picture.

    Args:
        colorizer: one that predicts color distributions.
        pixels: the picture, as for `Colorizer.predict`.
        count: number of variants, 2 to 6.
        hints: the user's hints, which all variants follow.
        plain: the prediction for the same picture without hints, if it is known, which saves a run of the network.

    Returns:
        The first choice, then the others. There are fewer than `count` only if the picture is a single color.

    Raises:
        InputError: the network predicts a single color per pixel, or `count` is out of range.
    """
    if not colorizer.predicts_distribution:
        raise InputError(
            f"The network {colorizer.name!r} predicts a single coloring: choose one of the architecture photo."
        )
    if not MIN_VARIANTS <= count <= MAX_VARIANTS:
        raise InputError(f"The number of variants must be from {MIN_VARIANTS} to {MAX_VARIANTS}, not {count}.")
    plain = colorizer.predict(pixels) if plain is None else plain
    first = colorizer.predict(pixels, hints, plain=plain)
    (label, _), *others = plan_variants(first, count, hints)
    predictions = colorizer.predict_batch(
        [pixels] * len(others), [given for _, given in others], plain=[plain] * len(others)
    )
    return [
        Variant(label, tuple(hints), first),
        *(Variant(*other, prediction) for other, prediction in zip(others, predictions, strict=True)),
    ]


def plan_variants(first: Prediction, count: int, hints: Sequence[Hint] = ()) -> list[tuple[str, tuple[Hint, ...]]]:
    """Decide the hints of variants, without running the network: the first half of `find_variants`.

    Args:
        first: the prediction with the user's hints.
        count: number of variants, 2 to 6.
        hints: the user's hints.

    Returns:
        The label and the hints of each variant, as in `Variant`.
    """
    assert isinstance(first, ColorDistribution)
    new = _new_hints(first, hints, count - 1)
    others = [(f"{_color_name(hint.color).capitalize()} {_place_name(hint)}", (*hints, hint)) for hint in new]
    return [(FIRST_CHOICE, tuple(hints)), *others]


@dataclass(frozen=True)
class _Object:
    """A thing in a picture whose color may be changed."""

    place: Hint
    """A hint without a color, in its middle."""
    freedom: float
    """How open its hue is: the mean of `ColorDistribution.hue_freedom`."""
    score: float
    """How well suited it is: open in hue, large, and clearly bounded."""
    extent: Tensor
    """How far each cell belongs to it, `(h, w)` in [0, 1]."""


def _new_hints(first: ColorDistribution, given: Sequence[Hint], count: int) -> list[Hint]:
    """Return the best pairs of an object and a new color: open objects and likely colors come first."""
    objects = _free_objects(first, given)
    choices = _choices(first, objects)
    if len(choices) < count:  # Nothing is open: then any color of anything has to do.
        choices += _choices(first, [replace(item, freedom=_OPEN) for item in objects])
    chosen: list[Hint] = []
    while len(chosen) < count and choices:
        _, best, hint = choices.pop(int(np.argmax([score for score, _, _ in choices])))
        if hint in chosen:
            continue
        chosen.append(hint)
        # An object or a color that a variant has already counts half as much, so that variants differ in both.
        name = _color_name(hint.color)
        choices = [
            (score * 0.5 ** ((item is best) + (_color_name(other.color) == name)), item, other)
            for score, item, other in choices
        ]
    return chosen


def _choices(first: ColorDistribution, objects: Sequence[_Object]) -> list[tuple[float, _Object, Hint]]:
    """Return each pair of an object and a new color, with its score."""
    return [
        (item.score * probability, item, hint) for item in objects for hint, probability in _other_colors(first, item)
    ]


def _free_objects(first: ColorDistribution, given: Sequence[Hint]) -> list[_Object]:
    """Return a few objects whose hue the network leaves open, the best first."""
    freedom = first.hue_freedom
    height, width = freedom.shape
    taken = torch.stack([first.extent(hint) for hint in given]).amax(0) if given else torch.zeros_like(freedom)
    objects: list[_Object] = []
    left = freedom * (1 - taken)
    border = max(1, round(_BORDER * height)), max(1, round(_BORDER * width))
    left[: border[0]] = left[-border[0] :] = 0
    left[:, : border[1]] = left[:, -border[1] :] = 0
    y_centers, x_centers = (torch.arange(height) + 0.5) / height, (torch.arange(width) + 0.5) / width
    for _ in range(_CANDIDATES):
        place = int(left.argmax())
        hint = Hint(float(x_centers[place % width]), float(y_centers[place // width]), (0, 0, 0))
        near = ((y_centers - hint.y) ** 2)[:, None] + (x_centers - hint.x) ** 2 < _SPACING**2
        left = left.masked_fill(near, 0)
        extent = first.extent(hint)
        area = float(extent.mean())
        if _AREAS[0] <= area <= _AREAS[1]:
            mean = float((freedom * extent).sum() / extent.sum())
            sharpness = float(extent.square().sum() / extent.sum())
            objects.append(_Object(hint, mean, mean * area**0.5 * sharpness**4, extent))
    best: list[_Object] = []
    for item in sorted(objects, key=lambda item: -item.score):
        if len(best) < _OBJECTS and all(other.extent[item.place.cell(height, width)] < 0.5 for other in best):
            best.append(item)
    return best or [_Object(Hint(0.5, 0.5, (0, 0, 0)), _OPEN, 1.0, torch.ones_like(freedom))]


def _other_colors(first: ColorDistribution, item: _Object) -> list[tuple[Hint, float]]:
    """Return colors of an object that are not gray and differ from the first choice and from each other.

    Each comes with its probability at the object's place, relative to that of the most probable color. The less open
    the hue of the object is, the nearer to its own the new ones are, and the fainter.
    """
    place, bins = item.place, first.model.bins
    row, column = place.cell(*first.gray.shape[1:])
    cell = slice(None), slice(row, row + 1), slice(column, column + 1)
    share = item.extent.square() / item.extent.square().sum()
    probabilities = first.object_colors(share)

    def likelihood(cbcr: Tensor) -> float:
        index, weight = bins.soft_encode(cbcr[None, :, None, None].to(probabilities))
        return float((probabilities.log()[index] * weight).sum())

    present = chroma_to_cbcr(first.chroma(NATURAL))
    usual, present = (present * share).sum((1, 2)), present[cell].flatten()
    openness = min(1.0, item.freedom / _OPEN)
    least_similar = math.cos(math.pi * openness**4)  # How far the hue may turn: by half a turn if it is open.
    allowed = [each for each in _CHROMAS if each <= _CHROMAS[0] * openness] or _CHROMAS[-1:]
    used, hints = [present], []
    for color, probability in first.rank_colors(place.x, place.y, _SUGGESTIONS):
        cbcr = chroma_to_cbcr(chroma(torch.tensor(color)[:, None, None] / 255)).flatten()
        length = float(cbcr.norm())
        if length < _CHROMAS[-1] or any((cbcr - other).norm() < _MIN_CHANGE for other in used):
            continue
        if usual.norm() > _GRAY and F.cosine_similarity(cbcr, usual, dim=0) < least_similar:
            continue
        for strength in allowed:  # The strongest that is likely, or else the faintest.
            new = cbcr * min(1.0, strength / length)
            if likelihood(new) - likelihood(usual) >= _LIKELY:
                break
        if (new - present).norm() >= _MIN_DIFFERENCE:
            used.append(cbcr)
            rgb = fit_gamut(first.gray[cell], cbcr_to_chroma(new[:, None, None])).flatten()
            red, green, blue = rgb.mul(255).round().int().tolist()
            # How far the color spreads over the object is left to the network, which finds its bounds better.
            hints.append((Hint(place.x, place.y, (red, green, blue), strength=0.0), probability))
    return hints


def _color_name(color: Color) -> str:
    hue, lightness, _ = colorsys.rgb_to_hls(*(value / 255 for value in color))
    name = _HUES[int(hue * 12 + 0.5) % 12]
    return {"orange": "brown", "yellow": "olive"}.get(name, name) if lightness < 0.4 else name


def _place_name(hint: Hint) -> str:
    column, row = _COLUMNS[min(int(hint.x * 3), 2)], _ROWS[min(int(hint.y * 3), 2)]
    if row == "middle":
        return "in the center" if column == "center" else f"on the {column}"
    return f"at the {row}" if column == "center" else f"at the {row} {column}"
