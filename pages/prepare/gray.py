"""How gray is made of red, green and blue, on an example."""

import numpy as np
import streamlit as st

from colorizer.color import LUMA_WEIGHTS
from colorizer.datasets.dataset import Dataset
from colorizer.imaging.html import data_url
from colorizer.inference import to_gray
from pages.shared.pictures import to_enlarged_png, to_jpeg

_SIDE = 256
_STYLE = """
<style>
.channels { display: grid; grid-template-columns: repeat(auto-fit, minmax(130px, 1fr)); gap: .8rem; }
.channels figure { margin: 0; }
.channels img { width: 100%; border-radius: .5rem; display: block; }
.channels figcaption { font-size: .8rem; opacity: .75; text-align: center; padding-top: .3rem; }
</style>
"""
_CHANNELS = ("Red", "Green", "Blue")


def explain_gray(dataset: Dataset) -> None:
    """Show a training picture, its three channels and the gray they make."""
    weights = [f"{weight} {name[0]}" for weight, name in zip(LUMA_WEIGHTS, _CHANNELS, strict=True)]
    st.markdown(
        f"A network is shown **Y = {' + '.join(weights)}** of each picture: green counts most, blue least, as in "
        "the eye. What it has to find again is the color."
    )
    pixels = dataset.images("train")
    number = int(st.number_input("Training picture", 1, len(pixels), min(8, len(pixels)), key=f"gray-{dataset.name}"))
    picture = np.array(pixels[number - 1])
    gray = to_gray(picture)
    cells = [("In color", picture)]
    for channel, (name, weight) in enumerate(zip(_CHANNELS, LUMA_WEIGHTS, strict=True)):
        only = np.zeros_like(picture)
        only[..., channel] = picture[..., channel]
        cells.append((f"{name} · {weight}", only))
    cells.append(("Gray", gray))
    figures = []
    for label, image in cells:
        small = max(image.shape) < _SIDE
        url = data_url(to_enlarged_png(image, _SIDE), "png") if small else data_url(to_jpeg(image, 2 * _SIDE))
        figures.append(f'<figure><img src="{url}" alt="{label}"><figcaption>{label}</figcaption></figure>')
    st.html(f'{_STYLE}<div class="channels">{"".join(figures)}</div>')
    middle = picture[len(picture) // 2, len(picture) // 2]
    terms = " + ".join(f"{weight} · {value}" for weight, value in zip(LUMA_WEIGHTS, middle, strict=True))
    st.caption(f"The pixel in the middle: {terms} = {np.dot(LUMA_WEIGHTS, middle):.1f}")
