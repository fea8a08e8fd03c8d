"""Run folders: made, read, listed, and damaged."""

import json
from pathlib import Path

import pytest

from colorizer.errors import InputError
from colorizer.runs import Run, load_run, load_runs, run_names
from colorizer.runs.config import TrainingConfig
from colorizer.runs.curve import MetricsReader
from colorizer.runs.store import METRICS, validate_new_name

LINE = dict.fromkeys(METRICS, 0.5)


def test_created_run_is_loaded_with_its_settings(home: Path) -> None:
    config = TrainingConfig("unet", "tiny", epochs=7, learning_rate=3e-4, flip=False)
    run = Run.create("mine", config)
    assert run.folder == home / "checkpoints" / "mine"
    assert load_run("mine") == run
    assert run_names() == ["mine"]
    assert run.status().state == "unknown"
    assert list(run.metrics().columns) == list(METRICS)
    assert run.metrics().empty


def test_taken_name_is_refused_and_nothing_changes(trained: Run) -> None:
    before = sorted(path.name for path in trained.folder.iterdir())
    with pytest.raises(InputError, match=r"There is already a run 'trained'.*--resume"):
        Run.create("trained", TrainingConfig())
    assert sorted(path.name for path in trained.folder.iterdir()) == before
    assert load_run("trained") == trained


@pytest.mark.parametrize("name", ["", "a/b", "a\\b", "..", ".a", "a b", "-a", "x" * 65, "a.", "nul\0"])
def test_invalid_names_are_refused(name: str, home: Path) -> None:
    for action in (lambda: Run.create(name, TrainingConfig()), lambda: load_run(name)):
        with pytest.raises(InputError, match="not a valid run name"):
            action()
    assert not (home / "checkpoints").exists()


def test_unknown_run_is_refused_with_the_known_ones(trained: Run) -> None:
    with pytest.raises(InputError, match=r"no run 'other'.*\(runs: trained\)"):
        load_run("other")


BAD_CONFIGS = ["", "{", "[]", "null", '{"epochs": 0}', '{"color": "red"}', '{"epochs": "ten"}', "[" * 100_000]
BAD_CONFIGS += [
    '{"epochs": ' + "9" * 400 + "}",
    '{"learning_rate": NaN}',
    '{"learning_rate": 1e999}',
    '{"architecture": []}',
]


@pytest.mark.parametrize("text", BAD_CONFIGS)
def test_damaged_config_is_refused(trained: Run, text: str) -> None:
    (trained.folder / "config.json").write_text(text)
    with pytest.raises(InputError, match=r"settings of run 'trained' .*config\.json are damaged"):
        load_run("trained")


def test_torn_last_metrics_line_is_left_out(trained: Run) -> None:
    for epoch in (2, 3):
        trained.append_metrics({**LINE, "epoch": epoch})
    path = trained.folder / "metrics.jsonl"
    path.write_text(path.read_text()[:-30])
    assert list(trained.metrics().epoch) == [1, 2]
    trained.truncate_metrics(2)
    trained.append_metrics({**LINE, "epoch": 3})
    assert list(trained.metrics().epoch) == [1, 2, 3]


def test_truncated_metrics_lose_later_epochs(trained: Run) -> None:
    for epoch in (2, 3):
        trained.append_metrics({**LINE, "epoch": epoch})
    trained.truncate_metrics(1)
    assert list(trained.metrics().epoch) == [1]


NAN = json.dumps({**LINE, "test_loss": float("nan")}) + "\n"
NESTED = "[" * 100_000 + "\n"


@pytest.mark.parametrize("torn", ["null\n", "3\n", "[]\n", "{}\n", "\xff\xfe\n", NAN, NESTED])
def test_damaged_metrics_lines_are_left_out(trained: Run, torn: str) -> None:
    with (trained.folder / "metrics.jsonl").open("ab") as file:
        file.write(torn.encode("latin-1"))
    assert list(trained.metrics().epoch) == [1]
    trained.append_metrics({**LINE, "epoch": 2})
    assert list(trained.metrics().epoch) == [1, 2]
    assert list(MetricsReader(trained.folder / "metrics.jsonl").read().epoch) == [1, 2]
    trained.truncate_metrics(5)
    assert list(trained.metrics().epoch) == [1, 2]


def test_metrics_that_are_a_folder_or_pipe_are_refused(trained: Run) -> None:
    path = trained.folder / "metrics.jsonl"
    path.unlink()
    path.mkdir()
    Run.create("good", trained.config)
    with pytest.raises(InputError, match="metrics of run 'trained'"):
        load_run("trained")
    runs, damaged = load_runs()
    assert [run.name for run in runs] == ["good"]
    assert list(damaged) == ["trained"]


def test_half_created_run_does_not_block_its_name(home: Path) -> None:
    (home / "checkpoints" / "mine").mkdir(parents=True)
    validate_new_name("mine")
    assert Run.create("mine", TrainingConfig()) == load_run("mine")
    assert [path.name for path in (home / "checkpoints").iterdir()] == ["mine"]
