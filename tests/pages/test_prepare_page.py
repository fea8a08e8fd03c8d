"""The Prepare page: the form, progress, the views of a dataset, and invalid input."""

import io
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from colorizer.datasets import Dataset, dataset_names, load_dataset
from colorizer.datasets.prepare import prepare
from colorizer.datasets.prepare.workdir import workdir
from colorizer.runs.store import Run
from pages.prepare.form import parse_paths, propose_name
from pages.prepare.progress import describe_progress
from tests.factories import file_bytes, noise
from tests.waiting import wait_until


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
    wait_until(condition)
    page.run()


def _texts(page: AppTest) -> str:
    text = " ".join(element.value for kind in (page.caption, page.markdown) for element in kind)
    return re.sub(r"\\(?=[^\w\s])", "", text)


def test_prepare_folder_and_uploaded_zip(open_page: Callable[[str], AppTest], pictures: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path in sorted(pictures.glob("test/*/*")):
            archive.write(path, Path("more", path.parent.name, path.name))
    page = _form(open_page("prepare"))
    page.button_group[0].set_value([])
    _field(page, "Folders or archives on this computer, one per line").set_value(str(pictures))
    page.file_uploader[0].set_value([("more.zip", buffer.getvalue(), "application/zip")])
    _field(page, "Name").set_value("mixed")
    _field(page, "Remove exact duplicates").set_value(True)
    page.run()
    assert "72 images" in _texts(page), "the size is shown before the start"
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


def test_pause_resume_and_discard(open_page: Callable[[str], AppTest], tiny: Dataset, tmp_path: Path) -> None:
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
    _button(page, "Resume").click().run()
    assert "Pause" in [button.label for button in page.button]
    _button(page, "Discard dataset").click().run()
    _until(page, lambda: not workdir("pile").exists())
    assert not page.exception
    assert dataset_names() == ["tiny"]


def test_every_view_of_a_dataset(open_page: Callable[[str], AppTest], tiny: Dataset, pictures: Path) -> None:
    prepare([str(pictures)], "other", 16)
    page = open_page("prepare")
    _field(page, "Dataset").set_value("tiny").run()
    assert [tab.label for tab in page.tabs] == [
        "Overview",
        "Images",
        "Statistics",
        "Grayscale",
        "Cleaning",
        "Dataset card",
    ]
    assert "0.299 R + 0.587 G + 0.114 B" in _texts(page)
    assert "exact duplicates" in _texts(page)
    assert {"Mean luma", "Standard deviation", "Colorfulness"} <= {metric.label for metric in page.metric}
    _field(page, "Class").set_value("cat").run()
    assert not page.exception
    page.button_group[0].set_value("Compare two").run()
    assert not page.exception
    assert list(page.table[0].value.columns) == ["other", "tiny"]
    assert list(page.table[0].value.T["Size"]) == ["16 x 16", "32 x 32"]


def test_delete_asks_and_names_dependent_runs(open_page: Callable[[str], AppTest], trained: Run) -> None:
    page = open_page("prepare")
    assert "trained" in page.warning[0].value
    assert "and all its images?" in _texts(page)
    assert dataset_names() == ["tiny"]
    _button(page, "Delete").click().run()
    assert dataset_names() == []
    assert page.info


def test_unfinished_dataset_can_be_resumed(open_page: Callable[[str], AppTest], pictures: Path) -> None:
    def stop(task: str, done: int, total: int) -> None:
        if task == "Decoding images":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare([str(pictures)], "half", on_progress=stop)
    page = open_page("prepare")
    _button(page, "Resume").click().run()
    _until(page, lambda: not workdir("half").exists())
    assert load_dataset("half").manifest.train == 48


@pytest.mark.parametrize(
    ("name", "folder", "reason"),
    [
        ("a/b", None, "not a valid dataset name"),
        ("", None, "not a valid dataset name"),
        ("new", "/no/such/folder", "There is no folder"),
        ("new", "", "Choose at least one source"),
        ("tiny", None, "already"),
    ],
)
def test_invalid_input_is_reported(
    open_page: Callable[[str], AppTest], tiny: Dataset, pictures: Path, name: str, folder: str | None, reason: str
) -> None:
    page = _form(open_page("prepare"))
    _field(page, "Folders or archives on this computer, one per line").set_value(
        str(pictures) if folder is None else folder
    )
    _field(page, "Name").set_value(name)
    page.run()
    assert not page.exception
    assert reason in _texts(page)
    _button(page, "Prepare").click().run()
    assert not page.exception
    assert [path.name for path in tiny.folder.parent.iterdir()] == ["tiny"]


def test_unusable_source_is_reported_before_the_start(open_page: Callable[[str], AppTest], tmp_path: Path) -> None:
    (tmp_path / "notes.zip").write_text("no archive")
    page = open_page("prepare")
    _field(page, "Folders or archives on this computer, one per line").set_value(str(tmp_path / "notes.zip"))
    page.run()
    assert "not a ZIP" in _texts(page)
    assert "Please fix: sources" in _texts(page)
    shutil.rmtree(tmp_path / "data", ignore_errors=True)


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("sample", "sample"),
        ("/home/me/Linnaeus 5 32X32.rar", "Linnaeus-5-32X32"),
        ("C:\\pictures\\holiday.tar.gz", "holiday"),
        ("/data/cats/", "cats-2"),
        ("写真.zip", "dataset"),
        ("", "dataset"),
        ("x" * 99, "x" * 50),
    ],
)
def test_name_is_proposed_from_the_source(source: str, name: str) -> None:
    assert propose_name(source, {"cats"}) == name


def test_quotation_marks_around_paths_are_removed() -> None:
    assert parse_paths('"C:\\my cats"\n  \'/a b\'\n“/c”\n/d"e\n\n""') == ["C:\\my cats", "/a b", "/c", '/d"e']


def test_progress_text_agrees_with_the_bar() -> None:
    progress = {"task": "Decoding images", "done": 30, "total": 60, "fraction": 0.25, "seconds_left": 90.0}
    assert describe_progress(progress, True) == (0.25, "25% · Decoding images: 30 of 60 · 2 min left")
    assert describe_progress(progress, False)[1] == "25% · Decoding images: 30 of 60"
    assert describe_progress({"task": 3, "done": "x", "fraction": 9}, True) == (1.0, "100% · 3")
