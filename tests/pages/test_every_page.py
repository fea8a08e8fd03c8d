"""Checks that apply to every page."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from colorizer.runs import Run

PAGES = ("home", "colorize", "prepare", "train", "compare")


@pytest.mark.parametrize("name", PAGES)
def test_page_opens_in_an_empty_home(open_page: Callable[[str], AppTest], name: str) -> None:
    page = open_page(name)
    assert not page.exception
    assert page.info, "an empty page tells the user what to do"
    assert page.title


@pytest.mark.parametrize("name", PAGES)
def test_page_opens_with_a_dataset_and_a_run(open_page: Callable[[str], AppTest], trained: Run, name: str) -> None:
    page = open_page(name)
    assert not page.exception
    assert not page.error
    assert not page.info


@pytest.mark.parametrize("name", ["home", "colorize", "compare"])
def test_damaged_weights_show_an_error(open_page: Callable[[str], AppTest], trained: Run, name: str) -> None:
    trained.best_weights.write_bytes(b"no weights")
    page = open_page(name)
    assert not page.exception
    assert "damaged" in page.error[0].value
