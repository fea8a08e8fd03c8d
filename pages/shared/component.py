"""Streamlit components from HTML, CSS and JavaScript files."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st


def component(name: str, folder: Path) -> Callable[..., Any]:
    """Declare a component (`st.components.v2`) from `<name>.html`, `<name>.css` and `<name>.js`.

    Args:
        name: such as `hint_canvas`.
        folder: where the files are.
    """
    html, css, js = ((folder / f"{name}.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js"))
    return st.components.v2.component(f"colorizer.{name}", html=html, css=css, js=js)
