"""Run folders: made, read, listed, and damaged."""

from pathlib import Path

import pytest

from colorizer.errors import InputError
from colorizer.runs.config import TrainingConfig
from colorizer.runs.curve import GrowingCurve
from colorizer.runs.store import METRICS, Run, create_run, load_run, run_names

LINE = dict.fromkeys(METRICS, 0.5)


def test_a_run_comes_back_with_its_settings(home: Path) -> None:
    config = TrainingConfig("unet", "tiny", epochs=7, learning_rate=3e-4, flip=False)
    run = create_run("mine", config)
    assert run.folder == home / "checkpoints" / "mine"
    assert load_run("mine") == run
    assert run_names() == ["mine"]
    assert run.status().state == "unknown"
    assert list(run.metrics().columns) == list(METRICS)
    assert run.metrics().empty


def test_a_taken_name_is_refused_and_nothing_changes(trained: Run) -> None:
    before = sorted(path.name for path in trained.folder.iterdir())
    with pytest.raises(InputError, match=r"There is a run 'trained' already.*--resume"):
        create_run("trained", TrainingConfig())
    assert sorted(path.name for path in trained.folder.iterdir()) == before
    assert load_run("trained") == trained


@pytest.mark.parametrize("name", ["", "a/b", "a\\b", "..", ".a", "a b", "-a", "x" * 65, "a.", "nul\0"])
def test_names_that_cannot_be_folders_are_refused(name: str, home: Path) -> None:
    for action in (lambda: create_run(name, TrainingConfig()), lambda: load_run(name)):
        with pytest.raises(InputError, match="not a valid run name"):
            action()
    assert not (home / "checkpoints").exists()


def test_an_unknown_run_is_refused_with_the_known_ones(trained: Run) -> None:
    with pytest.raises(InputError, match=r"no run 'other'.*\(there are: trained\)"):
        load_run("other")


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"epochs": 0}', '{"color": "red"}', '{"epochs": "ten"}'])
def test_damaged_settings_are_refused(trained: Run, text: str) -> None:
    (trained.folder / "config.json").write_text(text)
    with pytest.raises(InputError, match=r"settings of run 'trained' .*config\.json are damaged"):
        load_run("trained")


def test_a_torn_last_line_of_the_metrics_is_left_out(trained: Run) -> None:
    for epoch in (2, 3):
        trained.append_metrics({**LINE, "epoch": epoch})
    path = trained.folder / "metrics.jsonl"
    path.write_text(path.read_text()[:-30])
    assert list(trained.metrics().epoch) == [1, 2]
    trained.keep_metrics(2)
    trained.append_metrics({**LINE, "epoch": 3})
    assert list(trained.metrics().epoch) == [1, 2, 3]


def test_metrics_of_epochs_to_be_repeated_are_dropped(trained: Run) -> None:
    for epoch in (2, 3):
        trained.append_metrics({**LINE, "epoch": epoch})
    trained.keep_metrics(1)
    assert list(trained.metrics().epoch) == [1]


@pytest.mark.parametrize("torn", ["null\n", "3\n", "[]\n", "{}\n", "\xff\xfe\n"])
def test_other_damage_to_the_metrics_is_left_out_too(trained: Run, torn: str) -> None:
    with (trained.folder / "metrics.jsonl").open("ab") as file:
        file.write(torn.encode("latin-1"))
    assert list(trained.metrics().epoch) == [1]
    trained.append_metrics({**LINE, "epoch": 2})
    assert list(trained.metrics().epoch) == [1, 2]
    assert list(GrowingCurve(trained.folder / "metrics.jsonl").read().epoch) == [1, 2]
    trained.keep_metrics(5)
    assert list(trained.metrics().epoch) == [1, 2]
