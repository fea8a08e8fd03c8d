"""Uploaded files, and what the session caches of each.

Moving a slider neither decodes a file nor runs the network: both the preview and the prediction are cached. The
full-size file is decoded again only for its download or its 100 % view.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from colorizer.imaging import Picture, SaveOptions, decode_image
from colorizer.imaging.monochrome import is_monochrome
from colorizer.inference import Colorizer, ColorOptions, to_gray, variants
from colorizer.inference.variants import Variant
from colorizer.models.hints import Hint
from colorizer.models.prediction import Prediction
from pages.shared.pictures import DISPLAY_SIDE

GRID_SIDE = 700
"""Longest side in pixels of pictures shown several at a time."""
_PREVIEWS = 24
"""Cached per session; a preview takes up to 10 MB."""
_PREDICTIONS = 24
"""Cached per session; a prediction takes up to 4 MB, or 12 MB if the picture is long and narrow."""
_VARIANTS = 4
"""Cached sets of variants per session, each of 2 to 6 predictions."""


@dataclass(frozen=True)
class Upload:
    """An uploaded file."""

    name: str
    data: bytes
    key: str
    """Unique within the session."""


@dataclass(frozen=True)
class RenderSettings:
    """The settings that apply to every picture on the page."""

    colorizer: Colorizer
    options: ColorOptions
    saving: SaveOptions


@dataclass(frozen=True)
class Preview:
    """An upload as the page shows it."""

    picture: Picture
    """Scaled down to at most `DISPLAY_SIDE`."""
    gray: np.ndarray
    """Its luma in three channels, `(H, W, 3)` uint8."""
    size: tuple[int, int]
    """Width and height of the file in pixels."""
    bits: int
    """Bits per channel of the result: 8 or 16."""
    in_color: bool
    """Whether the file has colors of its own, which are ignored."""

    @property
    def is_scaled_down(self) -> bool:
        """Whether the file has more pixels than the preview."""
        return self.size != self.picture.size


def preview(upload: Upload) -> Preview:
    """Return the preview of an upload.

    Raises:
        InputError: the file is not a readable image.
    """
    return _preview(upload.key, upload)


@st.cache_resource(scope="session", max_entries=_PREVIEWS, show_spinner=False)
def _preview(key: str, _upload: Upload) -> Preview:
    picture = decode_image(_upload.data, _upload.name)
    small = picture.thumbnail(DISPLAY_SIDE)
    bits = 8 if picture.gray16 is None else 16
    return Preview(small, to_gray(small.pixels), picture.size, bits, not is_monochrome(picture))


def get_hints(upload: Upload, *, with_variant: bool = True) -> list[Hint]:
    """Return the user's hints for a picture, followed by those of the variant the user chose."""
    user_hints, variant_hints = st.session_state.get("hints", {}).get(upload.key, ([], []))
    return [*user_hints, *variant_hints] if with_variant else list(user_hints)


def set_hints(upload: Upload, hints: Sequence[Hint], variant: Sequence[Hint] = ()) -> None:
    """Set the user's hints for a picture, and those of the chosen variant."""
    st.session_state.setdefault("hints", {})[upload.key] = (list(hints), list(variant))


def predict(upload: Upload, colorizer: Colorizer, hints: Sequence[Hint] | None = None) -> Prediction:
    """Return the network's prediction for an upload.

    Args:
        upload: the file.
        colorizer: the network.
        hints: use these instead of the picture's own hints.

    Raises:
        InputError: the file is not a readable image.
    """
    hints = get_hints(upload) if hints is None else hints
    if not colorizer.predicts_distribution:
        hints = []
    return _predict(upload.key, _identity(colorizer), tuple(hints), upload, colorizer)


@st.cache_resource(scope="session", max_entries=_PREDICTIONS, show_spinner=False)
def _predict(
    key: str, model: tuple[str, int], hints: tuple[Hint, ...], _upload: Upload, _colorizer: Colorizer
) -> Prediction:
    return _colorizer.predict(preview(_upload).picture.pixels, hints)


def find_variants(upload: Upload, colorizer: Colorizer, count: int) -> list[Variant]:
    """Return several plausible colorings of an upload that follow the user's hints."""
    hints = tuple(get_hints(upload, with_variant=False))
    return _variants(upload.key, _identity(colorizer), hints, count, upload, colorizer)


@st.cache_resource(scope="session", max_entries=_VARIANTS, show_spinner="Looking for other colors …", show_time=True)
def _variants(
    key: str, model: tuple[str, int], hints: tuple[Hint, ...], count: int, _upload: Upload, _colorizer: Colorizer
) -> list[Variant]:
    return variants.find_variants(_colorizer, preview(_upload).picture.thumbnail(GRID_SIDE).pixels, count, hints)


def _identity(colorizer: Colorizer) -> tuple[str, int]:
    return colorizer.name, id(colorizer.model)


def render_file(
    upload: Upload, settings: RenderSettings, hints: Sequence[Hint] | None = None
) -> Callable[[], tuple[str, bytes]]:
    """Return a function that makes the full-size result: its file name and its bytes.

    The function touches neither the session nor its caches, so any thread may call it.

    Args:
        upload: the file.
        settings: network, options and output format.
        hints: use these instead of the picture's own hints.

    Raises:
        InputError: the file is not a readable image.
    """
    prediction = predict(upload, settings.colorizer, hints)

    def render() -> tuple[str, bytes]:
        picture = decode_image(upload.data, upload.name)
        return settings.colorizer.export(picture, prediction, settings.options, settings.saving)

    return render
