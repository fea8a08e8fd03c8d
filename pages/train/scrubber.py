"""See it learn: the same test pictures after each epoch, with a slider through the epochs.

The epochs are in the browser as one tall picture, so the slider follows the finger without asking the server.
"""

import contextlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from PIL import Image

from colorizer.errors import UserError
from colorizer.imaging.html import picture_url
from colorizer.runs import Run
from colorizer.runs.export import frame_epochs, read_samples, sample_path

_SENT = "film-sent"
_LARGEST_SIDE = 64
"""Side in pixels to which larger pictures are made smaller here."""

_HTML = """
<figure>
  <div class="pictures" role="img"></div>
  <div class="bar">
    <button type="button" aria-label="Play the epochs"></button>
    <input type="range" min="0" value="0" step="1" aria-label="Epoch">
    <output></output>
  </div>
  <figcaption>Above gray, as the network sees it; in the middle its colors; below the truth.</figcaption>
</figure>
"""

_CSS = """
figure { margin: 0; font-family: var(--st-font); color: var(--st-text-color); }
.pictures { display: grid; gap: 6px; grid-template-columns: repeat(auto-fit, minmax(72px, 1fr)); }
canvas { width: 100%; display: block; image-rendering: pixelated; border-radius: calc(var(--st-base-radius) * .6); }
.bar { display: flex; align-items: center; gap: 12px; margin-top: 12px; }
button { flex: none; width: 40px; height: 40px; border-radius: 50%; border: 0; cursor: pointer; padding: 0;
         color: #fff; background: var(--st-primary-color); font: 15px/40px sans-serif; }
button::before { content: "\\25B6\\FE0E"; margin-left: 3px; }
button.playing::before { content: "\\275A\\275A"; margin-left: 0; font-size: 12px; }
button:focus-visible, input:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 3px; }
input { flex: 1; min-width: 0; height: 32px; accent-color: var(--st-primary-color); cursor: ew-resize; }
output { flex: none; min-width: 8.5em; font-variant-numeric: tabular-nums; line-height: 1.25; }
output small { display: block; opacity: .65; }
figcaption { opacity: .65; font-size: 14px; margin-top: 6px; }
"""

_JS = """
const shown = new WeakMap();  // What is known of each mounted figure between two updates of its data.
const films = new Map();  // The film comes only when it has changed; the last one of each run is kept.

async function picture(url) {
  const image = new Image();
  image.src = url;
  await image.decode();
  return image;
}

function draw(figure) {
  const state = shown.get(figure), { frames, side } = state.data;
  const at = state.frame, isLatest = at === frames.length - 1;
  const source = isLatest ? state.latest : state.film, top = isLatest ? 0 : at * side;
  figure.querySelectorAll("canvas").forEach((canvas, number) => {
    const context = canvas.getContext("2d"), left = number * side;
    context.drawImage(state.gray, left, 0, side, side, 0, 0, side, side);
    context.drawImage(source, left, top, side, side, 0, side, side, side);
    context.drawImage(state.true, left, 0, side, side, 0, 2 * side, side, side);
  });
  const { epoch, loss } = frames[at], range = figure.querySelector("input");
  range.value = at;
  range.setAttribute("aria-valuetext", `epoch ${epoch}`);
  figure.querySelector("output").innerHTML = `Epoch ${epoch}<small>${loss}</small>`;
  figure.querySelector(".pictures").setAttribute("aria-label", `Test pictures colored after epoch ${epoch}`);
}

function stop(figure) {
  clearInterval(shown.get(figure).timer);
  shown.get(figure).timer = null;
  figure.querySelector("button").classList.remove("playing");
}

function play(figure) {
  const state = shown.get(figure);
  if (state.timer) { stop(figure); return; }
  if (state.frame === state.data.frames.length - 1) state.frame = 0;
  figure.querySelector("button").classList.add("playing");
  const pause = Math.max(60, Math.min(400, 6000 / state.data.frames.length));
  state.timer = setInterval(() => {
    if (state.frame < state.data.frames.length - 1) { state.frame += 1; draw(figure); } else stop(figure);
  }, pause);
}

export default async function ({ parentElement, data }) {
  const figure = parentElement.querySelector("figure");
  const before = shown.get(figure), isSame = before && before.data.run === data.run;
  const state = isSame ? before : { frame: 0, timer: null };
  if (before && !isSame) stop(figure);
  if (data.film) films.set(data.run, data.film);
  data = { ...data, film: films.get(data.run) || data.latest };
  if (!films.has(data.run)) data.frames = data.frames.slice(-1);
  const order = (state.order = (state.order || 0) + 1);
  const known = (name) => isSame && before.data[name] === data[name] ? before[name] : picture(data[name]);
  const names = ["gray", "true", "film", "latest"];
  const images = await Promise.all(names.map(known));
  if (state.order !== order) return;  // A newer update has overtaken this one.
  const follows = !isSame || (!state.timer && state.frame >= state.data.frames.length - 1);
  names.forEach((name, number) => { state[name] = images[number]; });
  state.data = data;
  const last = data.frames.length - 1;
  state.frame = follows ? last : Math.min(state.frame, last);
  shown.set(figure, state);

  const grid = figure.querySelector(".pictures");
  while (grid.children.length > data.count) grid.lastChild.remove();
  while (grid.children.length < data.count) grid.append(document.createElement("canvas"));
  for (const canvas of grid.children) {
    if (canvas.width !== data.side || canvas.height !== 3 * data.side) {
      canvas.width = data.side;
      canvas.height = 3 * data.side;
    }
  }
  const range = figure.querySelector("input");
  range.max = last;
  range.oninput = () => { stop(figure); state.frame = Number(range.value); draw(figure); };
  figure.querySelector("button").onclick = () => play(figure);
  draw(figure);
}
"""

