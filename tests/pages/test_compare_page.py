"""The Compare page: pictures, metrics, curves and the study, of real runs."""

import dataclasses
import json
import re
import shutil
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

import pages.compare.metrics
from colorizer import jobs
from colorizer.datasets.dataset import Dataset, load_dataset
from colorizer.evaluation import cache, evaluate_runs
from colorizer.evaluation.job import job_folder
from colorizer.models.base import build_model
from colorizer.models.weights import save_weights
from colorizer.runs import Run
from colorizer.runs.config import TrainingConfig
from tests.evaluation.conftest import brief as brief
from tests.factories import file_bytes, folder_bytes, smooth


@pytest.fixture(autouse=True)
def _evaluate_in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """The background process has tests of its own."""

    def start_evaluation(runs: Sequence[Run], dataset_name: str) -> None:
        evaluate_runs(runs, load_dataset(dataset_name))

    monkeypatch.setattr(pages.compare.metrics, "start_evaluation", start_evaluation)


@pytest.fixture
def page(open_page: Callable[..., AppTest], trained: Run, brief: None) -> AppTest:
    return open_page("compare")


def _html(page: AppTest, key: str) -> str:
    """Return the HTML of a view; empty if it is not there."""
    views = [view.proto for view in page.get("bidi_component") if view.proto.id.endswith(f"view-{key}")]
    return json.loads(views[0].json)["html"] if views else ""


def _open(page: AppTest, tab: str) -> AppTest:
    page.query_params["tab"] = tab
    page.run()
    assert not page.exception
    return page


def _names(page: AppTest) -> list[str]:
    return re.findall(r'data-name="(.*?)"', _html(page, "rows"))


def _find(page: AppTest, label: str) -> Any:
    every = [*page.button, *page.selectbox, *page.multiselect, *page.text_input, *page.button_group, *page.toggle]
    return next(widget for widget in every if widget.label == label)


def _evaluate(page: AppTest) -> AppTest:
    _find(page, "Evaluate").click().run()
    assert not page.exception
    assert not page.error
    return page


def test_runs_are_evaluated_on_request(page: AppTest, open_page: Callable[..., AppTest]) -> None:
    assert not _html(_open(page, "Metrics"), "metrics")
    _evaluate(page)
    table = _html(page, "metrics")
    assert table.index("Grayscale baseline") < table.index("trained")
    assert "than the grayscale baseline" in _html(page, "verdict") or "does not beat" in _html(page, "verdict")
    again = open_page("compare", tab="Metrics")
    assert _html(again, "metrics") == table, "metrics come from the cache"
    assert "Evaluate" not in [button.label for button in again.button]


def test_test_images_can_be_shuffled_and_selected_by_number(page: AppTest) -> None:
    first = _names(page)
    assert len(first) == 6
    assert _html(page, "rows").count('class="errors"') == 6 * 2
    _find(page, "Shuffle").click().run()
    assert _names(page) != first
    assert page.query_params["seed"] == "1"
    _find(page, "Select").set_value("numbers").run()
    _find(page, "Image numbers").set_value("11, 4").run()
    assert _names(page) == ["Test image 11", "Test image 4"]
    for bad, reason in (("12", "from 0 to 11"), ("x", "not an image number"), ("", "numbers of the images")):
        _find(page, "Image numbers").set_value(bad).run()
        assert not page.exception
        assert any(reason in caption.value for caption in page.caption)
        assert _names(page) == []


def test_images_can_be_selected_by_error_after_evaluation(page: AppTest) -> None:
    _find(page, "Select").set_value("worst").run()
    assert _names(page) == []
    assert any("evaluate it first" in caption.value for caption in page.caption)
    worst = _names(_evaluate(page))
    _find(page, "Select").set_value("best").run()
    assert len(worst) == len(_names(page)) == 6
    assert not set(worst) & set(_names(page)), "of twelve images the six worst are not the six best"
    assert "differ" not in _find(page, "Select").options, "this needs two networks"


def test_view_can_be_linked(open_page: Callable[..., AppTest], trained: Run, brief: None) -> None:
    shutil.copytree(trained.folder, trained.folder.with_name("other"))
    page = open_page("home")
    page.switch_page("pages/compare/page.py")
    page.query_params["runs"] = ["other"]
    page.query_params["source"] = "Photographs"
    page.run()
    assert not page.exception
    assert _find(page, "Networks").value == ["other"]
    assert _names(page)[:2] == ["astronaut", "chelsea"]


def test_uploads_with_colors_have_an_original(page: AppTest) -> None:
    _find(page, "Pictures").set_value("Uploads").run()
    gray = smooth(1, 30, 40)[..., :1].repeat(3, axis=-1)
    files = [
        ("<b>color</b>.png", file_bytes(smooth(2, 40, 30)), "image/png"),
        ("gray.png", file_bytes(gray), "image/png"),
        ("bad.png", b"no picture", "image/png"),
    ]
    page.file_uploader[0].set_value(files).run()
    assert not page.exception
    assert [error.value for error in page.error if "bad" in error.value]
    assert _names(page) == ["&lt;b&gt;color&lt;/b&gt;.png", "gray.png"]
    assert _html(page, "rows").count('class="colors"') == 3 + 2


