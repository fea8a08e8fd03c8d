"""The colorize page with files dropped on it."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from colorizer.runs.store import Run


def _png(width: int, height: int) -> bytes:
    pixels = np.random.default_rng(0).integers(0, 256, (height, width), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def page(open_page: Callable[[str], AppTest], trained: Run) -> AppTest:
    return open_page("colorize")


def test_a_dropped_picture_gets_a_card_with_a_download(page: AppTest) -> None:
    page.file_uploader[0].set_value([("old photo.png", _png(60, 40), "image/png")]).run()
    assert not page.exception
    assert not page.error
    assert "60 x 40 pixels" in " ".join(item.value for item in page.markdown)
    assert len(page.get("download_button")) == 1


def test_a_bad_file_is_one_red_card_and_the_others_are_colorized(page: AppTest) -> None:
    files = [
        ("notes.jpg", b"not a picture", "image/jpeg"),
        ("cut.png", _png(50, 50)[:700], "image/png"),
        ("good.png", _png(50, 30), "image/png"),
    ]
    page.file_uploader[0].set_value(files).run()
    assert not page.exception
    assert len(page.error) == 2
    assert "not an image" in page.error[0].value
    assert "cut" in page.error[1].value
    assert [button.label for button in page.download_button] == ["Download all 3 as a ZIP", "Download"]


def test_the_colours_of_a_coloured_picture_are_ignored_and_compared(page: AppTest) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    page.file_uploader[0].set_value([("colour.png", buffer.getvalue(), "image/png")]).run()
    assert any("colours of its own" in item.value and "dB PSNR" in item.value for item in page.caption)


def test_file_names_are_shown_as_text_not_as_markup(page: AppTest) -> None:
    page.file_uploader[0].set_value([("**bold** <b>.png", _png(8, 8), "image/png")]).run()
    assert any(r"\*\*bold\*\* \<b\>" in item.value for item in page.markdown)


def test_saturation_does_not_run_the_network_again(page: AppTest) -> None:
    page.file_uploader[0].set_value([("a.png", _png(40, 40), "image/png")]).run()
    before = dict(page.session_state["predictions"])
    page.slider[0].set_value(150).run()
    after = page.session_state["predictions"]
    assert not page.exception
    assert len(before) == len(after)
    assert all(after[key] is value for key, value in before.items())


def test_an_example_is_ready_for_those_without_a_picture(page: AppTest) -> None:
    assert page.get("download_button")
    page.button_group[0].set_value("coffee").run()
    assert any("coffee" in item.value for item in page.markdown)
