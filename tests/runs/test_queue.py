"""Runs that wait for their turn."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from colorizer import jobs
from colorizer.cli import main
from colorizer.datasets.dataset import Dataset
from colorizer.errors import InputError
from colorizer.runs import launcher, queue
from colorizer.runs.config import PRESETS
from colorizer.runs.store import Run, create_run, delete_run, load_run, rename_run, run_names
from tests.runs.test_launcher import _leave_no_process, wait_until  # noqa: F401 (a fixture)
from tests.training.helpers import tiny_config


@pytest.fixture
def busy(tiny: Dataset) -> Iterator[Run]:
    """A run that this very process seems to be training."""
    run = create_run("busy", tiny_config("fc512"))
    jobs.write_status(run.folder, "running")
    yield run
    jobs.write_status(run.folder, "stopped")


def names(runs: list[Run]) -> list[str]:
    return [run.name for run in runs]


def test_a_second_run_waits_and_is_started_by_the_one_that_ends(tiny: Dataset) -> None:
    first = launcher.start("first", tiny_config("fc512", epochs=100_000))
    second = launcher.start("second", tiny_config("fc512", epochs=1))
    third = launcher.start("third", tiny_config("fc512", epochs=1))
    assert first.status().is_active
    assert names(queue.waiting()) == ["second", "third"]
    launcher.stop(first)
    wait_until(lambda: second.status().state == "finished", "the second had its turn")
    wait_until(lambda: third.status().state == "finished", "the third had its turn")
    assert first.status().state == "stopped"
    assert queue.waiting() == []


def test_the_order_can_be_changed_and_a_place_given_up(busy: Run) -> None:
    runs = [launcher.start(name, tiny_config("fc512")) for name in ("a", "b", "c")]
    assert names(queue.waiting()) == ["a", "b", "c"]
    queue.move(runs[2], -1)
    assert names(queue.waiting()) == ["a", "c", "b"]
    queue.move(runs[0], -1)
    queue.move(runs[1], +1)
    assert names(queue.waiting()) == ["a", "c", "b"]
    queue.move_first(runs[1])
    assert names(queue.waiting()) == ["b", "a", "c"]
    queue.cancel(runs[0])
    assert names(queue.waiting()) == ["b", "c"]
    assert runs[0].status().state == "stopped"
    for action in (queue.cancel, queue.move_first, lambda run: queue.move(run, 1)):
        with pytest.raises(InputError, match="does not wait any more"):
            action(runs[0])
    with pytest.raises(InputError, match="waiting for its turn already"):
        launcher.resume(runs[1])
    for run in runs[1:]:
        queue.cancel(run)


def test_a_queue_whose_trainer_was_killed_is_moved_on_by_whoever_looks(busy: Run) -> None:
    run = launcher.start("next", tiny_config("fc512", epochs=1))
    queue.advance()
    assert run.status().state == "queued"
    path = busy.folder / "status.json"
    path.write_text(path.read_text().replace('"pid": ', '"pid": 9'))
    queue.advance()
    wait_until(lambda: run.status().state == "finished", "it had its turn")


def test_a_paused_run_keeps_its_turn_while_its_process_lives(busy: Run) -> None:
    jobs.write_status(busy.folder, "paused")
    run = launcher.start("next", tiny_config("fc512", epochs=1))
    assert run.status().state == "queued"
    queue.cancel(run)


def test_a_busy_or_waiting_run_is_neither_renamed_nor_deleted(busy: Run) -> None:
    waiting = launcher.start("next", tiny_config("fc512", epochs=1))
    for run in (busy, waiting):
        with pytest.raises(InputError, match="stop it first"):
            delete_run(run)
        with pytest.raises(InputError, match="stop it first"):
            rename_run(run, "other")
    assert run_names() == ["busy", "next"]
    queue.cancel(waiting)


def test_a_run_gets_another_name_and_its_card_too(trained: Run) -> None:
    metrics = trained.metrics()
    renamed = rename_run(trained, "better")
    assert run_names() == ["better"]
    assert load_run("better").metrics().equals(metrics)
    assert (renamed.folder / "README.md").read_text().startswith("# better\n")
    create_run("taken", tiny_config())
    for name in ("taken", "a/b", "gray", ""):
        with pytest.raises(InputError):
            rename_run(renamed, name)
    assert run_names() == ["better", "taken"]


def test_a_deleted_run_is_gone(trained: Run, home: Path) -> None:
    delete_run(trained)
    assert run_names() == []
    assert [path.name for path in (home / "checkpoints").iterdir() if path.is_dir()] == []


def test_runs_are_looked_after_from_the_command_line(
    busy: Run, tmp_path: Path, trained: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    train = ["train", "--architecture", "fc512", "--dataset", "tiny", "--device", "cpu", "--epochs", "1", "--queue"]
    assert main([*train, "--run", "a"]) == 0
    assert main(["train", "--run", "b", "--template", "a", "--epochs", "2", "--queue"]) == 0
    assert load_run("b").config == tiny_config("fc512", batch_size=100, **PRESETS["fast"])
    assert "waits for its turn" in capsys.readouterr().out
    assert main(["runs", "first", "b"]) == 0
    assert names(queue.waiting()) == ["b", "a"]
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


def test_an_estimate_starts_nothing(tiny: Dataset, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["train", "--architecture", "fc512", "--dataset", "tiny", "--device", "cpu", "--run", "a", "--estimate"]
    assert main(command) == 0
    assert "MB of disk" in capsys.readouterr().out
    assert run_names() == []
