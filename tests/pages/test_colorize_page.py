"""The Colorize page with uploaded files."""

import re
import shutil
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from colorizer import metrics
from colorizer.inference import Colorizer, to_gray
from colorizer.models.hints import Hint
from colorizer.runs import Run
from pages.colorize.session import ColorizeSession, HintHistory
from tests.factories import file_bytes, noise
from tests.waiting import wait_until


def _png(width: int, height: int) -> bytes:
    return file_bytes(noise(0, height, width)[..., 0])


@pytest.fixture
def page(open_page: Callable[[str], AppTest], trained: Run) -> AppTest:
    return open_page("colorize")


def _upload(page: AppTest, *files: tuple[str, bytes], folder: bool = False) -> ColorizeSession:
    page.file_uploader[int(folder)].set_value([(name, data, "image/png") for name, data in files]).run()
    assert not page.exception
    return _session(page)


def _session(page: AppTest) -> ColorizeSession:
    session: ColorizeSession = page.session_state["colorize"]
    return session


def _view(page: AppTest) -> Any:
    [view] = [group for group in page.button_group if group.label == "View"]
    return view


def _button(page: AppTest, label: str) -> Any:
    [button] = [button for button in page.button if button.label == label]
    return button


def _labels(page: AppTest) -> list[str]:
    return [button.label for button in [*page.button, *page.download_button]]


def _finish_zip(page: AppTest) -> None:
    while "Cancel" in _labels(page):
        time.sleep(0.05)
        page.run()
    assert not page.exception


def test_upload_becomes_the_page_with_a_download(page: AppTest) -> None:
    _upload(page, ("old photo.png", _png(60, 40)))
    assert not page.error
    assert "60 x 40 pixels" in " ".join(item.value for item in page.markdown)
    assert [button.label for button in page.download_button] == ["Download", "Download side by side"]


def test_uploads_are_not_written_to_disk(page: AppTest, home: Path) -> None:
    before = sorted(home.rglob("*"))
    _upload(page, ("private.png", _png(60, 40)))
    assert not page.error
    assert sorted(home.rglob("*")) == before


def test_bad_file_shows_an_error_and_others_are_colorized(page: AppTest) -> None:
    session = _upload(page, ("bad.jpg", b"not a picture"), ("cut.png", _png(50, 50)[:700]), ("good.png", _png(50, 30)))
    [error] = page.error
    assert "not an image" in error.value
    assert not page.download_button
    session.open(session.uploads[1].key)
    page.run()
    assert "cut" in page.error[0].value
    session.open(session.uploads[2].key)
    page.run()
    assert not page.error
    assert "Download" in _labels(page)


def test_original_colors_are_ignored_and_compared(page: AppTest) -> None:
    pixels = noise(1, 40, 60)
    _upload(page, ("color.png", file_bytes(pixels)))
    assert any("Its original colors are ignored" in item.value for item in page.caption)
    _view(page).set_value("Original").run()
    assert not page.exception
    [sentence] = [item.value for item in page.caption if item.value.startswith("PSNR")]
    colored, gray = (float(number) for number in re.findall(r"(\d+\.\d) dB", sentence))
    assert gray == pytest.approx(metrics.psnr_of(pixels, to_gray(pixels)), abs=0.06)
    assert colored > 0