def test_damaged_runs_do_not_break_the_page(
    open_page: Callable[..., AppTest], trained: Run, tiny: Dataset, brief: None
) -> None:
    for name in ("weights", "settings", "metrics"):
        shutil.copytree(trained.folder, trained.folder.with_name(name))
    trained.folder.with_name("weights").joinpath("best.safetensors").write_bytes(b"bad")
    trained.folder.with_name("settings").joinpath("config.json").write_text("{")
    trained.folder.with_name("metrics").joinpath("metrics.jsonl").write_text('{"epoch": "x"}\n\x00')
    Run.create("new", dataclasses.replace(trained.config))
    page = open_page("compare")
    assert _find(page, "Networks").options == ["metrics", "trained", "weights"]
    assert not page.exception
    assert "weights" in page.error[0].value
    assert "metrics" in _html(page, "rows")
    _find(page, "Evaluate").click().run()
    _open(page, "Metrics")
    assert "trained" in _html(page, "metrics")
    assert ">weights<" not in _html(page, "metrics")
    _open(page, "Learning curves")
    assert any("No curve yet: metrics, weights" in caption.value or "No curve yet: metrics" in caption.value
               for caption in page.caption)  # fmt: skip


def test_times_of_different_computers_can_be_measured_again(
    open_page: Callable[..., AppTest], page: AppTest, trained: Run, tiny: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    _evaluate(page)
    other = Run.create("other", trained.config)
    save_weights(build_model("unet"), other.best_weights)
    with monkeypatch.context() as patch:
        patch.setattr(cache, "computer", lambda: "another one")
        evaluate_runs([other], tiny)
    page = open_page("compare")
    assert any("timed on different computers" in caption.value for caption in page.caption)
    _find(page, "Time them here").click().run()
    assert not page.exception
    assert "Time them here" not in [button.label for button in page.button]


def test_metrics_are_shown_without_the_dataset(page: AppTest, tiny: Dataset, open_page: Any) -> None:
    _evaluate(page)
    shutil.rmtree(tiny.folder)
    page = open_page("compare", tab="Metrics")
    assert not page.exception
    assert not page.error
    assert "trained" in _html(page, "metrics")
    assert _find(page, "Pictures").options == ["Photographs", "Uploads"]
    assert any("not on this computer" in caption.value for caption in page.caption)


def test_runs_of_different_datasets_are_not_comparable(
    open_page: Callable[..., AppTest], trained: Run, brief: None
) -> None:
    other = Run.create("other", dataclasses.replace(trained.config, dataset="elsewhere"))
    shutil.copytree(trained.folder, other.folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("config.json"))
    page = open_page("compare", tab="Learning curves")
    assert any("Losses on different datasets cannot be compared" in item.value for item in page.caption)
    assert {"Trained on tiny", "Trained on elsewhere"} <= {item.value for item in page.subheader}
    for label in ("Logarithmic", "Training loss"):
        _find(page, label).set_value(True).run()
    assert not page.exception


def test_exports_do_not_colorize_again(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    _evaluate(page)
    labels = [button.label for button in page.download_button]
    assert labels == ["Report", "Figure", "Metrics as CSV"]
    monkeypatch.setattr("colorizer.comparison.rows.network_cell", lambda *given: pytest.fail("colorized again"))
    page.run()
    assert not page.exception
    assert len(_names(page)) == 6


def test_page_without_a_selected_network(page: AppTest) -> None:
    page.multiselect[0].set_value([]).run()
    assert not page.exception
    assert "Select at least one" in page.info[0].value


def test_layout_bug_is_shown_on_a_photograph(page: AppTest) -> None:
    before = _html(_open(page, "The study"), "scramble")
    assert before.count("<img") == 5
    _find(page, "Photograph").set_value("coffee").run()
    assert _html(page, "scramble") != before
    assert "28.6550" in _html(page, "study")


def test_page_notes_which_colors_are_measured(page: AppTest, open_page: Callable[..., AppTest]) -> None:
    assert not [caption for caption in page.caption if "mean colors" in caption.value]
    photo = Run.create("photo", TrainingConfig("photo", "tiny"))
    save_weights(build_model("photo"), photo.best_weights)
    assert len([caption.value for caption in open_page("compare").caption if "mean colors" in caption.value]) == 1


def test_page_never_writes_to_a_run(page: AppTest, trained: Run) -> None:
    before = folder_bytes(trained.folder.parent)
    _evaluate(page)
    for tab in ("Metrics", "Learning curves", "The study", "Vote"):
        _open(page, tab)
    assert folder_bytes(trained.folder.parent) == before


def test_network_for_photographs_is_not_evaluated_on_thumbnails(
    open_page: Callable[..., AppTest], trained: Run, tiny: Dataset, brief: None
) -> None:
    photo = Run.create("photo", TrainingConfig("photo", "photographs"))
    save_weights(build_model("photo"), photo.best_weights)
    page = open_page("compare")
    assert any("Photo: intended for photographs" in caption.value for caption in page.caption)
    _evaluate(_open(page, "Metrics"))
    assert "trained" in _html(page, "metrics")
    assert "Evaluate" not in [button.label for button in page.button]


def test_progress_and_failure_of_an_evaluation_are_shown(
    page: AppTest, open_page: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = job_folder("tiny")
    folder.mkdir(parents=True)
    jobs.write_status(folder, "running", progress={"run": "*odd*", "fraction": 0.5})
    page.run()
    assert not page.exception
    assert "Evaluate" not in [button.label for button in page.button]
    _find(page, "Cancel").click().run()
    assert jobs.stop_requested(folder)

    def fail(runs: Sequence[Run], dataset_name: str) -> None:
        jobs.write_status(folder, "failed", "The disk is full.")

    monkeypatch.setattr(pages.compare.metrics, "start_evaluation", fail)
    jobs.write_status(folder, "stopped")
    page.run()
    _find(page, "Evaluate").click().run()
    assert "The evaluation failed. The disk is full." in page.error[0].value.replace("\\", "")
