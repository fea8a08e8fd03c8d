"""The pictures of a dataset, page by page: gray and in color, side by side."""

import html

import numpy as np
import pandas as pd
import streamlit as st

from colorizer.datasets.dataset import SPLITS, Dataset, load_dataset
from colorizer.imaging.html import data_url
from colorizer.inference import to_gray
from pages.shared.pictures import to_enlarged_png, to_jpeg

_PER_PAGE = 28
_SIDE = 96
_STYLE = """
<style>
.pairs { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: .8rem; }
.pairs figure { margin: 0; }
.pairs div { display: flex; border-radius: .5rem; overflow: hidden; }
.pairs img { width: 50%; aspect-ratio: 1; object-fit: cover; }
.pairs figcaption { font-size: .72rem; opacity: .75; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
</style>
"""
_ALL = "all"


def gallery(dataset: Dataset) -> None:
    """Show the pictures of a dataset."""
    index = _index(dataset.name, dataset.manifest.fingerprint)
    left, middle, right = st.columns(3, vertical_alignment="bottom")
    split = left.segmented_control("Split", SPLITS, default="train", key="gallery-split") or "train"
    rows = index[index.split == split]
    if "class" in rows:
        classes = sorted(group for group in rows["class"].unique() if group)
        if len(classes) > 1:
            group = middle.selectbox("Class", [_ALL, *classes], key=f"gallery-class-{dataset.name}")
            rows = rows if group == _ALL else rows[rows["class"] == group]
    pages = max(1, -(-len(rows) // _PER_PAGE))
    page = int(right.number_input(f"Page, of {pages:,}", 1, pages, key=f"gallery-page-{dataset.name}-{split}-{pages}"))
    pixels = dataset.images(split)
    shown_rows = rows.iloc[(page - 1) * _PER_PAGE : page * _PER_PAGE]
    cells = [
        _cell(np.array(pixels[row]), file, original)
        for row, file, original in zip(shown_rows.row, shown_rows.file, shown_rows.original, strict=True)
    ]
    st.html(f'{_STYLE}<div class="pairs">{"".join(cells)}</div>')


def _cell(pixels: np.ndarray, file: str, original: str) -> str:
    if max(pixels.shape) <= _SIDE:
        urls = [data_url(to_enlarged_png(half, _SIDE), "png") for half in (to_gray(pixels), pixels)]
    else:
        urls = [data_url(to_jpeg(half, 2 * _SIDE)) for half in (to_gray(pixels), pixels)]
    name, title = html.escape(file.removesuffix(".png")), html.escape(original)
    return (
        f'<figure title="{title}"><div><img src="{urls[0]}" alt="{name} in gray">'
        f'<img src="{urls[1]}" alt="{name} in color"></div><figcaption>{name}</figcaption></figure>'
    )


@st.cache_data(max_entries=2, show_spinner="Opening the index …")
def _index(name: str, fingerprint: str) -> pd.DataFrame:
    index = load_dataset(name).index()
    return index[[column for column in ("split", "row", "file", "class", "original") if column in index]]
