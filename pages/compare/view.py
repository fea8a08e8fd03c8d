"""Show the HTML of a comparison on the page; enlarged rows and sort orders are kept in the URL by the browser."""

from markupsafe import Markup

from colorizer.comparison.html import FOLDER
from pages.shared.component import component

_view = component("view", FOLDER)


def show_html(html: Markup, key: str) -> None:
    """Show rows of pictures, a table or a chart.

    Args:
        html: rendered by `colorizer.comparison`.
        key: unique among the views of the page.
    """
    _view(data={"html": str(html)}, key=f"view-{key}")
