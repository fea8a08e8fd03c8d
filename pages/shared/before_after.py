"""A before/after slider: one picture over the other, with a line between them that can be dragged.

The line is an ordinary range input, so mouse, touch and arrow keys all move it. The picture is never
higher than the window.
"""

import numpy as np
import streamlit as st

from pages.shared.pictures import data_url, shown

_HTML = """
<figure>
  <img class="after" alt="The picture in colour">
  <img class="before" alt="The picture in gray">
  <span class="line" aria-hidden="true"><span class="knob"></span></span>
  <input type="range" min="0" max="100" step="0.5" value="50" aria-label="Percent of the picture shown in gray">
</figure>
"""

_CSS = """
figure { position: relative; margin: 0 auto; width: min(100%, calc(80vh * var(--aspect, 1))); overflow: hidden;
         border-radius: var(--st-base-radius); line-height: 0; }
img { width: 100%; height: auto; display: block; user-select: none; }
.before { position: absolute; inset: 0; height: 100%; clip-path: inset(0 calc(100% - var(--split, 50%)) 0 0); }
.line { position: absolute; top: 0; bottom: 0; left: var(--split, 50%); width: 2px; margin-left: -1px; background: #fff;
        box-shadow: 0 0 4px rgb(0 0 0 / 60%); pointer-events: none; }
.knob { position: absolute; top: 50%; left: 50%; width: 34px; height: 34px; margin: -17px; border-radius: 50%;
        background: #fff; box-shadow: 0 1px 6px rgb(0 0 0 / 50%); }
.knob::after { content: "\\2039\\00a0\\203a"; position: absolute; inset: 0; text-align: center; color: #333;
               font: 600 20px/31px sans-serif; }
input { position: absolute; inset: 0; width: 100%; height: 100%; margin: 0; opacity: 0; cursor: ew-resize;
        touch-action: pan-y; }
input:focus-visible ~ .line, figure:focus-within .knob { outline: 3px solid var(--st-primary-color); }
"""

_JS = """
export default function ({ parentElement, data }) {
  const figure = parentElement.querySelector("figure");
  const range = figure.querySelector("input");
  figure.querySelector(".before").src = data.before;
  figure.querySelector(".after").src = data.after;
  figure.style.setProperty("--aspect", data.aspect);
  const move = () => figure.style.setProperty("--split", `${range.value}%`);
  range.oninput = move;
  move();
}
"""

_slider = st.components.v2.component("colorizer.before_after", html=_HTML, css=_CSS, js=_JS)


def before_after(before: np.ndarray, after: np.ndarray, key: str) -> None:
    """Show two pictures of one size, the first over the second.

    Args:
        before: `(H, W, 3)` uint8.
        after: the same shape.
        key: unlike that of any other slider on the page.
    """
    height, width = before.shape[:2]
    pictures = {"before": data_url(shown(before)), "after": data_url(shown(after)), "aspect": width / height}
    _slider(data=pictures, key=key)