_component = st.components.v2.component("colorizer.scrubber", html=_HTML, css=_CSS, js=_JS)


def see_it_learn(run: Run, metrics: pd.DataFrame) -> None:
    """Show the strips of a run with a slider through its epochs."""
    # A shipped run has none, and files may be deleted by hand; the curve is still there.
    with contextlib.suppress(UserError):
        _component(data=_film_data(run, metrics), key="scrubber")


def send_film_again() -> None:
    """To be called when the whole page is drawn: the browser may have forgotten the film."""
    st.session_state.pop(_SENT, None)


def _film_data(run: Run, metrics: pd.DataFrame) -> dict[str, Any]:
    losses = dict(zip(metrics.epoch.astype(int).tolist(), metrics.test_loss.tolist(), strict=True))
    chosen = [epoch for epoch in frame_epochs(list(losses)) if sample_path(run, epoch).exists()]
    last = max(losses)
    true, latest = _small(read_samples(run.samples / "true.png")), _small(read_samples(sample_path(run, last)))
    changed = sample_path(run, chosen[-1]).stat().st_mtime_ns if chosen else 0
    film = (str(run.folder), tuple(chosen), changed)
    is_known = st.session_state.get(_SENT) == film
    st.session_state[_SENT] = film
    return {
        "run": run.name,
        "side": true.shape[0],
        "count": true.shape[1] // true.shape[0],
        "gray": picture_url(_small(read_samples(run.samples / "gray.png")), "jpeg"),
        "true": picture_url(true, "jpeg"),
        "film": None if is_known else _film(*film),
        "latest": picture_url(latest, "jpeg"),
        "frames": [{"epoch": epoch, "loss": f"test loss {losses[epoch]:.5f}"} for epoch in sorted({*chosen, last})],
    }


@st.cache_data(max_entries=16, show_spinner=False)
def _film(folder: str, epochs: tuple[int, ...], changed: int) -> str:
    """The strips of these epochs, one below the other. `changed` is part of what it is remembered by."""
    paths = [Path(folder) / "samples" / f"epoch-{epoch:05d}.png" for epoch in epochs]
    return picture_url(np.concatenate([_small(read_samples(path)) for path in paths]), "jpeg")


def _small(strip: np.ndarray) -> np.ndarray:
    height, width = strip.shape[:2]
    if height <= _LARGEST_SIDE:
        return strip
    size = (width // height * _LARGEST_SIDE, _LARGEST_SIDE)
    return np.asarray(Image.fromarray(strip).resize(size, Image.Resampling.LANCZOS))