def test_networks_view_runs_every_network(page: AppTest, trained: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(trained.folder, trained.folder.with_name("other"))
    _upload(page, ("a.png", _png(40, 40)))
    names, predict = [], Colorizer.predict

    def recording(colorizer: Colorizer, *args: Any, **kwargs: Any) -> Any:
        names.append(colorizer.name)
        return predict(colorizer, *args, **kwargs)

    monkeypatch.setattr(Colorizer, "predict", recording)
    _view(page).set_value("Networks").run()
    assert not page.exception
    assert names == ["other"], "the other network's prediction is cached"


def test_uploads_are_sorted_by_name_and_counted(page: AppTest) -> None:
    session = _upload(page, *((f"photo {number}.png", _png(20 + number, 20)) for number in (10, 9, 1)))
    assert [upload.name for upload in session.uploads] == ["photo 1.png", "photo 9.png", "photo 10.png"]
    assert session.current == session.uploads[0]
    assert "3 photos" in [item.value for item in page.markdown]


def test_duplicates_are_skipped_and_uploads_can_be_removed(page: AppTest) -> None:
    _upload(page, ("a.png", _png(20, 20)), ("b.png", _png(30, 20)))
    session = _upload(page, ("a.png", _png(20, 20)), ("c.png", _png(40, 20)))
    assert [upload.name for upload in session.uploads] == ["a.png", "b.png", "c.png"]
    assert session.current == session.uploads[2], "the first new photo is open"
    _button(page, "Remove this photo").click().run()
    assert session.current == session.uploads[1]
    _button(page, "Remove all photos").click().run()
    assert not _session(page).uploads
    assert not page.download_button


def test_session_has_a_memory_budget(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    size = len(_png(30, 30))
    monkeypatch.setattr("pages.colorize.session.MAX_SESSION_BYTES", size + 10)
    session = _upload(page, ("a.png", _png(30, 30)), ("b.png", _png(31, 31)))
    assert [upload.name for upload in session.uploads] == ["a.png"]
    assert "1 of 2 files were not added" in page.error[0].value


def test_everything_survives_a_visit_to_another_page(page: AppTest) -> None:
    session = _upload(page, *((f"{name}.png", _png(30, 20)) for name in "ab"))
    session.open(session.uploads[1].key)
    session.history(session.uploads[1]).push([Hint(0.5, 0.5, (1, 2, 3))])
    page.slider(key="saturation").set_value(150).run()
    _button(page, "Colorize all 2 into a ZIP").click().run()
    _finish_zip(page)
    page.switch_page("pages/train/page.py").run()
    page.switch_page("pages/colorize/page.py").run()
    assert not page.exception
    session = _session(page)
    assert [upload.name for upload in session.uploads] == ["a.png", "b.png"]
    assert session.current == session.uploads[1]
    assert session.hints(session.uploads[1]) == [Hint(0.5, 0.5, (1, 2, 3))]
    assert page.slider(key="saturation").value == 150
    assert "Download ZIP (2)" in _labels(page)


def test_zip_keeps_folders_and_lists_failures(page: AppTest) -> None:
    _upload(
        page,
        ("album/a.png", _png(30, 20)),
        ("album/deeper/a.png", _png(40, 20)),
        ("album/bad.png", b"no image"),
        folder=True,
    )
    _button(page, "Colorize all 3 into a ZIP").click().run()
    _finish_zip(page)
    assert "Download ZIP (2)" in _labels(page)
    assert "1 could not be colorized" in [expander.label for expander in page.expander]
    with zipfile.ZipFile(page.session_state["archive"].buffer) as archive:
        sizes = {name: Image.open(archive.open(name)).size for name in archive.namelist()}
    assert sizes == {"album/a_colorized.png": (30, 20), "album/deeper/a_colorized.png": (40, 20)}


def test_zip_states_its_settings_and_can_be_made_again(page: AppTest) -> None:
    _upload(page, ("a.png", _png(30, 20)), ("b.png", _png(30, 20)))
    _button(page, "Colorize all 2 into a ZIP").click().run()
    _finish_zip(page)
    again = "Settings changed: make the ZIP again"
    assert again not in _labels(page)
    page.slider(key="saturation").set_value(150).run()
    assert again in _labels(page)
    assert not any("saturation 150%" in item.value for item in page.caption)
    _button(page, again).click().run()
    _finish_zip(page)
    assert again not in _labels(page)
    assert any("saturation 150%" in item.value for item in page.caption)


def test_full_zip_part_is_downloaded_before_the_next(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages.colorize.archive.PART_BYTES", 1)
    _upload(page, *((f"{name}.png", _png(30, 20)) for name in "ab"))
    _button(page, "Colorize all 2 into a ZIP").click().run()
    _finish_zip(page)
    assert "Download part 1 (1)" in _labels(page)
    _button(page, "Discard this part and continue (1 left)").click().run()
    _finish_zip(page)
    assert "Download part 2 (1)" in _labels(page)
    assert page.session_state["archive"].finished


def test_zip_goes_on_while_another_page_is_open(page: AppTest) -> None:
    _upload(page, *((f"{name}.png", _png(30, 20)) for name in "abcd"))
    _button(page, "Colorize all 4 into a ZIP").click().run()
    page.switch_page("pages/train/page.py").run()
    job = page.session_state["archive"]
    wait_until(lambda: not job.running)
    assert job.finished
    page.switch_page("pages/colorize/page.py").run()
    assert "Download ZIP (4)" in _labels(page)


@pytest.mark.parametrize("button", ["Cancel", "Remove all photos"])
def test_zip_can_be_canceled(page: AppTest, monkeypatch: pytest.MonkeyPatch, button: str) -> None:
    started, go_on = threading.Semaphore(0), threading.Event()

    def colorize_slowly(*_: object) -> tuple[str, bytes]:
        started.release()
        go_on.wait()
        return "a.png", b""

    monkeypatch.setattr("pages.colorize.archive.colorize_file", colorize_slowly)
    _upload(page, *((f"{name}.png", _png(30, 20)) for name in "abcd"))
    _button(page, "Colorize all 4 into a ZIP").click().run()
    job = page.session_state["archive"]
    started.acquire()
    _button(page, button).click().run()
    assert not page.exception
    go_on.set()
    wait_until(lambda: not job.running)
    assert not job.finished
    if button == "Cancel":
        _button(page, "Colorize all 4 into a ZIP")


def test_file_names_are_escaped(page: AppTest) -> None:
    _upload(page, ("**bold** <b>.png", _png(8, 8)))
    assert any(r"\*\*bold\*\* \<b\>" in item.value for item in page.markdown)


def test_slider_does_not_rerun_the_network_and_can_be_reset(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    _upload(page, ("a.png", _png(40, 40)))
    monkeypatch.setattr(Colorizer, "predict", None)
    page.slider(key="saturation").set_value(150).run()
    assert not page.exception
    assert page.download_button
    _button(page, "Reset").click().run()
    assert page.slider(key="saturation").value == 100


def test_restored_contrast_is_off_shown_and_stated(page: AppTest) -> None:
    _upload(page, ("a.png", _png(40, 40)), ("b.png", _png(40, 40)))
    toggle = page.toggle(key="contrast")
    assert not toggle.value
    toggle.set_value(True).run()
    _button(page, "Colorize all 2 into a ZIP").click().run()
    _finish_zip(page)
    assert any("restored contrast" in item.value for item in page.caption)
    with zipfile.ZipFile(page.session_state["archive"].buffer) as archive:
        description = Image.open(archive.open("a_colorized.png")).info["Description"]
    assert "The contrast was restored." in description
    _button(page, "Reset").click().run()
    assert not page.toggle(key="contrast").value


def test_what_the_format_loses_is_beside_the_download(page: AppTest) -> None:
    transparent = Image.new("RGBA", (40, 40), (120, 120, 120, 90))
    _upload(page, ("a.png", file_bytes(transparent)))
    assert not any("on white" in item.value for item in page.caption)
    page.selectbox(key="format").set_value("jpeg").run()
    assert any("in JPEG it is shown on white" in item.value for item in page.caption)


def test_thumbnails_follow_the_settings(page: AppTest) -> None:
    session = _upload(page, ("a.png", _png(40, 40)), ("b.png", _png(40, 40)))
    session.states = {upload.key: "Colorized" for upload in session.uploads}
    page.slider(key="saturation").set_value(150).run()
    assert [session.states[upload.key] for upload in session.uploads] == ["Colorized", "Waiting"]


def test_example_opens_and_gives_way_to_uploads(page: AppTest) -> None:
    from colorizer.imaging.bundled import PHOTOGRAPHS

    _session(page).show_example(PHOTOGRAPHS[0])
    page.run()
    assert any("astronaut" in item.value for item in page.markdown)
    session = _upload(page, ("a.png", _png(40, 40)))
    assert session.example is None
    assert session.current == session.uploads[0]


def test_hints_can_be_undone_and_redone() -> None:
    history, first, second = HintHistory(), Hint(0, 0, (1, 1, 1)), Hint(1, 1, (2, 2, 2))
    history.push([first])
    history.push([first], [second])
    history.push([first], [second])
    assert history.current.all == [first, second]
    history.undo()
    assert history.current.all == [first]
    history.redo()
    history.redo()
    assert history.current.all == [first, second]
    for _ in range(3):
        history.undo()
    assert history.current.all == []
    history.push([second])
    assert not history.can_redo


def test_hidden_files_are_not_added(page: AppTest) -> None:
    names = ("photos/1²2.png", "photos/._1.png", "photos/__MACOSX/._2.png", "photos/3.JPG")
    session = _upload(page, *((name, _png(40, 30)) for name in names), folder=True)
    assert [upload.name for upload in session.uploads] == ["photos/1²2.png", "photos/3.JPG"]
    assert any("2 files such as photos/._1.png" in error.value.replace("\\", "") for error in page.error)
