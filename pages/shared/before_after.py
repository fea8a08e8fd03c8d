"""A before/after slider: one picture over the other, with a line between them that can be dragged.

The line is an ordinary range input, so mouse, touch and arrow keys all move it. The picture is never
higher than the window. A button shows it at 100 %, one pixel of the file on one of the screen: then the
picture is dragged about under the line, and the line has a handle below.
"""

from collections.abc import Callable

import numpy as np
import streamlit as st

from colorizer.imaging.html import data_url
from pages.shared.pictures import shown

_HTML = """
<figure>
  <div class="view">
    <div class="stack">
      <img class="after" alt="" draggable="false">
      <img class="before" alt="" draggable="false">
    </div>
  </div>
  <span class="line" aria-hidden="true"><span class="knob"></span></span>
  <span class="tag left" aria-hidden="true"></span><span class="tag right" aria-hidden="true"></span>
  <input type="range" min="0" max="100" step="0.5" value="50">
  <button class="zoom" type="button">100 %</button>
</figure>
"""

_CSS = """
figure { position: relative; margin: 0 auto; width: min(100%, calc(80vh * var(--aspect, 1))); line-height: 0; }
figure.full { width: 100%; }
.view { overflow: hidden; border-radius: var(--st-base-radius); }
.full .view { overflow: auto; max-height: 80vh; cursor: grab; }
.full .view:active { cursor: grabbing; }
.stack { position: relative; width: 100%; }
.full .stack { width: var(--full, 100%); }
img { width: 100%; height: auto; display: block; user-select: none; }
.before { position: absolute; inset: 0; height: 100%; clip-path: inset(0 calc(100% - var(--cut, 50%)) 0 0); }
.line { position: absolute; top: 0; bottom: 0; left: var(--split, 50%); width: 2px; margin-left: -1px; background: #fff;
        box-shadow: 0 0 4px rgb(0 0 0 / 60%); pointer-events: none; }
.full .line { bottom: 2.6rem; }
.knob { position: absolute; top: 50%; left: 50%; width: 34px; height: 34px; margin: -17px; border-radius: 50%;
        background: #fff; box-shadow: 0 1px 6px rgb(0 0 0 / 50%); }
.full .knob { top: 100%; }
.knob::after { content: "\\2039\\00a0\\203a"; position: absolute; inset: 0; text-align: center; color: #333;
               font: 600 20px/31px sans-serif; }
.tag, .zoom { position: absolute; padding: 0.35em 0.7em; border-radius: 1em; background: rgb(0 0 0 / 55%); color: #fff;
              font: 500 0.8rem/1.2 var(--st-font); }
.tag { bottom: 0.6rem; pointer-events: none; }
.tag:empty { display: none; }
.full .tag { bottom: 3.2rem; }
.left { left: 0.6rem; }
.right { right: 0.6rem; }
input { position: absolute; inset: 0; width: 100%; height: 100%; margin: 0; opacity: 0; cursor: ew-resize;
        touch-action: pan-y; }
.full input { position: static; height: 2.6rem; }
.zoom { top: 0.6rem; right: 0.6rem; border: 0; cursor: pointer; }
.zoom[hidden] { display: none; }
.zoom:hover, .zoom:focus-visible { background: rgb(0 0 0 / 80%); }
input:focus-visible ~ .zoom { outline: none; }
figure:has(input:focus-visible) .knob { outline: 3px solid var(--st-primary-color); }
"""

_JS = """
export default function ({ parentElement, data, setTriggerValue }) {
  const part = (name) => parentElement.querySelector(name);
  const figure = part("figure"), view = part(".view"), range = part("input"), after = part(".after");
  for (const side of ["before", "after"]) {
    part("." + side).src = data[side];
    part("." + side).alt = data.alt[side];
  }
  part(".left").textContent = data.tags[0];
  part(".right").textContent = data.tags[1];
  range.setAttribute("aria-label", data.label);
  figure.classList.toggle("full", data.full);
  figure.style.setProperty("--aspect", data.aspect);
  figure.style.setProperty("--full", `${data.width / window.devicePixelRatio}px`);
  const move = () => {
    figure.style.setProperty("--split", `${range.value}%`);
    const edge = view.scrollLeft + (view.clientWidth * range.value) / 100;
    figure.style.setProperty("--cut", data.full ? `${edge}px` : `${range.value}%`);
  };
  range.oninput = move;
  view.onscroll = move;
  after.onload = () => {
    if (data.full && view.dataset.shown !== "full") {
      view.scrollLeft = (view.scrollWidth - view.clientWidth) / 2;
      view.scrollTop = (view.scrollHeight - view.clientHeight) / 2;
    }
    view.dataset.shown = data.full ? "full" : "fit";
    move();
  };
  let grip = null;
  view.onpointerdown = (event) => {
    if (!data.full || event.pointerType !== "mouse") return;
    grip = { x: event.clientX + view.scrollLeft, y: event.clientY + view.scrollTop };
    view.setPointerCapture(event.pointerId);
  };
  view.onpointermove = (event) => {
    if (grip) view.scrollTo(grip.x - event.clientX, grip.y - event.clientY);
  };
  view.onpointerup = view.onpointercancel = () => { grip = null; };
  const zoom = part(".zoom");
  zoom.hidden = !data.zoomable;
  zoom.textContent = data.full ? "Whole picture" : "100 %";
  zoom.onclick = () => setTriggerValue("zoom", true);
  move();
  const watcher = new ResizeObserver(move);
  watcher.observe(view);
  return () => watcher.disconnect();
}
"""

_slider = st.components.v2.component("colorizer.before_after", html=_HTML, css=_CSS, js=_JS)


def before_after(
    before: np.ndarray,
    after: np.ndarray,
    key: str,
    *,
    tags: tuple[str, str] = ("", ""),
    full: bool = False,
    on_zoom: Callable[[], None] | None = None,
) -> None:
    """Show two pictures of one size, the first over the second.

    Args:
        before: `(H, W, 3)` uint8.
        after: the same shape.
        key: unlike that of any other slider on the page.
        tags: a word for the lower corners: what is on the left, what on the right.
        full: show each pixel as one of the screen, rather than the whole picture.
        on_zoom: called when a person asks for the other of the two; without it there is no button.
    """
    height, width = before.shape[:2]
    longest = max(width, height) if full else None
    data = {
        "before": data_url(shown(before, longest)),
        "after": data_url(shown(after, longest)),
        "alt": {"before": tags[0] or "The picture in gray", "after": tags[1] or "The picture in color"},
        "label": f"Percent of the picture shown in {(tags[0] or 'gray').lower()}",
        "tags": list(tags),
        "aspect": width / height,
        "width": width,
        "full": full,
        "zoomable": on_zoom is not None,
    }
    _slider(data=data, key=key, on_zoom_change=on_zoom or (lambda: None))
