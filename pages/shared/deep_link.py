"""Deep links right after a start.

Because there is a folder called pages, Streamlit serves the very first request after a start in its old
way: it looks for a file `pages/<name>.py` and runs it instead of app.py. Finding none, it would show "Page
not found" over the right page. So each page has such a file, which hands over to app.py. From then on
Streamlit knows the app's own navigation and never asks for those files again.
"""

import runpy
from pathlib import Path


def run_app() -> None:
    """Run app.py; its navigation finds the page in the address."""
    runpy.run_path(str(Path(__file__).parents[2] / "app.py"))
