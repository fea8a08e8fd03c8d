"""A dropped file on its way through the page.

What a slider needs is remembered for the session: a preview of the size the page shows, and the
network's chroma. So moving a slider neither decodes the file nor runs the network. The file at full
size is read again only when its result is taken home.
"""

import hashlib
import io
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import streamlit as st

from colorizer import images
from colorizer.errors import InputError
from colorizer.inference import Colorizer, describe, render
from colorizer.upsampling import ChromaLines
from pages.shared.pictures import SHOWN_SIDE

_PREVIEWS, _PREDICTIONS = 24, 1000
"""How many are remembered per session: a preview has up to 6 MB, a prediction about 0.1 MB."""


T = TypeVar("T")


@dataclass(frozen=True)
class Drop:
    """A file as it was given."""

    name: str
    data: bytes
    key: str
    """Unlike that of any other file on the page."""

    @property
    def digest(self) -> str:
        """SHA-256 of its bytes."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True)
class Preview:
    """A file as the page shows it."""

    picture: images.Picture
    """At most as large as the page can show."""
    size: tuple[int, int]
    """Width and height of the file itself in pixels."""
    in_colour: bool
    """Whether the file has colours of its own, which are ignored."""


def preview(drop: Drop) -> Preview:
    """The file's preview.

    Raises:
        InputError: it cannot be read as a picture.
    """

    def make() -> Preview:
        picture = images.decode(drop.data, drop.name)
        return Preview(images.fit(picture, SHOWN_SIDE), picture.size, not images.is_gray(picture))

    return _remember("previews", drop.digest, make, _PREVIEWS)


def predict(drop: Drop, colorizer: Colorizer) -> ChromaLines:
    """The network's chroma for a file.

    Raises:
        InputError: it cannot be read as a picture.
    """
    return _remember(
        "predictions",
        f"{colorizer.name} {drop.digest}",
        lambda: colorizer.predict(preview(drop).picture.pixels),
        _PREDICTIONS,
    )


def result(drop: Drop, lines: ChromaLines, model: str, saturation: float, file_format: str) -> bytes:
    """The file in colour at its full size, encoded."""
    picture = images.decode(drop.data, drop.name)
    in_colour = images.with_pixels(picture, render(picture.pixels, lines, saturation=saturation))
    return images.encode(in_colour, file_format, description=describe(model))


def archive(drops: Sequence[Drop], colorizer: Colorizer, saturation: float, file_format: str) -> bytes:
    """A ZIP of the results of all files that can be read, no name twice."""
    buffer, taken = io.BytesIO(), set()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as zipped:
        for drop in drops:
            name, number = images.output_name(drop.name, file_format), 2
            stem, _, ending = name.rpartition(".")
            while name in taken:
                name, number = f"{stem}-{number}.{ending}", number + 1
            try:
                zipped.writestr(name, result(drop, predict(drop, colorizer), colorizer.name, saturation, file_format))
            except InputError:
                continue  # Its card on the page says why.
            taken.add(name)
    return buffer.getvalue()


def _remember(kind: str, key: str, make: Callable[[], T], most: int) -> T:
    memory = st.session_state.setdefault(kind, {})
    if key not in memory:
        while len(memory) >= most:
            del memory[next(iter(memory))]
        memory[key] = make()
    return memory[key]
