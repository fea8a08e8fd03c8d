"""Render the templates beside this file: the HTML that the Compare page and the report share."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from colorizer.imaging.html import picture_url

FOLDER = Path(__file__).parent
"""Also holds `view.html`, `view.css` and `view.js`, the component that shows that HTML on the page."""

_environment = Environment(
    loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
_environment.filters["picture_url"] = picture_url


def render(name: str, **values: Any) -> Markup:
    """Render `<name>.html.j2`. Values are escaped unless they are `Markup`."""
    return Markup(_environment.get_template(f"{name}.html.j2").render(values))


def read_text(name: str) -> Markup:
    """Return the text of a CSS or JavaScript file, to be inlined as it is."""
    return Markup((FOLDER / name).read_text(encoding="utf-8"))
