"""The two pictures, which are themselves the buttons, and the keys that press them.

Streamlit's own shortcuts would do for the keys but for three things: they also act while another tab is shown, a key
held down would vote again and again, and Space would no longer press any other button on the page. Here keys count
once, only while the pictures can be seen, and not where something else has the focus that uses them. The browser also
knows best how long the pictures were looked at.
"""

from collections.abc import Callable
from typing import Any

import streamlit as st

from colorizer.imaging.html import data_url
from colorizer.votes.results import labels
from pages.compare.vote_game import Answered, Game, Question
from pages.compare.vote_pictures import SHOWN_SIDES, encoded

_KEY = "vote-board"

_HTML = """
<figure tabindex="-1" aria-label="Which coloring looks more natural?">
  <p class="question" role="heading" aria-level="3">Which looks more natural?</p>
  <div class="pair">
    <button type="button" class="picture" data-answer="left" aria-keyshortcuts="ArrowLeft">
      <img alt="The coloring on the left" draggable="false"><kbd aria-hidden="true">&larr;</kbd></button>
    <button type="button" class="picture" data-answer="right" aria-keyshortcuts="ArrowRight">
      <img alt="The coloring on the right" draggable="false"><kbd aria-hidden="true">&rarr;</kbd></button>
  </div>
  <button type="button" class="tie" data-answer="tie" aria-keyshortcuts="Space">
    Cannot tell <kbd aria-hidden="true">Space</kbd></button>
  <p class="last" aria-live="polite"><span class="who"><img alt=""><b></b></span><span class="verdict"></span
    ><span class="who"><img alt=""><b></b></span></p>
</figure>
"""

_CSS = """
figure { margin: 0; outline: none; scroll-margin: 4.5rem 0 1rem; container-type: inline-size; text-align: center;
         font-family: var(--st-font); color: var(--st-text-color); }
.question { margin: 0 0 .9rem; font: 600 clamp(1.15rem, 5cqi, 1.6rem)/1.2 var(--st-heading-font, var(--st-font)); }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: clamp(8px, 2cqi, 24px); align-items: start; }
.picture { position: relative; width: min(100%, var(--widest), calc(44vh * var(--aspect))); padding: 4px; border: 0;
           border-radius: calc(var(--st-base-radius) + 4px); background: transparent; cursor: pointer;
           line-height: 0; transition: background .12s, opacity .12s; -webkit-tap-highlight-color: transparent; }
.picture:first-child { justify-self: end; }
.picture img { width: 100%; border-radius: var(--st-base-radius); user-select: none; }
.small img { image-rendering: pixelated; }
.picture:focus-visible, .tie:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 2px; }
.leaving .picture, .leaving .tie { opacity: .35; }
.picture.chosen, .tie.chosen { background: var(--st-primary-color); opacity: 1; }
kbd { padding: .15em .55em; border-radius: .4em; font: 500 .8rem/1.4 var(--st-font); }
.picture kbd { position: absolute; bottom: 14px; left: 14px; background: rgb(0 0 0 / 55%); color: #fff; }
.picture:last-child kbd { left: auto; right: 14px; }
.tie { margin-top: .8rem; padding: .5rem 1.1rem; border: 1px solid var(--st-border-color); color: inherit;
       border-radius: var(--st-base-radius); background: var(--st-background-color); cursor: pointer;
       font: 500 1rem/1.5 var(--st-font); }
.tie kbd { margin-left: .4em; background: var(--st-secondary-background-color); }
.tie.chosen { color: var(--st-background-color); }
.last { display: flex; flex-wrap: wrap; gap: .4rem .7rem; align-items: center; justify-content: center;
        min-height: 56px; margin: 1.1rem 0 0; }
.last:not(.known) * { display: none; }
.who { display: inline-flex; align-items: center; gap: .5rem; }
.who img { width: 56px; height: 56px; object-fit: cover; border-radius: calc(var(--st-base-radius) * .6); }
.who.won img { outline: 3px solid var(--st-primary-color); }
.verdict { opacity: .75; }
@media (hover: hover) {
  .picture:hover { background: color-mix(in srgb, var(--st-primary-color) 45%, transparent); }
  .tie:hover { border-color: var(--st-primary-color); }
}
@media (hover: none) { kbd { display: none; } }
@container (max-width: 520px) {
  .wide .pair { grid-template-columns: 1fr; justify-items: center; }
  .wide .picture { justify-self: center; }
  .who img { width: 44px; height: 44px; }
}
"""

