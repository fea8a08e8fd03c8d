"""What the page makes of an upload: its preview, its colors and its files.

Moving a slider neither decodes a file nor runs the network: both the preview and the prediction are cached. The
full-size file is decoded again only for its download or its 100% view.

A session takes at most about 2 GB: 1 GB of uploads, 240 MB of previews, 300 MB of predictions and 512 MB for a ZIP.
"""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import streamlit as st

from colorizer.imaging import Picture, SaveOptions, decode_image
from colorizer.imaging.encode import OUTPUT_FORMATS, SAME, output_name
from colorizer.imaging.html import data_url
from colorizer.imaging.monochrome import is_monochrome
from colorizer.imaging.provenance import add_watermark
from colorizer.inference import LOOKS, Colorizer, ColorOptions, render, to_gray, variants
from colorizer.models.hints import Hint
from colorizer.models.prediction import Prediction
from pages.colorize.session import Upload, session
from pages.shared.memory import memory_returned
from pages.shared.pictures import DISPLAY_SIDE, to_jpeg

GRID_SIDE = 700
"""Longest side in pixels of pictures shown several at a time."""
THUMBNAIL_SIDE = 240
"""Longest side in pixels of thumbnails."""
_PREVIEWS = 24
"""Cached per session; a preview takes up to 10 MB."""
_PREDICTIONS = 24
"""Cached per session; a prediction takes up to 4 MB, or 12 MB if the picture is long and narrow."""
_VARIANTS = 4
"""Cached sets of variants per session, each of 2 to 6 pictures."""
_COLORED = 16
"""Cached pictures in color per session, each of about 0.5 MB."""
_LOOKS = 32
"""Cached sets of thumbnails per session, each of about 40 kB."""

ModelKey = tuple[str, int]


@dataclass(frozen=True)
class RenderSettings:
    """The settings that apply to every photo on the page."""

    colorizer: Colorizer
    options: ColorOptions
    saving: SaveOptions


@dataclass(frozen=True)
class Preview:
    """An upload as the page shows it."""

    picture: Picture
    """Scaled down to at most `DISPLAY_SIDE`."""
    size: tuple[int, int]
    """Width and height of the file in pixels."""
    bits: int
    """Bits per channel of the result: 8 or 16."""
    losses: dict[str, tuple[str, ...]]
    """Sentences on what each output format cannot hold of the file."""

    @functools.cached_property
    def gray(self) -> np.ndarray:
        """Its luma, `(H, W)` uint8."""
        return np.ascontiguousarray(to_gray(self.picture.pixels)[..., 0])

    @functools.cached_property
    def gray_url(self) -> str:
        """Its luma as a data URL."""
        return data_url(to_jpeg(self.gray))

    @functools.cached_property
    def in_color(self) -> bool:
        """Whether the file has colors of its own, which are ignored."""
        return not is_monochrome(self.picture)

    @functools.cached_property
    def thumbnail(self) -> Picture:
        """Scaled down to at most `THUMBNAIL_SIDE`."""
        return self.picture.thumbnail(THUMBNAIL_SIDE)

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
@memory_returned()
def _preview(key: str, _upload: Upload) -> Preview:
    picture = decode_image(_upload.data, _upload.name)
    return Preview(
        picture=picture.thumbnail(DISPLAY_SIDE),
        size=picture.size,
        bits=8 if picture.gray16 is None else 16,
        losses={file_format: SaveOptions(file_format).losses(picture) for file_format in (SAME, *OUTPUT_FORMATS)},
    )


def predict(upload: Upload, colorizer: Colorizer, hints: Sequence[Hint] | None = None) -> Prediction:
    """Return the network's prediction for an upload.

    Args:
        upload: the file.
        colorizer: the network.
        hints: use these instead of the photo's own hints.

    Raises:
        InputError: the file is not a readable image.
    """
    return _predict(upload.key, _identity(colorizer), _hints(upload, colorizer, hints), upload, colorizer)


@st.cache_resource(scope="session", max_entries=_PREDICTIONS, show_spinner=False)
def _predict(key: str, model: ModelKey, hints: tuple[Hint, ...], _upload: Upload, _colorizer: Colorizer) -> Prediction:
    plain = predict(_upload, _colorizer, ()) if hints else None
    return _colorizer.predict(preview(_upload).picture.pixels, hints, plain=plain)


def colored_url(upload: Upload, settings: RenderSettings) -> str:
    """Return the upload in color as a data URL, at the size of its preview."""
    hints = _hints(upload, settings.colorizer)
    key = (upload.key, _identity(settings.colorizer), hints, settings.options, settings.saving.watermark)
    return _colored_url(key, upload, settings)


@st.cache_resource(scope="session", max_entries=_COLORED, show_spinner=False)
def _colored_url(key: tuple[Any, ...], _upload: Upload, _settings: RenderSettings) -> str:
    colored = render(preview(_upload).gray, predict(_upload, _settings.colorizer), _settings.options)
    return data_url(to_jpeg(add_watermark(colored) if _settings.saving.watermark else colored))


