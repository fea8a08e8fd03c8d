"""The images of a dataset, and how grayscale is computed from color."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from colorizer.color import LUMA_WEIGHTS
from colorizer.datasets import SPLITS, Dataset, load_dataset
from colorizer.imaging.html import data_url
from colorizer.inference import to_gray
from pages.shared.labels import label
from pages.shared.pictures import to_enlarged_png, to_jpeg
from pages.shared.template import show_template

_PER_PAGE = 28
_SIDE = 96
_LARGE_SIDE = 256
_ALL = "All"


@dataclass(frozen=True)
class _Image:
    url: str
    alt: str


@dataclass(frozen=True)
class _Cell:
    caption: str
    title: str
    images: list[_Image]


def show_images(dataset: Dataset) -> None:
    """Show the images page by page, each in grayscale and in color."""
    index = _load_index(dataset.name, dataset.manifest.fingerprint)
    left, middle, right = st.columns(3, vertical_alignment="bottom")
    split = left.segmented_control(
        "Split", SPLITS, default="train", format_func=label, required=True, key="images-split"
    )
    rows = index[index.split == split]
    classes = sorted(name for name in rows["class"].unique() if name)
    if len(classes) > 1:
        name = middle.selectbox("Class", [_ALL, *classes], key=f"images-class-{dataset.name}")
        rows = rows if name == _ALL else rows[rows["class"] == name]
    pages = max(1, -(-len(rows) // _PER_PAGE))
    page = int(right.number_input(f"Page (of {pages:,})", 1, pages, key=f"images-page-{dataset.name}-{split}-{pages}"))
    pixels = dataset.images(split)
    cells = []
    rows = rows.iloc[(page - 1) * _PER_PAGE : page * _PER_PAGE]
    for row, file, original in zip(rows["row"], rows["file"], rows["original"], strict=True):
        image, name = np.array(pixels[row]), file.removesuffix(".png")
        halves = [
            _Image(_url(to_gray(image), _SIDE), f"{name} in grayscale"),
            _Image(_url(image, _SIDE), f"{name} in color"),
        ]
        cells.append(_Cell(name, original, halves))
    _show_grid(cells)


def show_grayscale(dataset: Dataset) -> None:
    """Show a training image, its three channels and the grayscale image computed from them."""
    names = ("Red", "Green", "Blue")
    weights = [f"{weight} {name[0]}" for weight, name in zip(LUMA_WEIGHTS, names, strict=True)]
    st.markdown(
        f"The input of a network is the luma **Y = {' + '.join(weights)}** of an image: like the eye, it weights green "
        "most and blue least. The network learns to predict the color."
    )
    pixels = dataset.images("train")
    number = int(st.number_input("Training image", 1, len(pixels), min(8, len(pixels)), key=f"gray-{dataset.name}"))
    image = np.array(pixels[number - 1])
    views = {"Color": image}
    for channel, (name, weight) in enumerate(zip(names, LUMA_WEIGHTS, strict=True)):
        only = np.zeros_like(image)
        only[..., channel] = image[..., channel]
        views[f"{name} · {weight}"] = only
    views["Grayscale"] = to_gray(image)
    _show_grid([_Cell(name, name, [_Image(_url(view, _LARGE_SIDE), name)]) for name, view in views.items()])
    middle = image[len(image) // 2, len(image) // 2]
    terms = " + ".join(f"{weight} · {value}" for weight, value in zip(LUMA_WEIGHTS, middle, strict=True))
    st.caption(f"The center pixel: {terms} = {np.dot(LUMA_WEIGHTS, middle):.1f}")


def _show_grid(cells: list[_Cell]) -> None:
    show_template("image_grid.html.j2", Path(__file__).parent, cells=cells)


def _url(pixels: np.ndarray, side: int) -> str:
    if max(pixels.shape) <= side:
        return data_url(to_enlarged_png(pixels, side), "png")
    return data_url(to_jpeg(pixels, 2 * side))


@st.cache_data(max_entries=2, show_spinner="Loading the index …")
def _load_index(name: str, fingerprint: str) -> pd.DataFrame:
    return load_dataset(name).index()[["split", "row", "file", "class", "original"]]
