"""A dropped file on its way through the page.

What a slider needs is remembered for the session: a preview of the size the page shows, and the
network's prediction. So moving a slider neither decodes the file nor runs the network. The file at full
size is read again only when its result is taken home, or looked at pixel by pixel.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import streamlit as st

from colorizer import images
from colorizer.encoding import Saving, encode, output_name
from colorizer.inference import Colorizer
from colorizer.models.hints import Hint
from colorizer.monochrome import is_monochrome
from colorizer.prediction import Prediction
from colorizer.provenance import provenance
from colorizer.rendering import Taste, colorize_picture, to_gray
from pages.shared.pictures import SHOWN_SIDE

GRID_SIDE = 700
"""Longest side in pixels of pictures that are shown several at a time."""
_PREVIEWS, _PREDICTIONS = 24, 24
"""How many are remembered per session: a preview has up to 10 MB, a prediction of the photo network 4 MB, or up
to 12 if the picture is long and narrow."""


T = TypeVar("T")


@dataclass(frozen=True)
class Drop:
    """A file as it was given."""

    name: str
    data: bytes
    key: str
    """Unlike that of any other file of the session."""


@dataclass(frozen=True)
class Look:
    """How results are wanted: the settings at the top of the page."""

    colorizer: Colorizer
    taste: Taste
    saving: Saving


@dataclass(frozen=True)
class Preview:
    """A file as the page shows it."""

    picture: images.Picture
    """At most as large as the page can show."""
    gray: np.ndarray
    """Its luma in three channels."""
    size: tuple[int, int]
    """Width and height of the file itself in pixels."""
    bits: int
    """Per channel, of the result: 8 or 16."""
    in_colour: bool
    """Whether the file has colours of its own, which are ignored."""

    @property
    def is_smaller(self) -> bool:
        """Whether the file itself has more pixels than this shows."""
        return self.size != self.picture.size


def preview(drop: Drop) -> Preview:
    """The file's preview.

    Raises:
        InputError: it cannot be read as a picture.
    """

    def make() -> Preview:
        picture = images.decode(drop.data, drop.name)
        small = images.fit(picture, SHOWN_SIDE)
        bits = 8 if picture.deep is None else 16
        return Preview(small, to_gray(small.pixels), picture.size, bits, not is_monochrome(picture))

    return remember("previews", drop.key, make, _PREVIEWS)


def hints_of(drop: Drop, *, with_variant: bool = True) -> list[Hint]:
    """What was said of a file's colours: by the person, and by the variant that the person took."""
    mine, variant = st.session_state.get("hints", {}).get(drop.key, ([], []))
    return [*mine, *variant] if with_variant else list(mine)


def set_hints(drop: Drop, hints: list[Hint], variant: Sequence[Hint] = ()) -> None:
    """Keep what was said of a file's colours, for the session."""
    st.session_state.setdefault("hints", {})[drop.key] = (hints, list(variant))


def predict(
    drop: Drop, colorizer: Colorizer, pixels: np.ndarray | None = None, hints: Sequence[Hint] | None = None
) -> Prediction:
    """What the network says about a file.

    Args:
        drop: the file.
        colorizer: the network.
        pixels: the file's, if they are at hand; otherwise its preview is looked at.
        hints: others than the file has.

    Raises:
        InputError: it cannot be read as a picture.
    """
    given = hints_of(drop) if hints is None else hints
    if not colorizer.knows_likelihoods:
        given = []
    return remember(
        "predictions",
        (colorizer, drop.key, *given),
        lambda: colorizer.predict(preview(drop).picture.pixels if pixels is None else pixels, given),
        _PREDICTIONS,
    )


def result(drop: Drop, look: Look, hints: Sequence[Hint] | None = None) -> tuple[str, bytes]:
    """The file in colour at its full size, as the page shows it: its name and its bytes.

    Args:
        drop: the file.
        look: how it is wanted.
        hints: others than the file has.

    Raises:
        InputError: it cannot be read as a picture, or not be written as wanted.
    """
    picture = images.decode(drop.data, drop.name)
    prediction = predict(drop, look.colorizer, picture.pixels, hints)
    in_colour = colorize_picture(picture, prediction, look.taste)
    name = output_name(drop.name, look.saving.format_for(in_colour))
    return name, encode(in_colour, look.saving, provenance(look.colorizer.name))


def remember(kind: str, key: Hashable, make: Callable[[], T], most: int) -> T:
    """What was made before under this key in this session, or what `make` gives; the longest unused are forgotten."""
    memory = st.session_state.setdefault(kind, {})
    found = memory.pop(key) if key in memory else make()
    while len(memory) >= most:
        del memory[next(iter(memory))]
    memory[key] = found
    return found
