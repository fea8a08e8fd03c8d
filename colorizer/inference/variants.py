"""Several plausible colorings of one picture.

A variant is the result of one more hint: on a thing that may have any color, such as clothes, a car or a wall, a
color that the network finds possible there and that differs from its first choice. Because a hint stays on its
object, skin, sky and grass keep their colors.
"""

import colorsys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from colorizer.color import chroma, fit_gamut
from colorizer.errors import InputError
from colorizer.inference.colorizer import Colorizer
from colorizer.models.color_bins import cbcr_to_chroma, chroma_to_cbcr
from colorizer.models.distribution import ColorDistribution
from colorizer.models.hints import Hint
from colorizer.models.prediction import Color, Prediction

MIN_VARIANTS, MAX_VARIANTS = 2, 6
FIRST_CHOICE = "First choice"
"""Label of the coloring without further hints."""
_CANDIDATES = 20
"""Places whose objects are compared."""
_SPACING = 0.12
"""Distance between them, as a share of the picture."""
_AREAS = (0.015, 0.5)
"""Smallest and largest object, as a share of the picture."""
_BORDER = 0.06
"""Objects are not sought this close to the border of the picture."""
_SUGGESTIONS = 12
_MAX_CHROMA = 0.15
"""Of a new color; stronger ones look painted."""
_MIN_CHROMA = 0.08
"""Of a new color, in the plane of Cb and Cr; what is below looks gray."""
_MIN_CHANGE = 0.12
"""Distance in that plane of a new color from the first choice, and of two new colors of an object."""
_HUES = ("red", "orange", "yellow", "green", "green", "teal", "teal", "blue", "blue", "purple", "pink", "red")
"""Names of hues, each 30 degrees wide, starting at -15 degrees."""
_COLUMNS, _ROWS = ("left", "center", "right"), ("top", "middle", "bottom")


@dataclass(frozen=True)
class Variant:
    """One of several colorings."""

    label: str
    """What differs from the first choice, such as `blue, bottom left`."""
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
    first = colorizer.predict(pixels, hints)
    assert isinstance(first, ColorDistribution)
    new = _new_hints(first, hints, count - 1)
    predictions = colorizer.predict_batch([pixels] * len(new), [[*hints, hint] for hint in new])
    return [
        Variant(FIRST_CHOICE, tuple(hints), first),
        *(
            Variant(f"{_color_name(hint.color)}, {_place_name(hint)}", (*hints, hint), prediction)
            for hint, prediction in zip(new, predictions, strict=True)
        ),
    ]


def _new_hints(first: ColorDistribution, given: Sequence[Hint], count: int) -> list[Hint]:
    """Return new colors for the objects that may have any color, in turns."""
    queues = [_other_colors(first, x, y, count) for x, y in _free_objects(first, given)]
    hints: list[Hint] = []
    while len(hints) < count and any(queues):
        for queue in queues:
            if queue and len(hints) < count:
                hints.append(queue.pop(0))
    return hints


def _free_objects(first: ColorDistribution, given: Sequence[Hint]) -> list[tuple[float, float]]:
    """Return the places of up to two objects whose hue the network leaves open, the best first."""
    freedom = first.hue_freedom
    height, width = freedom.shape
    taken = torch.stack([first.extent(hint) for hint in given]).amax(0) if given else torch.zeros_like(freedom)
    objects: list[tuple[float, Hint, Tensor]] = []
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
            objects.append((mean * area**0.5 * sharpness**4, hint, extent))
    objects.sort(key=lambda item: -item[0])
    best = objects[:1]
    best += [item for item in objects[1:] if best[0][2][item[1].cell(height, width)] < 0.5][:1]
    return [(hint.x, hint.y) for _, hint, _ in best] or [(0.5, 0.5)]


def _other_colors(first: ColorDistribution, x: float, y: float, count: int) -> list[Hint]:
    """Return colors of a place that are not gray and differ from the first choice and from each other."""
    row, column = Hint(x, y, (0, 0, 0)).cell(*first.gray.shape[1:])
    present = chroma_to_cbcr(first.chroma(1.0)[:, row : row + 1, column : column + 1]).flatten()
    used, hints = [present], []
    place = first.gray[:, row : row + 1, column : column + 1]
    for color in first.suggest_colors(x, y, _SUGGESTIONS):
        cbcr = chroma_to_cbcr(chroma(torch.tensor(color)[:, None, None] / 255)).flatten()
        if cbcr.norm() >= _MIN_CHROMA and all((cbcr - other).norm() >= _MIN_CHANGE for other in used):
            used.append(cbcr)
            faint = cbcr * min(1.0, _MAX_CHROMA / float(cbcr.norm()))
            red, green, blue = (
                fit_gamut(place, cbcr_to_chroma(faint[:, None, None])).flatten().mul(255).round().tolist()
            )
            hints.append(Hint(x, y, (int(red), int(green), int(blue))))
    return hints[:count]


def _color_name(color: Color) -> str:
    hue, lightness, _ = colorsys.rgb_to_hls(*(value / 255 for value in color))
    name = _HUES[int(hue * 12 + 0.5) % 12]
    return {"orange": "brown", "yellow": "olive"}.get(name, name) if lightness < 0.4 else name


def _place_name(hint: Hint) -> str:
    column, row = _COLUMNS[min(int(hint.x * 3), 2)], _ROWS[min(int(hint.y * 3), 2)]
    if row == "middle":
        return column
    return row if column == "center" else f"{row} {column}"
