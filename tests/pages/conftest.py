"""Pages are entered through app.py, as a person does, in a home with one dataset and one trained run."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.waiting import PATIENCE

APP = Path(__file__).parents[2] / "app.py"


@pytest.fixture
def open_page() -> Callable[..., AppTest]:
    """Opens a page by its folder's name, with these query parameters, and runs it."""

    def open_page(name: str, **query: str | list[str]) -> AppTest:
        st.cache_resource.clear()
        app = AppTest.from_file(str(APP), default_timeout=PATIENCE)
        if name == "home":
            return app.run()
        with pytest.MonkeyPatch.context() as patch:  # Without networks Home, where the app starts, colorizes nothing.
            patch.setattr("pages.shared.models.usable_runs", list)
            app.run()
        for key, value in query.items():
            app.query_params[key] = value
        return app.switch_page(f"pages/{name}/page.py").run()

    return open_page


@pytest.fixture(autouse=True)
def _no_training_outlives_its_test() -> Iterator[None]:
    yield
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):  # It may have ended by itself.
            if "colorizer" in child.cmdline():
                child.kill()
                child.wait(10)
