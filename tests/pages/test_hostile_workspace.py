"""A home full of damaged and hostile runs and datasets: every page and list opens, with a line for each bad folder."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from colorizer import jobs
from colorizer.cli import main
from colorizer.datasets import dataset_names
from colorizer.runs import load_runs
from pages.shared.text import plain
from tests.datasets.test_dataset import HOSTILE, hostile_dataset
from tests.pages.hostile_runs import write_hostile_runs
from tests.pages.test_every_page import PAGES

OpenPage = Callable[..., AppTest]


@pytest.fixture(scope="module")
def workspace(prepared_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a good dataset, a good run, and a hundred bad ones."""
    home = tmp_path_factory.mktemp("hostile") / "home"
    shutil.copytree(prepared_home, home)
    for number, kind in enumerate(HOSTILE):
        hostile_dataset(home / "data" / f"d{number}", home / "data" / "tiny", kind)
    write_hostile_runs(home / "checkpoints" / "trained")
    return home


@pytest.fixture(autouse=True)
def _in_workspace(home: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLORIZER_HOME", str(workspace))
    monkeypatch.setattr(jobs, "launch", lambda *_: None)  # Some runs are in the queue.


def test_lists_have_a_line_for_each_folder(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command, folder in (["runs", "list"], "checkpoints"), (["datasets"], "data"):
        names = [path.name for path in (workspace / folder).iterdir() if not path.name.startswith(".")]
        assert len(names) > 30
        assert main(command) == 0
        lines = capsys.readouterr().out.splitlines()
        assert len(lines) == len(names)
        for name in names:
            assert len([line for line in lines if re.search(rf"(^|'){re.escape(name)}['\s:]", line)]) == 1, name


@pytest.mark.parametrize("name", PAGES)
def test_page_opens(open_page: OpenPage, name: str) -> None:
    assert not open_page(name).exception


def test_every_run_opens(
    open_page: OpenPage, workspace: Path, prepared_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_page("train", run="trained")
    runs, damaged = load_runs()
    assert len(runs) + len(damaged) > 60
    assert "trained" in list(page.dataframe[0].value.Run)
    for name in damaged:
        assert sum(warning.value.startswith(f"{plain(name)}: ") for warning in page.warning) == 1, name
    # Each is opened beside one good run only: a page with all of them takes long.
    shutil.copytree(prepared_home / "checkpoints" / "trained", tmp_path / "checkpoints" / "trained")
    monkeypatch.setenv("COLORIZER_HOME", str(tmp_path))
    page = open_page("train", run="trained")
    for run in (run for run in runs if run.name != "trained"):
        link = tmp_path / "checkpoints" / run.name
        link.symlink_to(workspace / "checkpoints" / run.name)
        page.query_params["run"] = [run.name, "trained"]
        page.run()
        assert not page.exception, run.name
        link.unlink()


def test_every_dataset_opens(open_page: OpenPage) -> None:
    page = open_page("prepare")
    for name in dataset_names():
        next(field for field in page.selectbox if field.label == "Dataset").set_value(name).run()
        assert not page.exception, name
        texts = [element.value for element in (*page.markdown, *page.caption)]
        assert not any(re.search(r"(?<!\\)!\[", text) for text in texts), name
