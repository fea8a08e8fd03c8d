"""The queue of runs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from colorizer import jobs
from colorizer.cli import main
from colorizer.datasets.dataset import Dataset
from colorizer.errors import InputError
from colorizer.runs import Run, advance_queue, load_run, queued_runs, run_names
from colorizer.runs.config import PRESETS
from tests.runs.test_process import _leave_no_process, started  # noqa: F401 (a fixture)
from tests.training.helpers import tiny_config
from tests.waiting import wait_until


@pytest.fixture
def busy(tiny: Dataset) -> Iterator[Run]:
    """A run that this very process seems to be training."""
    run = Run.create("busy", tiny_config("fc512"))
    jobs.write_status(run.folder, "running")
    yield run
    jobs.write_status(run.folder, "stopped")


def names(runs: list[Run]) -> list[str]:
    return [run.name for run in runs]


def test_ended_run_starts_the_next_in_the_queue(tiny: Dataset) -> None:
    first = started("first", tiny_config("fc512", epochs=100_000))
    second = started("second", tiny_config("fc512", epochs=1))
    third = started("third", tiny_config("fc512", epochs=1))
    assert first.status().is_active
    assert names(queued_runs()) == ["second", "third"]
    first.stop()
    wait_until(lambda: second.status().state == "finished", "the second had its turn")
    wait_until(lambda: third.status().state == "finished", "the third had its turn")
    assert first.status().state == "stopped"
    assert queued_runs() == []


def test_queue_can_be_reordered(busy: Run) -> None:
    runs = [started(name, tiny_config("fc512")) for name in ("a", "b", "c")]
    assert names(queued_runs()) == ["a", "b", "c"]
    runs[2].move(-1)
    assert names(queued_runs()) == ["a", "c", "b"]
    runs[0].move(-1)
    runs[1].move(+1)
    assert names(queued_runs()) == ["a", "c", "b"]
    runs[1].move_first()
    assert names(queued_runs()) == ["b", "a", "c"]
    runs[0].stop()
    assert names(queued_runs()) == ["b", "c"]
    assert runs[0].status().state == "stopped"
    for action in (runs[0].move_first, lambda: runs[0].move(1)):
        with pytest.raises(InputError, match="not in the queue"):
            action()
    with pytest.raises(InputError, match="not running: its state is stopped"):
        runs[0].stop()
    with pytest.raises(InputError, match="already in the queue"):
        runs[1].resume()
    for run in runs[1:]:
        run.stop()


def test_queue_advances_after_its_trainer_was_killed(busy: Run) -> None:
    run = started("next", tiny_config("fc512", epochs=1))
    advance_queue()
    assert run.status().state == "queued"
    path = busy.folder / "status.json"
    path.write_text(path.read_text().replace('"pid": ', '"pid": 9'))
    advance_queue()
    wait_until(lambda: run.status().state == "finished", "it had its turn")


def test_paused_run_keeps_the_queue_waiting(busy: Run) -> None:
    jobs.write_status(busy.folder, "paused")
    run = started("next", tiny_config("fc512", epochs=1))
    assert run.status().state == "queued"
    run.stop()


def test_active_and_queued_runs_cannot_be_renamed_or_deleted(busy: Run) -> None:
    waiting = started("next", tiny_config("fc512", epochs=1))
    for run in (busy, waiting):
        with pytest.raises(InputError, match="stop it first"):
            run.delete()
        with pytest.raises(InputError, match="stop it first"):
            run.rename("other")
    assert run_names() == ["busy", "next"]
    waiting.stop()


def test_rename_changes_folder_and_card(trained: Run) -> None:
    metrics = trained.metrics()
    renamed = trained.rename("better")
    assert run_names() == ["better"]
    assert load_run("better").metrics().equals(metrics)
    assert (renamed.folder / "README.md").read_text().startswith("# better\n")
    Run.create("taken", tiny_config())
    for name in ("taken", "a/b", "gray", ""):
        with pytest.raises(InputError):
            renamed.rename(name)
    assert run_names() == ["better", "taken"]


def test_delete_removes_the_folder(trained: Run, home: Path) -> None:
    trained.delete()
    assert run_names() == []
    assert [path.name for path in (home / "checkpoints").iterdir() if path.is_dir()] == []


def test_runs_command(busy: Run, tmp_path: Path, trained: Run, capsys: pytest.CaptureFixture[str]) -> None:
    train = ["train", "--architecture", "fc512", "--dataset", "tiny", "--device", "cpu", "--epochs", "1", "--queue"]
    assert main([*train, "--run", "a"]) == 0
    assert main(["train", "--run", "b", "--template", "a", "--epochs", "2", "--queue"]) == 0
    assert load_run("b").config == tiny_config("fc512", batch_size=100, **PRESETS["fast"])
    assert "b: queued" in capsys.readouterr().out
    assert main(["runs", "first", "b"]) == 0
    assert names(queued_runs()) == ["b", "a"]
    assert main(["runs", "list"]) == 0
    assert [line.split()[:2] for line in capsys.readouterr().out.splitlines()] == [
        ["a", "queued"], ["b", "queued"], ["busy", "running"], ["trained", "finished"],
    ]  # fmt: skip
    for name in ("a", "b"):
        assert main(["runs", "stop", name]) == 0
    assert main(["runs", "pause", "busy"]) == 0
    assert jobs.pause_requested(busy.folder)
    assert main(["runs", "rename", "a", "c"]) == 0
    assert main(["runs", "delete", "c"]) == 0
    assert "c" not in run_names()
    for ending in ("csv", "png", "webp", "gif"):
        assert main(["runs", "export", "trained", str(tmp_path / f"out.{ending}")]) == 0
        assert (tmp_path / f"out.{ending}").stat().st_size > 100
    capsys.readouterr()
    for bad in (
        ["runs", "pause", "b"], ["runs", "export", "trained", "out.pdf"], ["runs", "export", "b", "out.gif"],
        ["runs", "export", "b", "out.png"], ["runs", "delete", "nobody"],
        ["train", "--run", "x", "--preset", "fast", "--template", "b"],
    ):  # fmt: skip
        assert main(bad) == 2
        assert capsys.readouterr().err.startswith("error: ")


def test_estimate_creates_no_run(tiny: Dataset, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["train", "--architecture", "fc512", "--dataset", "tiny", "--device", "cpu", "--run", "a", "--estimate"]
    assert main(command) == 0
    assert "MB of disk" in capsys.readouterr().out
    assert run_names() == []
