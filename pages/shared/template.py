"""HTML from Jinja2 templates."""

from pathlib import Path
from typing import Any

import streamlit as st
from jinja2 import Environment, FileSystemLoader


@st.cache_resource(show_spinner=False)
def _environment(folder: Path) -> Environment:
    return Environment(loader=FileSystemLoader(folder), autoescape=True, trim_blocks=True, lstrip_blocks=True)


def show_template(name: str, folder: Path, **values: Any) -> None:
    """Show a template on the page. Values are escaped.

    Args:
        name: its file name, such as `image_grid.html.j2`.
        folder: where it is.
        values: of its variables.
    """
    st.html(_environment(folder).get_template(name).render(values))
