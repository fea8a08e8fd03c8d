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

from colorizer.imaging import decode
from colorizer.imaging.encode import Saving, encode, output_name
from colorizer.imaging.monochrome import is_monochrome
from colorizer.imaging.provenance import provenance
from colorizer.inference.colorizer import Colorizer
from colorizer.inference.rendering import ColorOptions, colorize_picture, to_gray
from colorizer.models.hints import Hint
from colorizer.models.prediction import Prediction
from pages.shared.pictures import SHOWN_SIDE

GRID_SIDE = 700
"""Longest side in pixels of pictures that are shown several at a time."""
_PREVIEWS, _PREDICTIONS = 24, 24
"""How many are remembered per session: a preview has up to 10 MB, a prediction of the photo network 4 MB, or up
to 12 if the picture is long and narrow."""


T = TypeVar("T")


@dataclass(frozen=True)
class Upload:
    """A file as it was given."""

    name: str
    data: bytes
    key: str
    """Unlike that of any other file of the session."""


@dataclass(frozen=True)
class Look:
    """How results are wanted: the settings at the top of the page."""

    colorizer: Colorizer
    options: ColorOptions
    saving: Saving


@dataclass(frozen=True)
class Preview:
    """A file as the page shows it."""

    picture: decode.Picture
    """At most as large as the page can show."""
    gray: np.ndarray
    """Its luma in three channels."""
    size: tuple[int, int]
    """Width and height of the file itself in pixels."""
    bits: int
    """Per channel, of the result: 8 or 16."""
    in_color: bool
    """Whether the file has colors of its own, which are ignored."""

    @property
    def is_smaller(self) -> bool:
        """Whether the file itself has more pixels than this shows."""
        return self.size != self.picture.size


def preview(upload: Upload) -> Preview:
    """The file's preview.

    Raises:
        InputError: it cannot be read as a picture.
    """

    def make() -> Preview:
        picture = decode.decode(upload.data, upload.name)
        small = decode.fit(picture, SHOWN_SIDE)
        bits = 8 if picture.deep is None else 16
        return Preview(small, to_gray(small.pixels), picture.size, bits, not is_monochrome(picture))

    return remember("previews", upload.key, make, _PREVIEWS)


def hints_of(upload: Upload, *, with_variant: bool = True) -> list[Hint]:
    """What was said of a file's colors: by the person, and by the variant that the person took."""
    mine, variant = st.session_state.get("hints", {}).get(upload.key, ([], []))
    return [*mine, *variant] if with_variant else list(mine)


def set_hints(upload: Upload, hints: list[Hint], variant: Sequence[Hint] = ()) -> None:
    """Keep what was said of a file's colors, for the session."""
    st.session_state.setdefault("hints", {})[upload.key] = (hints, list(variant))


def predict(
    upload: Upload, colorizer: Colorizer, pixels: np.ndarray | None = None, hints: Sequence[Hint] | None = None
) -> Prediction:
    """What the network says about a file.

    Args:
        upload: the file.
        colorizer: the network.
        pixels: the file's, if they are at hand; otherwise its preview is looked at.
        hints: others than the file has.

    Raises:
        InputError: it cannot be read as a picture.
    """
    given = hints_of(upload) if hints is None else hints
    if not colorizer.predicts_distribution:
        given = []
    return remember(
        "predictions",
        (colorizer, upload.key, *given),
        lambda: colorizer.predict(preview(upload).picture.pixels if pixels is None else pixels, given),
        _PREDICTIONS,
    )


def result(upload: Upload, look: Look, hints: Sequence[Hint] | None = None) -> tuple[str, bytes]:
    """The file in color at its full size, as the page shows it: its name and its bytes.

    Args:
        upload: the file.
        look: how it is wanted.
        hints: others than the file has.

    Raises:
        InputError: it cannot be read as a picture, or not be written as wanted.
    """
    picture = decode.decode(upload.data, upload.name)
    prediction = predict(upload, look.colorizer, picture.pixels, hints)
    in_color = colorize_picture(picture, prediction, look.options)
    name = output_name(upload.name, look.saving.format_for(in_color))
    return name, encode(in_color, look.saving, provenance(look.colorizer.name))


def remember(kind: str, key: Hashable, make: Callable[[], T], most: int) -> T:
    """What was made before under this key in this session, or what `make` gives; the longest unused are forgotten."""
    memory = st.session_state.setdefault(kind, {})
    found = memory.pop(key) if key in memory else make()
    while len(memory) >= most:
        del memory[next(iter(memory))]
    memory[key] = found
    return found
