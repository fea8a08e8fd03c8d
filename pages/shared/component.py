"""Streamlit components whose HTML, CSS and JavaScript are files of their own."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st


def component(name: str, folder: Path) -> Callable[..., Any]:
    """A component (`st.components.v2`) made of the files in a folder.

    Args:
        name: its name, such as `hint_canvas`; the files are `<name>.html`, `<name>.css` and `<name>.js`.
        folder: where they are.
    """
    html, css, js = ((folder / f"{name}.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js"))
    return st.components.v2.component(f"colorizer.{name}", html=html, css=css, js=js)