_JS = """
const games = new WeakMap();  // What is known of each mounted figure between two updates of its data.
const KEYS = { ArrowLeft: "left", ArrowRight: "right", " ": "tie" };
const FLASH = 100;  // Milliseconds for which the pressed picture is marked.
const USES_KEYS = "a[href], button, input, select, summary, textarea, [contenteditable=true], [role=combobox], " +
  "[role=menuitem], [role=option], [role=radio], [role=slider], [role=tab]";

function focused() {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element;
}

async function show(figure, game, pair) {
  game.wanted = pair.number;
  const images = pair.pictures.map((url) => Object.assign(new Image(), { src: url }));
  await Promise.all(images.map((image) => image.decode()));
  if (game.wanted !== pair.number) return;  // A newer pair has overtaken this one.
  figure.classList.toggle("small", pair.small);
  figure.classList.toggle("wide", pair.aspect > 1.2);
  figure.style.setProperty("--aspect", pair.aspect);
  figure.style.setProperty("--widest", `${pair.widest}px`);
  figure.querySelectorAll(".picture img").forEach((image, side) => { image.src = pair.pictures[side]; });
  if (game.shown === undefined) {  // On a phone, the head of the page leaves no room for two pictures.
    const fits = figure.offsetHeight < 0.9 * window.innerHeight;
    figure.scrollIntoView({ block: fits ? "nearest" : "start", behavior: "smooth" });
  }
  game.shown = pair.number;
  game.since = performance.now();
  takeFocus(figure);
  tellWhetherBusy(figure, game);
}

function reveal(figure, last) {
  figure.querySelector(".last").classList.toggle("known", Boolean(last));
  if (!last) return;
  figure.querySelectorAll(".who").forEach((who, place) => {
    who.classList.toggle("won", last.decided && place === 0);
    who.querySelector("img").src = last.pictures[place];
    who.querySelector("b").textContent = last.names[place];
  });
  figure.querySelector(".verdict").textContent = last.verdict;
}

function tellWhetherBusy(figure, game) {
  figure.ariaBusy = String(Boolean(game.waiting) || game.shown !== game.data.current.number);
}

// What was pressed with the mouse keeps the focus, and would get the next press of a key.
function takeFocus(figure) {
  if (figure.getClientRects().length && !focused()?.matches(":focus-visible")) figure.focus({ preventScroll: true });
}

// The next pair is shown at once, but takes an answer only when the one before has arrived.
async function answer(figure, game, button) {
  const { current, upcoming } = game.data, number = game.shown;
  if (game.waiting || number !== current.number) return;
  game.waiting = true;
  tellWhetherBusy(figure, game);
  const milliseconds = Math.round(performance.now() - game.since);
  game.send("answer", { number, answer: button.dataset.answer, milliseconds });
  button.classList.add("chosen");
  figure.classList.add("leaving");
  await new Promise((done) => setTimeout(done, FLASH));
  if (upcoming && game.shown === number && game.wanted === number) await show(figure, game, upcoming);
  button.classList.remove("chosen");
  figure.classList.remove("leaving");
}

function mount(figure, game) {
  const press = (event) => {
    const key = KEYS[event.key], path = event.composedPath(), isOurs = path.includes(figure);
    if (!key || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (event.defaultPrevented || !figure.getClientRects().length) return;
    if (!isOurs && path.some((element) => element.matches?.(USES_KEYS))) return;
    event.preventDefault();
    if (!event.repeat) answer(figure, game, figure.querySelector(`[data-answer=${key}]`));
  };
  for (const button of figure.querySelectorAll("button")) button.onclick = () => answer(figure, game, button);
  figure.onkeyup = (event) => { if (event.key === " ") event.preventDefault(); };  // Firefox presses a button now.
  document.addEventListener("keydown", press);
  const watcher = new ResizeObserver(() => takeFocus(figure));  // Also called when its tab is opened.
  watcher.observe(figure);
  game.unmount = () => { document.removeEventListener("keydown", press); watcher.disconnect(); games.delete(figure); };
}

export default function ({ parentElement, data, setTriggerValue }) {
  const figure = parentElement.querySelector("figure");
  if (!games.has(figure)) {
    games.set(figure, {});
    mount(figure, games.get(figure));
  }
  const game = games.get(figure);
  if (game.data?.turn !== data.turn) game.waiting = false;
  game.data = data;
  game.send = setTriggerValue;
  reveal(figure, data.last);
  if (game.wanted !== data.current.number) show(figure, game, data.current);
  tellWhetherBusy(figure, game);
  return () => { if (!figure.isConnected) game.unmount(); };
}
"""

_board = st.components.v2.component("colorizer.vote_board", html=_HTML, css=_CSS, js=_JS)


def board(game: Game, question: Question, titles: dict[str, str], on_answer: Callable[[int, str, float], None]) -> None:
    """Show a question, and what the last answer was about.

    Args:
        game: the sitting.
        question: what to ask.
        titles: what runs are called, by their names.
        on_answer: called with the question's number, the answer and the milliseconds.
    """

    def answered() -> None:
        given = st.session_state[_KEY].get("answer")
        if isinstance(given, dict):
            on_answer(int(given["number"]), str(given["answer"]), float(given["milliseconds"]))

    data = {
        "turn": game.turn,
        "current": _pair(question),
        "upcoming": _pair(game.upcoming) if game.upcoming else None,
        "last": _reveal(game.past[-1], titles) if game.past else None,
    }
    _board(data=data, key=_KEY, on_answer_change=answered)


def _pair(question: Question) -> dict[str, Any]:
    """What the browser may know of a question: not who made which picture."""
    height, width = question.left_pixels.shape[:2]
    (left, kind), (right, _) = encoded(question.left_pixels), encoded(question.right_pixels)
    return {
        "number": question.number,
        "pictures": [data_url(left, kind), data_url(right, kind)],
        "small": kind == "png",
        "aspect": width / height,
        "widest": SHOWN_SIDES[kind],
    }


def _reveal(last: Answered, titles: dict[str, str]) -> dict[str, Any]:
    """Who had made the pictures of a question, the preferred one first."""
    question = last.question
    names = labels((question.left, question.right), titles)
    sides = [(names[question.left], question.left_pixels), (names[question.right], question.right_pixels)]
    if last.answer == "right":
        sides.reverse()
    decided = last.preferred is not None
    return {
        "names": [name for name, _ in sides],
        "pictures": [data_url(*encoded(pixels, 112)) for _, pixels in sides],
        "decided": decided,
        "verdict": "looked better than" if decided else "could not be told from",
    }
