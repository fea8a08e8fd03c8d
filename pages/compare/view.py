"""Puts the HTML of a comparison, the same that the report holds, on the page and makes it answer to clicks.

What is looked at, an enlarged row or the order of a table, is kept in the address without asking the server.
"""

from pathlib import Path

import streamlit as st

from colorizer import comparison

_STYLE = """
.view { --text: var(--st-text-color); --background: var(--st-background-color); --accent: var(--st-primary-color);
        --soft: var(--st-secondary-background-color); --line: var(--st-border-color); --radius: var(--st-base-radius);
        font-family: var(--st-font); color: var(--text); }
"""
_SCRIPT = """
const shown = new WeakMap();  // The HTML in each mounted view: it is only replaced when it has changed.

const address = {
  get: (name) => new URLSearchParams(location.search).get(name),
  set: (name, value) => {
    const url = new URL(location.href);
    if (value === null) url.searchParams.delete(name); else url.searchParams.set(name, value);
    if (url.href !== location.href) history.replaceState(history.state, "", url);
  },
};

export default function ({ parentElement, data }) {
  const view = parentElement.querySelector(".view");
  if (shown.get(view) === data.html) return;
  shown.set(view, data.html);
  view.innerHTML = data.html;
  enliven(view, address);
}
"""


def _file(name: str) -> str:
    return (Path(comparison.__path__[0]) / name).read_text(encoding="utf-8")


_view = st.components.v2.component(
    "colorizer.comparison",
    html='<div class="view"></div>',
    css=_STYLE + _file("view.css"),
    js=_file("view.js") + _SCRIPT,
)


def show_html(html: str, key: str) -> None:
    """Show rows of pictures or a table.

    Args:
        html: made by `colorizer.comparison`, which escapes names.
        key: unlike that of any other view on the page.
    """
    _view(data={"html": html}, key=f"view-{key}")
