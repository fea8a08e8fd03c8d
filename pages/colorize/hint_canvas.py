"""The picture with its color hints: press to add one, drag it, give it a color, take it away.

Each hint is a button on the picture, so the keyboard reaches it: arrow keys move it, Delete removes it.
Below are the colors that the network thinks likely at the chosen place, and one of a person's own choice.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import streamlit as st

from colorizer.errors import UserError
from colorizer.imaging.html import data_url
from colorizer.models.hints import Hint
from colorizer.models.prediction import Color
from pages.shared.pictures import shown

_HTML = """
<figure>
  <div class="stage"><img alt="" draggable="false"><div class="dots"></div></div>
  <div class="bar">
    <span class="help"></span>
    <span class="colors" role="group"></span>
    <label class="own"><input type="color"><span>Own color</span></label>
    <button class="remove" type="button">Remove</button>
    <button class="clear" type="button">Remove all</button>
  </div>
</figure>
"""

_CSS = """
figure { margin: 0 auto; width: min(100%, calc(80vh * var(--aspect, 1))); font-family: var(--st-font); }
.stage { position: relative; line-height: 0; cursor: crosshair; touch-action: manipulation; }
img { width: 100%; height: auto; display: block; user-select: none; border-radius: var(--st-base-radius); }
.dots { position: absolute; inset: 0; }
.dot { position: absolute; width: 28px; height: 28px; margin: -14px; padding: 0; border-radius: 50%; cursor: grab;
       border: 3px solid #fff; box-shadow: 0 0 0 1px rgb(0 0 0 / 60%), 0 1px 5px rgb(0 0 0 / 60%); touch-action: none; }
.dot.chosen { outline: 3px solid var(--st-primary-color); outline-offset: 2px; }
.dot:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 2px; }
.bar { display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: center; min-height: 3rem; padding-top: 0.6rem;
       color: var(--st-text-color); font-size: 0.875rem; }
.help { flex-basis: 100%; opacity: 0.75; }
.colors { display: flex; gap: 0.4rem; flex-wrap: wrap; }
.colors button { width: 34px; height: 34px; padding: 0; border-radius: 50%; cursor: pointer;
                  border: 2px solid var(--st-border-color); }
.colors button[aria-pressed=true] { outline: 3px solid var(--st-primary-color); outline-offset: 1px; }
.own { display: inline-flex; gap: 0.4rem; align-items: center; cursor: pointer; }
.own input { width: 34px; height: 34px; padding: 0; border: 0; background: none; cursor: pointer; }
.bar > button { padding: 0.35rem 0.8rem; border-radius: var(--st-button-radius, 0.5rem); cursor: pointer;
                border: 1px solid var(--st-border-color); background: var(--st-background-color);
                color: var(--st-text-color); font: inherit; }