@dataclass
class Variants:
    """Several plausible colorings of an upload, which are colored one after the other."""

    hints: dict[str, tuple[Hint, ...]]
    """Those that lead to each variant, by label, the user's first."""
    urls: dict[str, str]
    """Pictures of those that were colored, as data URLs."""

    def color_next(self, upload: Upload, settings: RenderSettings) -> None:
        """Color the next variant, if any is left."""
        label = next((label for label in self.hints if label not in self.urls), None)
        if label is not None:
            gray = to_gray(preview(upload).picture.thumbnail(GRID_SIDE).pixels)
            prediction = predict(upload, settings.colorizer, self.hints[label])
            self.urls[label] = data_url(to_jpeg(render(gray, prediction, settings.options)))

    @property
    def is_complete(self) -> bool:
        """Whether all are colored."""
        return self.hints.keys() == self.urls.keys()


def find_variants(upload: Upload, settings: RenderSettings, count: int) -> Variants:
    """Return several plausible colorings of an upload that follow the user's hints, none of them colored at first."""
    hints = session().history(upload).current.user
    key = (upload.key, _identity(settings.colorizer), hints, settings.options, count)
    return _variants(key, upload, settings)


@st.cache_resource(scope="session", max_entries=_VARIANTS, show_spinner=False)
def _variants(key: tuple[Any, ...], _upload: Upload, _settings: RenderSettings) -> Variants:
    *_, hints, _, count = key
    plan = variants.plan_variants(predict(_upload, _settings.colorizer, hints), count, hints)
    return Variants({f"{number}. {label}": given for number, (label, given) in enumerate(plan, 1)}, {})


def look_thumbnails(upload: Upload, settings: RenderSettings) -> dict[str, str]:
    """Return a thumbnail of the upload in each of `LOOKS`, as data URLs."""
    colorizer, options = settings.colorizer, settings.options
    hints = _hints(upload, colorizer)
    key = (upload.key, _identity(colorizer), hints, replace(options, vividness=0.0))
    return _looks(key, upload, settings)


@st.cache_resource(scope="session", max_entries=_LOOKS, show_spinner=False)
def _looks(key: tuple[Any, ...], _upload: Upload, _settings: RenderSettings) -> dict[str, str]:
    pixels, prediction = preview(_upload).thumbnail.pixels, predict(_upload, _settings.colorizer)
    return {
        look: data_url(to_jpeg(render(pixels, prediction, replace(_settings.options, vividness=vividness))))
        for look, vividness in LOOKS.items()
    }


def colored_thumbnail(upload: Upload, settings: RenderSettings) -> str:
    """Return a thumbnail of the upload in color as a data URL."""
    pixels, prediction = preview(upload).thumbnail.pixels, predict(upload, settings.colorizer)
    return data_url(to_jpeg(render(pixels, prediction, settings.options)))


def render_file(
    upload: Upload, settings: RenderSettings, hints: Sequence[Hint] | None = None, *, side_by_side: bool = False
) -> Callable[[], bytes]:
    """Return a function that makes the full-size result as the bytes of a file.

    The function touches neither the session nor its caches, so any thread may call it.

    Args:
        upload: the file.
        settings: network, options and output format.
        hints: use these instead of the photo's own hints.
        side_by_side: put the original to the left of the result.

    Raises:
        InputError: the file is not a readable image.
    """
    prediction = predict(upload, settings.colorizer, hints)

    saving = replace(settings.saving, side_by_side=side_by_side)

    @memory_returned()
    def make() -> bytes:
        picture = decode_image(upload.data, upload.name)
        return settings.colorizer.export(picture, prediction, settings.options, saving, overwrite=True)[1]

    return make


@memory_returned()
def colorize_file(upload: Upload, settings: RenderSettings, hints: Sequence[Hint]) -> tuple[str, bytes]:
    """Colorize an upload from the start, with the result that `render_file` makes.

    It touches neither the session nor its caches, so any thread may call it.

    Args:
        upload: the file.
        settings: network, options and output format.
        hints: the photo's hints, which only a network that predicts distributions takes.

    Returns:
        The path of the result in an archive, with the folders the upload had, and its bytes.

    Raises:
        InputError: the file is not a readable image.
    """
    colorizer = settings.colorizer
    picture = decode_image(upload.data, upload.name)
    small = picture.thumbnail(DISPLAY_SIDE).pixels
    prediction = colorizer.predict(small, hints if colorizer.predicts_distribution else ())
    name, data = colorizer.export(picture, prediction, settings.options, settings.saving)
    folders = [part for part in PurePosixPath(upload.name).parts[:-1] if part not in ("/", ".", "..")]
    return "/".join([*folders, name]), data


def result_name(upload: Upload, saving: SaveOptions, *, suffix: str = "") -> str:
    """Return the file name of a result.

    Args:
        upload: the file.
        saving: decides the ending.
        suffix: added to the stem.

    Raises:
        InputError: the file is not a readable image.
    """
    return output_name(f"{PurePosixPath(upload.name).stem}{suffix}.x", saving.format_for(preview(upload).picture))


def clear_caches() -> None:
    """Free the memory of this session's previews and predictions."""
    for cached in (_preview, _predict, _colored_url, _variants, _looks):
        cached.clear()


def _hints(upload: Upload, colorizer: Colorizer, hints: Sequence[Hint] | None = None) -> tuple[Hint, ...]:
    if not colorizer.predicts_distribution:
        return ()
    return tuple(session().hints(upload) if hints is None else hints)


def _identity(colorizer: Colorizer) -> ModelKey:
    return colorizer.name, id(colorizer.model)
