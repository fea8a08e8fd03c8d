"""The Train page: start from the form, watch, stop, resume, compare, and survive damaged runs."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from colorizer import jobs
from colorizer.runs import Run, load_run, queued_runs, run_names
from colorizer.runs.store import METRICS, STEP_METRICS
from tests.waiting import wait_until

OpenPage = Callable[..., AppTest]


def _field(page: AppTest, label: str):
    fields = [*page.text_input, *page.number_input, *page.selectbox]
    return next(field for field in fields if field.label == label)


def _button(page: AppTest, label: str):
    return next(button for button in page.button if button.label == label)


def _until(page: AppTest, state: str) -> None:
    """Reload the page until the run it shows is in a state."""
    wait_until(lambda: load_run("mine").status().state == state, f"it is {state}")
    page.run()


def test_training_is_started_watched_stopped_and_resumed(open_page: OpenPage, trained: Run) -> None:
    page = open_page("train")
    assert page.query_params["run"] == "trained"
    _button(page, "New run").click().run()
    assert any("images per second" in text.value for text in page.markdown), "an estimate before the start"
    _field(page, "Name").set_value("mine")
    _field(page, "Epochs").set_value(100_000)
    _field(page, "Device").set_value("cpu").run()
    _button(page, "Start training").click().run()
    assert not page.exception
    assert not page.error
    assert page.query_params["run"] == "mine"
    run = load_run("mine")
    wait_until(lambda: len(run.metrics()) >= 2, "two epochs were trained")
    page.run()
    assert not page.exception
    assert page.get("vega_lite_chart") or page.get("arrow_vega_lite_chart")

    _button(page, "Stop").click().run()
    _until(page, "stopped")
    assert run.state_file.exists()
    stopped_after = len(run.metrics())
    assert stopped_after >= 2

    reloaded = open_page("train", run="mine")
    _button(reloaded, "Resume").click().run()
    assert not reloaded.exception
    wait_until(lambda: len(run.metrics()) > stopped_after, "it went on")
    assert list(run.metrics().epoch) == list(range(1, len(run.metrics()) + 1))


@pytest.mark.parametrize(
    ("label", "value", "reason"),
    [
        ("Epochs", 0, "epochs must be from 1"),
        ("Learning rate", -1.0, "learning rate must be from"),
        ("Name", "a/b", "not a valid run name"),
        ("Name", "trained", "already"),
    ],
)
def test_invalid_settings_show_a_message_and_start_nothing(
    open_page: OpenPage, trained: Run, label: str, value: object, reason: str
) -> None:
    page = open_page("train")
    _button(page, "New run").click().run()
    _field(page, label).set_value(value).run()
    assert not page.exception
    assert any(reason in text.value for text in page.markdown), "a message at the field"
    assert _button(page, "Start training").disabled
    assert run_names() == ["trained"]


def _fake(trained: Run, state: str) -> None:
    """Make the run seem to be in a state, with this process at work on it."""
    jobs.write_status(trained.folder, state, progress=trained.status().progress)


def test_run_is_a_template_for_a_new_one(open_page: OpenPage, trained: Run) -> None:
    page = open_page("train")
    _button(page, "New run with these settings").click().run()
    assert _field(page, "Architecture").value == "unet"
    assert _field(page, "Batch size").value == 16
    _field(page, "Settings from").set_value("study").run()
    assert _field(page, "Epochs").value == 2000
    assert _field(page, "Learning rate").value == pytest.approx(1e-4)


def test_queued_run_is_moved_and_removed(open_page: OpenPage, trained: Run) -> None:
    _fake(trained, "running")
    for name in ("one", "two"):
        Run.create(name, trained.config).start()
    page = open_page("train")
    assert any("Queue" in text.value for text in page.markdown)
    page.button(key="up-two").click().run()
    assert [run.name for run in queued_runs()] == ["two", "one"]
    page.button(key="remove-two").click().run()
    page.button(key="remove-one").click().run()
    assert queued_runs() == []
    assert not page.exception


def test_buttons_fit_the_state(open_page: OpenPage, trained: Run) -> None:
    expected = {
        "running": "Pause",
        "paused": "Resume",
        "stopped": "Resume",
        "failed": "Resume",
        "finished": "Continue training",
    }
    every = set(expected.values())
    for state, label in expected.items():
        _fake(trained, state)
        if state in ("stopped", "failed"):
            trained.truncate_metrics(0)
        page = open_page("train")
        assert not page.exception
        assert every & {button.label for button in page.button} == {label}, state
        trained.append_metrics({**dict.fromkeys(METRICS, 0.01), "epoch": 1})


def test_pause_is_requested_and_withdrawn(open_page: OpenPage, trained: Run) -> None:
    _fake(trained, "running")
    page = open_page("train")
    _button(page, "Pause").click().run()
    assert jobs.pause_requested(trained.folder)
    _fake(trained, "paused")
    _button(open_page("train"), "Resume").click().run()
    assert not jobs.pause_requested(trained.folder)


def test_run_is_renamed_and_deletion_is_confirmed(open_page: OpenPage, trained: Run) -> None:
    page = open_page("train")
    _field(page, "New name").set_value("better").run()
    _button(page, "Rename").click().run()
    assert run_names() == ["better"]
    assert page.query_params["run"] == "better"
    _button(page, "Delete …").click().run()
    assert run_names() == ["better"], "it asks first"
    assert _button(page, "Delete permanently")
    assert not page.exception


def test_linked_runs_are_overlaid_with_their_differences(open_page: OpenPage, trained: Run) -> None:
    other = Run.create("other", dataclasses.replace(trained.config, seed=7))
    other.append_metrics({**dict.fromkeys(METRICS, 0.01), "epoch": 1})
    jobs.write_status(other.folder, "finished")
    page = open_page("train", run=["trained", "other"])
    assert not page.exception
    table = page.table[0].value
    assert list(table.index) == ["Seed"]
    assert list(table.columns) == ["trained", "other"]


def test_reason_of_a_failure_is_shown(open_page: OpenPage, trained: Run) -> None:
    jobs.write_status(trained.folder, "failed", "Memory ran out: close other programs.")
    assert "Memory ran out" in open_page("train").error[0].value


def test_killed_run_is_interrupted_and_can_be_resumed(open_page: OpenPage, trained: Run) -> None:
    text = (trained.folder / "status.json").read_text()
    (trained.folder / "status.json").write_text(text.replace('"finished"', '"running"').replace('"pid": ', '"pid": 9'))
    page = open_page("train")
    assert "Resume" in [button.label for button in page.button]
    assert "ended unexpectedly" in page.warning[0].value


def test_dead_link_says_so_and_shows_another_run(open_page: OpenPage, trained: Run) -> None:
    page = open_page("train", run="gone")
    assert "no run named gone" in page.warning[0].value
    assert page.query_params["run"] == "trained"


def test_shipped_run_is_shown_but_cannot_be_changed(open_page: OpenPage, home: Path, shipped_runs: None) -> None:
    page = open_page("train", run="photo")
    assert not page.exception
    assert "#### photo" in page.markdown[0].value
    labels = {button.label for button in page.button}
    assert not {"Resume", "Start", "Rename", "Delete …"} & labels
    assert not page.text_area
    assert "New run with these settings" in labels
    assert any("ships with Colorizer" in caption.value for caption in page.caption)
    assert not (home / "checkpoints" / "photo").exists()


def test_own_run_is_shown_before_shipped_ones(open_page: OpenPage, trained: Run, shipped_runs: None) -> None:
    page = open_page("train")
    assert page.query_params["run"] == "trained"
    assert list(page.dataframe[0].value.Run[:2]) == ["trained", "photo"]


def test_notes_and_tags_are_kept_in_the_folder(open_page: OpenPage, trained: Run) -> None:
    page = open_page("train")
    page.text_area(key="notes-trained").set_value("Too dark.").run()
    page.multiselect(key="tags-trained").set_value([]).run()
    assert not page.exception
    assert trained.notes() == ("Too dark.", [])
    trained.write_notes("Too dark.", ["baseline"])
    assert open_page("train").dataframe[0].value.Tags[0] == ["baseline"]


def test_end_of_a_run_is_announced(open_page: OpenPage, trained: Run) -> None:
    _fake(trained, "running")
    page = open_page("train")
    assert not page.toast
    _fake(trained, "finished")
    page.run()
    assert "has finished" in page.toast[0].value


def test_first_steps_are_drawn_before_the_first_epoch(open_page: OpenPage, trained: Run) -> None:
    run = Run.create("new", trained.config)
    jobs.write_status(run.folder, "running", progress={"epoch": 0, "epochs": 1, "share": 0.1})
    for step in (1, 2, 3):
        run.append_step(
            {**dict.fromkeys(STEP_METRICS, 1.0), "epoch": step / 10, "step": step, "train_loss": 0.1 / step}
        )
    page = open_page("train", run="new")
    assert not page.exception
    assert page.get("vega_lite_chart") or page.get("arrow_vega_lite_chart")
