"""Deep links right after the server starts.

Because there is a folder named pages, Streamlit handles the first request after a start as a legacy multipage app: it
runs `pages/<name>.py` instead of app.py, or shows "Page not found" over the right page if there is no such file. So
each page has that file, and the file runs app.py. Later requests use the navigation of app.py.
"""

import runpy
from pathlib import Path


def run_app() -> None:
    """Run app.py, whose navigation opens the page in the URL."""
    runpy.run_path(str(Path(__file__).parents[2] / "app.py"))
