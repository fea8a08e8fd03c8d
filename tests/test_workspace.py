"""Where data and runs are looked for."""

from pathlib import Path

import pytest

from colorizer import workspace
from colorizer.errors import InputError
from colorizer.runs import Run, load_run, run_names
from colorizer.workspace import DEFAULT_RUN


def test_home_is_the_environment_variable_or_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLORIZER_HOME", str(tmp_path / "home"))
    assert workspace.data_folder() == tmp_path / "home" / "data"
    monkeypatch.delenv("COLORIZER_HOME")
    monkeypatch.chdir(tmp_path)
    assert workspace.checkpoints_folder() == tmp_path / "checkpoints"


@pytest.mark.parametrize("name", ["x" * 300, "a file"])
def test_home_that_cannot_be_opened(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a file").touch()
    monkeypatch.setenv("COLORIZER_HOME", str(tmp_path / name))
    with pytest.raises(InputError, match="set COLORIZER_HOME"):
        run_names()


def test_current_folder_that_was_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.delenv("COLORIZER_HOME", raising=False)
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with pytest.raises(InputError, match="has been deleted"):
        run_names()


def test_shipped_run_is_found_and_protected(home: Path) -> None:
    run = load_run(DEFAULT_RUN)
    assert run.is_shipped
    assert run.best_weights.is_file()
    changes = (run.delete, lambda: run.rename("mine"), run.start, run.resume, lambda: run.extend(99),
               lambda: run.write_notes("", []))  # fmt: skip
    for change in changes:
        with pytest.raises(InputError, match="ships with Colorizer"):
            change()
    assert run.best_weights.is_file()


def test_shipped_runs_are_listed_beside_the_users(trained: Run, shipped_runs: None) -> None:
    assert {"trained", DEFAULT_RUN} <= set(run_names())
    assert run_names() == sorted(set(run_names()))
    assert not trained.is_shipped


def test_own_run_hides_the_shipped_one(home: Path, shipped_runs: None) -> None:
    (home / "checkpoints" / DEFAULT_RUN).mkdir(parents=True)
    assert workspace.run_folder(DEFAULT_RUN) == home / "checkpoints" / DEFAULT_RUN
    with pytest.raises(InputError, match="no run"):
        load_run(DEFAULT_RUN)
    assert DEFAULT_RUN not in run_names()