.bar > button:is(:hover, :focus-visible) { border-color: var(--st-primary-color); color: var(--st-primary-color); }
[hidden] { display: none !important; }
"""

_JS = """
export default function ({ parentElement, data, setTriggerValue }) {
  const part = (name) => parentElement.querySelector(name);
  const stage = part(".stage"), dots = part(".dots"), picture = part("img");
  // What answers an edit before the last one would undo the later ones, and a dot being dragged must not be replaced.
  const sent = Number(stage.dataset.sent || 0);
  if (data.turn < sent || stage.dataset.dragging) return;
  picture.src = data.picture;
  picture.alt = data.alt;
  part("figure").style.setProperty("--aspect", data.aspect);
  const hints = data.hints.map((hint) => ({ ...hint }));
  const clamp = (value) => Math.min(1, Math.max(0, value));
  const hex = (color) => "#" + color.map((value) => value.toString(16).padStart(2, "0")).join("");
  const send = (chosen) => {
    stage.dataset.sent = Math.max(data.turn, Number(stage.dataset.sent || 0)) + 1;
    setTriggerValue("edited", { hints, chosen, turn: Number(stage.dataset.sent) });
  };
  const focused = dots.contains(parentElement.activeElement || parentElement.getRootNode().activeElement);
  const place = (event) => {
    const box = stage.getBoundingClientRect();
    return [clamp((event.clientX - box.left) / box.width), clamp((event.clientY - box.top) / box.height)];
  };
  const remove = (number) => { hints.splice(number, 1); send(hints.length ? hints.length - 1 : null); };

  dots.replaceChildren(...hints.map((hint, number) => {
    const dot = document.createElement("button");
    dot.type = "button";
    dot.className = "dot" + (number === data.chosen ? " chosen" : "");
    dot.setAttribute("aria-label", `Color hint ${number + 1}, ${hex(hint.color)}`);
    dot.style.background = hex(hint.color);
    const draw = () => { dot.style.left = `${hint.x * 100}%`; dot.style.top = `${hint.y * 100}%`; };
    draw();
    let start = null;
    dot.onpointerdown = (event) => {
      start = [event.clientX, event.clientY];
      stage.dataset.dragging = "1";
      dot.setPointerCapture(event.pointerId);
    };
    dot.onpointermove = (event) => {
      if (!start) return;
      [hint.x, hint.y] = place(event);
      draw();
    };
    const end = () => {
      if (!start) return;
      start = null;
      delete stage.dataset.dragging;
      send(number);
    };
    dot.onpointerup = dot.onpointercancel = end;
    dot.onclick = (event) => { event.stopPropagation(); if (event.detail === 0) send(number); };
    dot.onkeydown = (event) => {
      const far = event.shiftKey ? 0.05 : 0.01;
      const moves = { ArrowLeft: [-far, 0], ArrowRight: [far, 0], ArrowUp: [0, -far], ArrowDown: [0, far] };
      if (event.key in moves) {
        hint.x = clamp(hint.x + moves[event.key][0]);
        hint.y = clamp(hint.y + moves[event.key][1]);
        draw();
      } else if (event.key === "Delete" || event.key === "Backspace") remove(number);
      else return;
      event.preventDefault();
    };
    dot.onkeyup = (event) => { if (event.key.startsWith("Arrow")) send(number); };
    if (number === data.chosen && focused) queueMicrotask(() => dot.focus({ preventScroll: true }));
    return dot;
  }));
  stage.onclick = (event) => {
    if (event.target.closest(".dot") || hints.length >= data.most) return;
    const [x, y] = place(event);
    hints.push({ x, y, color: null });
    send(hints.length - 1);
  };

  const chosen = hints[data.chosen];
  const paint = (color) => { chosen.color = color; send(data.chosen); };
  part(".help").textContent = chosen ? data.likely : data.help;
  part(".colors").setAttribute("aria-label", data.likely);
  part(".colors").replaceChildren(...data.colors.map((color) => {
    const swatch = document.createElement("button");
    swatch.type = "button";
    swatch.style.background = hex(color);
    swatch.setAttribute("aria-label", hex(color));
    swatch.setAttribute("aria-pressed", String(chosen && hex(chosen.color) === hex(color)));
    swatch.onclick = () => paint(color);
    return swatch;
  }));
  for (const name of [".own", ".remove", ".colors"]) part(name).hidden = !chosen;
  part(".clear").hidden = hints.length < 2;
  const own = part(".own input");
  if (chosen) own.value = hex(chosen.color);
  own.onchange = () => paint([1, 3, 5].map((from) => parseInt(own.value.slice(from, from + 2), 16)));
  part(".remove").onclick = () => remove(data.chosen);
  part(".clear").onclick = () => { hints.length = 0; send(null); };
}
"""

_canvas = st.components.v2.component("colorizer.hint_canvas", html=_HTML, css=_CSS, js=_JS)
MOST = 64
"""Hints on one picture."""


def hint_canvas(
    pixels: np.ndarray,
    hints: Sequence[Hint],
    chosen: int | None,
    colors: Sequence[Color],
    key: str,
    on_edit: Callable[[list[tuple[float, float, Color | None]], int | None], None],
) -> None:
    """Show a picture on which color hints can be placed.

    Args:
        pixels: the picture in color, `(H, W, 3)` uint8.
        hints: those it has.
        chosen: number of the one whose color can be changed.
        colors: suggestions for it.
        key: unlike that of any other on the page.
        on_edit: called with all hints as x, y and color, and the number of the chosen one, before the page
            runs again; a new hint has no color yet.
    """

    turns = f"{key}-turn"

    def edited() -> None:
        value = st.session_state[key].edited
        edit = _checked(value)
        if edit is not None:
            st.session_state[turns] = int(value["turn"])
            on_edit(*edit)

    height, width = pixels.shape[:2]
    data = {
        "picture": data_url(shown(pixels)),
        "alt": "The picture in color",
        "aspect": width / height,
        "hints": [{"x": hint.x, "y": hint.y, "color": list(hint.color)} for hint in hints],
        "chosen": chosen,
        "colors": [list(color) for color in colors],
        "most": MOST,
        "turn": st.session_state.get(turns, 0),
        "help": "Press a place to say what color it has. Press a hint to change it; drag it to move it.",
        "likely": "Colors that the network thinks likely here:",
    }
    _canvas(data=data, key=key, on_edited_change=edited)


def _checked(value: Any) -> tuple[list[tuple[float, float, Color | None]], int | None] | None:
    """What came from the browser, which may be anything; None if it is not understood."""
    try:
        hints: list[tuple[float, float, Color | None]] = []
        for hint in value["hints"][:MOST]:
            color = hint["color"] and Hint(0, 0, tuple(int(part) for part in hint["color"])).color  # type: ignore[arg-type]
            place = Hint(float(hint["x"]), float(hint["y"]), (0, 0, 0))
            hints.append((place.x, place.y, color))
        chosen, _ = value["chosen"], int(value["turn"])
        return hints, chosen if isinstance(chosen, int) and 0 <= chosen < len(hints) else None
    except (KeyError, TypeError, ValueError, UserError):
        return None
