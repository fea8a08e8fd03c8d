"""The train page: a real training started from the form, watched, stopped and resumed."""

import time
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from colorizer.runs.store import Run, load_run, run_names

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
    _field(page, "Name").set_value("mine")
    _field(page, "Epochs").set_value(100_000)
    _field(page, "Device").set_value("cpu")
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
    _field(page, label).set_value(value)
    _button(page, "Start training").click().run()
    assert not page.exception
    assert reason in page.error[0].value
    assert run_names() == ["trained"]


def test_a_killed_run_reads_interrupted_and_can_be_resumed(open_page: Callable[[str], AppTest], trained: Run) -> None:
    text = (trained.folder / "status.json").read_text()
    (trained.folder / "status.json").write_text(text.replace('"finished"', '"running"').replace('"pid": ', '"pid": 9'))
    page = open_page("train")
    assert "Resume" in [button.label for button in page.button]
    assert "ended without a word" in page.warning[0].value
