"""The Colorize page with uploaded files."""

import io
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from colorizer import metrics
from colorizer.inference import Colorizer, to_gray
from colorizer.runs import Run


def _png(width: int, height: int) -> bytes:
    pixels = np.random.default_rng(0).integers(0, 256, (height, width), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def page(open_page: Callable[[str], AppTest], trained: Run) -> AppTest:
    return open_page("colorize")


def _view(page: AppTest) -> Any:
    [view] = [group for group in page.button_group if group.label == "View"]
    return view


def _button(page: AppTest, label: str) -> Any:
    [button] = [button for button in page.button if button.label == label]
    return button


def test_upload_gets_a_card_with_a_download(page: AppTest) -> None:
    page.file_uploader[0].set_value([("old photo.png", _png(60, 40), "image/png")]).run()
    assert not page.exception
    assert not page.error
    assert "60 x 40 pixels" in " ".join(item.value for item in page.markdown)
    assert len(page.get("download_button")) == 1


def test_uploads_are_not_written_to_disk(page: AppTest, home: Path) -> None:
    before = sorted(home.rglob("*"))
    page.file_uploader[0].set_value([("private.png", _png(60, 40), "image/png")]).run()
    assert not page.error
    assert sorted(home.rglob("*")) == before


def test_bad_files_show_errors_and_others_are_colorized(page: AppTest) -> None:
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
    assert [button.label for button in page.download_button] == ["Download"]


def test_original_colors_are_ignored_and_compared(page: AppTest) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    page.file_uploader[0].set_value([("color.png", buffer.getvalue(), "image/png")]).run()
    assert any("Its own colors were ignored" in item.value for item in page.caption)
    _view(page).set_value("Original colors").run()
    assert not page.exception
    [sentence] = [item.value for item in page.caption if item.value.startswith("PSNR")]
    colored, gray = (float(number) for number in re.findall(r"(\d+\.\d) dB", sentence))
    assert gray == pytest.approx(metrics.psnr_of(pixels, to_gray(pixels)), abs=0.06)
    assert colored > 0


def test_all_networks_view_shows_every_network(page: AppTest, trained: Run) -> None:
    shutil.copytree(trained.folder, trained.folder.with_name("other"))
    page.file_uploader[0].set_value([("a.png", _png(40, 40), "image/png")]).run()
    _view(page).set_value("All networks").run()
    assert not page.exception
    captions = [item.value for item in page.caption]
    assert [name for name in ("**Gray**", "**other**", "**trained**") if name in captions] == [
        "**Gray**", "**other**", "**trained**",
    ]  # fmt: skip


def test_many_uploads_are_paginated(page: AppTest) -> None:
    files = [(f"{number}.png", _png(20 + number, 20), "image/png") for number in range(8)]
    page.file_uploader[0].set_value(files).run()
    assert sum("x 20 pixels" in item.value for item in page.markdown) == 6
    page.session_state["page"] = 2
    page.run()
    assert [item.value for item in page.markdown if "x 20 pixels" in item.value] == [
        "**6.png** · 26 x 20 pixels", "**7.png** · 27 x 20 pixels",
    ]  # fmt: skip


def test_zip_holds_all_results_and_lists_failures(page: AppTest) -> None:
    files = [("a.png", _png(30, 20), "image/png"), ("a.png", _png(40, 20), "image/png")]
    page.file_uploader[0].set_value([*files, ("bad.png", b"no image", "image/png")]).run()
    _button(page, "Colorize all 3 into a ZIP").click().run()
    for _ in range(20):
        if "Cancel" not in [button.label for button in page.button]:
            break
        page.run()
    assert not page.exception
    assert page.download_button[0].label == "Download ZIP (2)"
    assert page.expander[0].label == "1 could not be colorized"
    with zipfile.ZipFile(page.session_state["archive"].buffer) as archive:
        sizes = {name: Image.open(archive.open(name)).size for name in archive.namelist()}
    assert sizes == {"a_colorized.png": (30, 20), "a_colorized-2.png": (40, 20)}


def test_full_zip_part_is_downloaded_before_the_next(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages.colorize.archive.PART_BYTES", 1)
    page.file_uploader[0].set_value([(f"{name}.png", _png(30, 20), "image/png") for name in "ab"]).run()
    _button(page, "Colorize all 2 into a ZIP").click().run()
    page.run()
    assert page.download_button[0].label == "Download part 1 (1)"
    _button(page, "Discard this part and continue (1 left)").click().run()
    page.run()
    assert page.download_button[0].label == "Download part 2 (1)"
    assert page.session_state["archive"].finished


def test_zip_can_be_canceled(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages.colorize.archive._TICK_SECONDS", 0.0)
    page.file_uploader[0].set_value([(f"{name}.png", _png(30, 20), "image/png") for name in "abcd"]).run()
    _button(page, "Colorize all 4 into a ZIP").click().run()
    _button(page, "Cancel").click().run()
    assert not page.exception
    _button(page, "Colorize all 4 into a ZIP")


def test_file_names_are_escaped(page: AppTest) -> None:
    page.file_uploader[0].set_value([("**bold** <b>.png", _png(8, 8), "image/png")]).run()
    assert any(r"\*\*bold\*\* \<b\>" in item.value for item in page.markdown)


def test_slider_does_not_rerun_the_network(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    page.file_uploader[0].set_value([("a.png", _png(40, 40), "image/png")]).run()
    monkeypatch.setattr(Colorizer, "predict", None)
    page.slider[0].set_value(150).run()
    assert not page.exception
    assert page.get("download_button")


def test_example_is_shown_without_uploads(page: AppTest) -> None:
    assert page.get("download_button")
    [examples] = [group for group in page.button_group if group.label == "Example"]
    examples.set_value("coffee").run()
    assert any("coffee" in item.value for item in page.markdown)
