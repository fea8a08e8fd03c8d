"""A process killed at any file operation leaves a state that the next start recognizes: nothing is lost or blocked.

Each test forks a child that ends itself at the n-th operation on the data folder, for every n.
"""

import io
import os
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from colorizer import jobs
from colorizer.datasets import dataset_names, delete_dataset, load_dataset
from colorizer.datasets.prepare import PrepareConfig, list_preparations, prepare, start_preparation
from tests.factories import file_bytes, folder_bytes, smooth, write_class_folders, zip_folder

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

_EVENTS = ("open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.truncate", "sqlite3.connect")
_KILLED = 9


def kill_at(number: int, folder: Path) -> None:
    """End this process without any clean-up at the n-th file operation in a folder."""
    count = 0

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal count
        if event in _EVENTS and arguments and str(folder) in os.fsdecode(str(arguments[0])):
            count += 1
            if count == number:
                os._exit(_KILLED)

    sys.addaudithook(hook)


def killed_at_each_point(action: Callable[[], object], home: Path, step: int = 1) -> Iterator[int]:
    """Run an action in a child that is killed at its first operation, its second, and so on until it finishes."""
    number = 1
    while True:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                kill_at(number, home / "data")
                action()
                code = 0
            finally:
                os._exit(code)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert code in (0, _KILLED)
        yield number
        if code == 0:
            return
        number += step


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_class_folders(tmp_path_factory.mktemp("kill") / "source", train=6, test=3)


def test_killed_prepare_resumes_to_the_same_bytes(source: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = folder_bytes(prepare([str(source)], "made").folder)
    delete_dataset("made")
    for number in killed_at_each_point(lambda: prepare([str(source)], "made"), home, step=5):
        assert {preparation.name for preparation in list_preparations()} <= {"made"}
        if dataset_names():
            assert folder_bytes(load_dataset("made").folder) == expected, number
        else:
            assert folder_bytes(prepare([str(source)], "made").folder) == expected, number
        list_preparations()
        assert [path.name for path in (home / "data").iterdir()] == ["made"], number
        delete_dataset("made")


def test_killed_upload_does_not_block_the_name(source: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "launch", lambda folder, arguments: None)
    data = zip_folder(source, home / "source.zip").read_bytes()

    def start() -> None:
        start_preparation(PrepareConfig((), "made"), [("source.zip", io.BytesIO(data))])

    for number in killed_at_each_point(start, home):
        for preparation in list_preparations():  # The upload was complete: it can be resumed.
            assert Path(preparation.config.sources[0]).read_bytes() == data, number
            preparation.discard()
        list_preparations()
        assert [path for path in (home / "data").glob(".*") if path.suffix != ".lock"] == [], number
        start()
        (preparation,) = list_preparations()
        preparation.discard()


def test_killed_delete_leaves_all_or_nothing(source: Path, home: Path) -> None:
    expected = folder_bytes(prepare([str(source)], "made").folder)
    for number in killed_at_each_point(lambda: delete_dataset("made"), home, step=2):
        if dataset_names():
            assert folder_bytes(load_dataset("made").folder) == expected, number
        else:
            list_preparations()
            assert list((home / "data").iterdir()) == [], number
            prepare([str(source)], "made")


def test_second_start_of_a_name_leaves_the_first_alone(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "launch", lambda folder, arguments: None)
    second: list[str] = []

    class Upload(io.BytesIO):
        """An upload during whose storing a second click comes."""

        def read(self, size: int | None = -1) -> bytes:
            if not second:
                second.append("started")
                with pytest.raises(ValueError, match="already being prepared"):
                    start_preparation(PrepareConfig(("sample",), "made"))
            return super().read(size)

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in ("train/a.png", "test/b.png"):
            archive.writestr(name, file_bytes(smooth(1)))
    preparation = start_preparation(PrepareConfig((), "made"), [("a.zip", Upload(buffer.getvalue()))])
    assert second
    assert Path(preparation.config.sources[0]).read_bytes() == buffer.getvalue()
