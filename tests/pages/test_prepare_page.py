"""The prepare page: a dataset from the form, and answers to bad input."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from colorizer.datasets.dataset import Dataset, dataset_names, load_dataset


def _submit(page: AppTest) -> AppTest:
    return next(button for button in page.button if button.label == "Prepare").click().run()


def test_a_folder_and_a_dropped_zip_become_one_dataset(open_page: Callable[[str], AppTest], pictures: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path in sorted(pictures.glob("test/*/*")):
            archive.write(path, Path("more", path.parent.name, path.name))
    page = open_page("prepare")
    page.checkbox[0].uncheck()
    page.text_area[0].set_value(str(pictures))
    page.file_uploader[0].set_value([("more.zip", buffer.getvalue(), "application/zip")])
    page.text_input[0].set_value("mixed")
    _submit(page)
    assert not page.exception
    assert not page.error
    facts = load_dataset("mixed").manifest
    assert facts.train + facts.test == 60 + 12
    assert [source.label for source in facts.sources] == ["cifar", "more.zip"]
    assert page.selectbox[0].value == "mixed"


@pytest.mark.parametrize(
    ("name", "folder", "reason"),
    [
        ("a/b", None, "cannot name"),
        ("", None, "cannot name"),
        ("new", "/no/such/folder", "There is no folder"),
        ("tiny", None, "already"),
    ],
)
def test_bad_values_get_a_sentence_and_leave_nothing(
    open_page: Callable[[str], AppTest], tiny: Dataset, pictures: Path, name: str, folder: str | None, reason: str
) -> None:
    page = open_page("prepare")
    page.text_area[0].set_value(folder or str(pictures))
    page.text_input[0].set_value(name)
    _submit(page)
    assert not page.exception
    assert reason in page.error[0].value
    assert dataset_names() == ["tiny"]
