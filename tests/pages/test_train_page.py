"""The train page: a real training started from the form, watched, stopped and resumed."""

import dataclasses
import time
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from colorizer import jobs
from colorizer.runs import Run, load_run, queued_runs, run_names
from colorizer.runs.store import METRICS

PATIENCE = 90


def _field(page: AppTest, label: str):
    fields = [*page.text_input, *page.number_input, *page.selectbox]
    return next(field for field in fields if field.label == label)


def _button(page: AppTest, label: str):
    return next(button for button in page.button if button.label == label)


def _until(page: AppTest, state: str) -> None:
    """Reload the page until the run it shows is in a state."""
    deadline = time.monotonic() + PATIENCE
    while load_run("mine").status().state != state:
        assert time.monotonic() < deadline, f"still {load_run('mine').status()}"
        time.sleep(0.2)
    page.run()


def test_a_training_is_started_watched_stopped_and_resumed(open_page: Callable[[str], AppTest], trained: Run) -> None:
    page = open_page("train")
    assert page.query_params["run"] == "trained"
    _button(page, "New training").click().run()
    assert any("images a second" in text.value for text in page.markdown), "an estimate before the start"
    _field(page, "Name").set_value("mine")
    _field(page, "Epochs").set_value(100_000)
    _field(page, "Device").set_value("cpu").run()
    _button(page, "Start training").click().run()
    assert not page.exception
    assert not page.error
    assert page.query_params["run"] == "mine"
    run = load_run("mine")
    deadline = time.monotonic() + PATIENCE
    while len(run.metrics()) < 2:
        assert time.monotonic() < deadline, run.status()
        time.sleep(0.2)
    page.run()
    assert not page.exception
    assert any(metric.label == "Best test loss" for metric in page.metric)

    _button(page, "Stop and keep everything").click().run()
    _until(page, "stopped")
    assert run.state_file.exists()
    stopped_after = len(run.metrics())
    assert stopped_after >= 2

    reloaded = open_page("train")
    _field(reloaded, "Run").set_value("mine").run()
    _button(reloaded, "Resume").click().run()
    assert not reloaded.exception
    deadline = time.monotonic() + PATIENCE
    while len(run.metrics()) <= stopped_after:
        assert time.monotonic() < deadline, run.status()
        time.sleep(0.2)
    assert list(run.metrics().epoch) == list(range(1, len(run.metrics()) + 1))


@pytest.mark.parametrize(
    ("label", "value", "reason"),
    [
        ("Epochs", 0, "epochs must be from 1"),
        ("Learning rate", -1.0, "learning rate must be from"),
        ("Name", "a/b", "cannot name"),
        ("Name", "trained", "already"),
    ],
)
def test_bad_values_get_a_sentence_and_start_nothing(
    open_page: Callable[[str], AppTest], trained: Run, label: str, value: object, reason: str
) -> None:
    page = open_page("train")
    _button(page, "New training").click().run()
    _field(page, label).set_value(value).run()
    assert not page.exception
    assert any(reason in text.value for text in page.markdown), "a message at the field"
    assert _button(page, "Start training").disabled
    assert run_names() == ["trained"]


def _fake(trained: Run, state: str) -> None:
    """Make the run seem to be in a state, with this process at work on it."""
    jobs.write_status(trained.folder, state, progress=trained.status().progress)


def test_a_run_is_a_template_for_a_new_one(open_page: Callable[[str], AppTest], trained: Run) -> None:
    page = open_page("train")
    _button(page, "New training with its settings").click().run()
    assert _field(page, "Architecture").value == "unet"
    assert _field(page, "Batch size").value == 16
    _field(page, "Start from the settings of").set_value("study").run()
    assert _field(page, "Epochs").value == 2000
    assert _field(page, "Learning rate").value == pytest.approx(1e-4)


def test_a_second_run_waits_is_moved_and_canceled(open_page: Callable[[str], AppTest], trained: Run) -> None:
    _fake(trained, "running")
    for name in ("one", "two"):
        Run.create(name, trained.config).start()
    page = open_page("train")
    assert any("Waiting for their turn" in text.value for text in page.markdown)
    page.button(key="up-two").click().run()
    assert [run.name for run in queued_runs()] == ["two", "one"]
    page.button(key="cancel-two").click().run()
    page.button(key="cancel-one").click().run()
    assert queued_runs() == []
    assert not page.exception


def test_buttons_fit_the_state(open_page: Callable[[str], AppTest], trained: Run) -> None:
    expected = {"running": "Pause", "paused": "Resume", "stopped": "Resume", "failed": "Resume", "finished": "Go on"}
    every = set(expected.values())
    for state, label in expected.items():
        _fake(trained, state)
        if state in ("stopped", "failed"):
            trained.truncate_metrics(0)
        page = open_page("train")
        assert not page.exception
        assert every & {button.label for button in page.button} == {label}, state
        trained.append_metrics({**dict.fromkeys(METRICS, 0.01), "epoch": 1})


def test_a_pause_is_asked_for_and_taken_back(open_page: Callable[[str], AppTest], trained: Run) -> None:
    _fake(trained, "running")
    page = open_page("train")
    _button(page, "Pause").click().run()
    assert jobs.pause_requested(trained.folder)
    _fake(trained, "paused")
    _button(open_page("train"), "Resume").click().run()
    assert not jobs.pause_requested(trained.folder)


def test_a_run_is_renamed_and_before_it_is_deleted_there_is_a_question(
    open_page: Callable[[str], AppTest], trained: Run
) -> None:
    page = open_page("train")
    _field(page, "New name").set_value("better").run()
    _button(page, "Rename").click().run()
    assert run_names() == ["better"]
    assert page.query_params["run"] == "better"
    _button(page, "Delete …").click().run()
    assert run_names() == ["better"], "it asks first"
    assert _button(page, "Delete for good")
    assert not page.exception


def test_other_runs_are_overlaid_and_only_differences_shown(open_page: Callable[[str], AppTest], trained: Run) -> None:
    other = Run.create("other", dataclasses.replace(trained.config, seed=7))
    other.append_metrics({**dict.fromkeys(METRICS, 0.01), "epoch": 1})
    jobs.write_status(other.folder, "finished")
    page = open_page("train")
    _field(page, "Run").set_value("trained").run()
    page.multiselect(key="curve-others-trained").set_value(["other"]).run()
    assert not page.exception
    table = page.table[0].value
    assert list(table.index) == ["seed"]
    assert list(table.columns) == ["trained", "other"]


def test_the_reason_of_a_failure_is_shown(open_page: Callable[[str], AppTest], trained: Run) -> None:
    jobs.write_status(trained.folder, "failed", "Memory ran out: close other programs.")
    assert "Memory ran out" in open_page("train").error[0].value


def test_a_killed_run_reads_interrupted_and_can_be_resumed(open_page: Callable[[str], AppTest], trained: Run) -> None:
    text = (trained.folder / "status.json").read_text()
    (trained.folder / "status.json").write_text(text.replace('"finished"', '"running"').replace('"pid": ', '"pid": 9'))
    page = open_page("train")
    assert "Resume" in [button.label for button in page.button]
    assert "ended unexpectedly" in page.warning[0].value
