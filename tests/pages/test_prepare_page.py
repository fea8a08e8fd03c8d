"""The prepare page: a dataset from the form, watched, paused and discarded; its views; answers to bad input."""

import io
import shutil
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from colorizer.datasets.dataset import Dataset, dataset_names, load_dataset
from colorizer.datasets.prepare.pipeline import prepare
from colorizer.datasets.prepare.workdir import workdir
from colorizer.runs import Run
from tests.factories import file_bytes, noise

PATIENCE = 60


def _button(page: AppTest, label: str):
    return next(button for button in page.button if button.label == label)


def _field(page: AppTest, label: str):
    fields = [*page.text_input, *page.text_area, *page.selectbox, *page.toggle, *page.number_input]
    return next(field for field in fields if field.label == label)


def _form(page: AppTest) -> AppTest:
    if dataset_names():
        page.button_group[0].set_value("New dataset").run()
    return page


def _until(page: AppTest, condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    page.run()


def _texts(page: AppTest) -> str:
    return " ".join(element.value for kind in (page.caption, page.markdown) for element in kind)


def test_a_folder_and_a_dropped_zip_become_one_dataset(open_page: Callable[[str], AppTest], pictures: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path in sorted(pictures.glob("test/*/*")):
            archive.write(path, Path("more", path.parent.name, path.name))
    page = _form(open_page("prepare"))
    page.button_group[0].set_value([])
    _field(page, "Folders or archives on this computer, one per line").set_value(str(pictures))
    page.file_uploader[0].set_value([("more.zip", buffer.getvalue(), "application/zip")])
    _field(page, "Name").set_value("mixed")
    _field(page, "Leave out exact duplicates").set_value(True)
    page.run()
    assert "72 pictures" in _texts(page), "the size is told before it starts"
    assert "packed" in _texts(page)
    _button(page, "Prepare").click().run()
    assert not page.exception
    _until(page, lambda: not workdir("mixed").exists())
    assert not page.exception
    assert not page.error
    facts = load_dataset("mixed").manifest
    assert facts.train + facts.test == 60
    assert [source.label for source in facts.sources] == ["cifar", "more.zip"]
    assert _field(page, "Dataset").value == "mixed"
    assert {metric.label: metric.value for metric in page.metric}["Size"] == "32 x 32"


def test_a_preparation_is_paused_gone_on_with_and_discarded(
    open_page: Callable[[str], AppTest], tiny: Dataset, tmp_path: Path
) -> None:
    data = [file_bytes(noise(number, 32, 32), compress_level=0) for number in range(100)]
    for number in range(4000):
        path = tmp_path / "pile" / ("test" if number % 5 == 0 else "train") / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data[number % 100])
    page = _form(open_page("prepare"))
    _field(page, "Folders or archives on this computer, one per line").set_value(str(tmp_path / "pile"))
    _field(page, "Name").set_value("pile")
    _button(page, "Prepare").click().run()
    _button(page, "Pause").click().run()
    status = workdir("pile") / "status.json"
    _until(page, lambda: '"stopped"' in status.read_text())
    assert not page.exception
    _button(page, "Go on").click().run()
    assert "Pause" in [button.label for button in page.button]
    _button(page, "Discard it").click().run()
    _until(page, lambda: not workdir("pile").exists())
    assert not page.exception
    assert dataset_names() == ["tiny"]


def test_every_view_of_a_dataset_shows_what_is_in_it(
    open_page: Callable[[str], AppTest], tiny: Dataset, pictures: Path
) -> None:
    prepare([str(pictures)], "other", 16)
    page = open_page("prepare")
    _field(page, "Dataset").set_value("tiny").run()
    assert [tab.label for tab in page.tabs] == ["Overview", "Pictures", "Figures", "Gray", "Cleaning", "Card"]
    assert "0.299 R + 0.587 G + 0.114 B" in _texts(page)
    assert "exact duplicates" in _texts(page)
    assert {"Mean gray", "Deviation of gray", "Colorfulness"} <= {metric.label for metric in page.metric}
    _field(page, "Class").set_value("cat").run()
    assert not page.exception
    page.button_group[0].set_value("Compare two").run()
    assert not page.exception
    assert list(page.table[0].value.columns) == ["other", "tiny"]
    assert list(page.table[0].value.T["Size"]) == ["16 x 16", "32 x 32"]


def test_a_dataset_of_the_first_format_is_shown_without_figures(
    open_page: Callable[[str], AppTest], tiny: Dataset
) -> None:
    (tiny.folder / "statistics.json").unlink()
    page = open_page("prepare")
    assert not page.exception
    assert "Prepare it again to see its figures" in _texts(page)


def test_deleting_asks_and_names_the_runs_that_used_it(open_page: Callable[[str], AppTest], trained: Run) -> None:
    page = open_page("prepare")
    assert "trained" in page.warning[0].value
    assert "will be gone" in _texts(page)
    assert dataset_names() == ["tiny"]
    _button(page, "Delete").click().run()
    assert dataset_names() == []
    assert page.info


def test_what_was_left_half_made_is_offered(open_page: Callable[[str], AppTest], pictures: Path) -> None:
    def stop(what: str, done: int, total: int) -> None:
        if what == "Reading pictures":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare([str(pictures)], "half", progress=stop)
    page = open_page("prepare")
    _button(page, "Go on").click().run()
    _until(page, lambda: not workdir("half").exists())
    assert load_dataset("half").manifest.train == 48


@pytest.mark.parametrize(
    ("name", "folder", "reason"),
    [
        ("a/b", None, "cannot name"),
        ("", None, "cannot name"),
        ("new", "/no/such/folder", "There is no folder"),
        ("new", "", "at least one source"),
        ("tiny", None, "already"),
    ],
)
def test_bad_values_get_a_sentence_and_leave_nothing(
    open_page: Callable[[str], AppTest], tiny: Dataset, pictures: Path, name: str, folder: str | None, reason: str
) -> None:
    page = _form(open_page("prepare"))
    _field(page, "Folders or archives on this computer, one per line").set_value(
        str(pictures) if folder is None else folder
    )
    _field(page, "Name").set_value(name)
    _button(page, "Prepare").click().run()
    assert not page.exception
    assert reason in page.error[0].value
    assert [path.name for path in tiny.folder.parent.iterdir()] == ["tiny"]


def test_a_source_that_cannot_be_used_is_told_before_the_start(
    open_page: Callable[[str], AppTest], tmp_path: Path
) -> None:
    (tmp_path / "notes.zip").write_text("no archive")
    page = open_page("prepare")
    _field(page, "Folders or archives on this computer, one per line").set_value(str(tmp_path / "notes.zip"))
    page.run()
    assert "not a ZIP file" in page.warning[0].value
    shutil.rmtree(tmp_path / "data", ignore_errors=True)
