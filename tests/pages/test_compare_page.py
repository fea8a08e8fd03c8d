"""The compare page: pictures, figures, curves and the study, of real runs."""

import dataclasses
import json
import re
import shutil
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from colorizer.datasets.dataset import Dataset
from colorizer.models.base import build_model
from colorizer.models.weights import save_weights
from colorizer.runs.config import TrainingConfig
from colorizer.runs.store import Run, create_run
from tests.evaluation.conftest import brief as brief
from tests.factories import file_bytes, smooth


@pytest.fixture
def page(open_page: Callable[[str], AppTest], trained: Run, brief: None) -> AppTest:
    return open_page("compare")


def _html(page: AppTest, key: str) -> str:
    """What a view of the page shows; nothing if it is not there."""
    views = [view.proto for view in page.get("bidi_component") if view.proto.id.endswith(f"view-{key}")]
    return json.loads(views[0].json)["html"] if views else ""


def _names(page: AppTest) -> list[str]:
    return re.findall(r'data-name="(.*?)"', _html(page, "rows"))


def _find(page: AppTest, label: str) -> Any:
    every = [*page.button, *page.selectbox, *page.multiselect, *page.text_input, *page.button_group, *page.toggle]
    return next(widget for widget in every if widget.label == label)


def _measure(page: AppTest) -> AppTest:
    _find(page, "Measure").click().run()
    assert not page.exception
    assert not page.error
    return page


def test_runs_are_measured_on_request_beside_the_gray_copy(page: AppTest, open_page: Callable[[str], AppTest]) -> None:
    assert not _html(page, "figures")
    _measure(page)
    table = _html(page, "figures")
    assert table.index("Left gray") < table.index("trained")
    assert "leaving the pictures gray" in page.get("html")[0].proto.body
    again = open_page("compare")
    assert _html(again, "figures") == table, "figures are kept"
    assert "Measure" not in [button.label for button in again.button]


def test_test_pictures_can_be_shuffled_and_chosen_by_number(page: AppTest) -> None:
    first = _names(page)
    assert len(first) == 6
    assert _html(page, "rows").count('class="errors"') == 6 * 2
    _find(page, "Other pictures").click().run()
    assert _names(page) != first
    assert page.query_params["seed"] == "1"
    _find(page, "Which").set_value("numbers").run()
    _find(page, "Numbers, from 0").set_value("11, 4").run()
    assert _names(page) == ["Test picture 11", "Test picture 4"]
    for bad, reason in (("12", "from 0 to 11"), ("x", "no number"), ("", "by their numbers")):
        _find(page, "Numbers, from 0").set_value(bad).run()
        assert not page.exception
        assert any(reason in caption.value for caption in page.caption)
        assert _names(page) == []


def test_pictures_go_by_the_errors_of_a_network_once_they_are_measured(page: AppTest) -> None:
    _find(page, "Which").set_value("worst").run()
    assert _names(page) == []
    assert any("measure it first" in caption.value for caption in page.caption)
    worst = _names(_measure(page))
    _find(page, "Which").set_value("best").run()
    assert len(worst) == len(_names(page)) == 6
    assert not set(worst) & set(_names(page)), "of twelve pictures the six worst are not the six best"
    assert "differ" not in _find(page, "Which").options, "one network does not differ"


def test_a_view_can_be_linked(open_page: Callable[[str], AppTest], trained: Run, brief: None) -> None:
    shutil.copytree(trained.folder, trained.folder.with_name("other"))
    page = open_page("home")
    page.switch_page("pages/compare/page.py")
    page.query_params["runs"] = ["other"]
    page.query_params["source"] = "Photographs"
    page.run()
    assert not page.exception
    assert _find(page, "Networks").value == ["other"]
    assert _names(page)[:2] == ["astronaut", "chelsea"]


def test_own_pictures_have_a_truth_where_they_have_colors(page: AppTest) -> None:
    _find(page, "Pictures").set_value("My own").run()
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


def test_runs_that_cannot_be_used_spoil_nothing(
    open_page: Callable[[str], AppTest], trained: Run, tiny: Dataset, brief: None
) -> None:
    for name in ("weights", "settings", "metrics"):
        shutil.copytree(trained.folder, trained.folder.with_name(name))
    trained.folder.with_name("weights").joinpath("best.safetensors").write_bytes(b"bad")
    trained.folder.with_name("settings").joinpath("config.json").write_text("{")
    trained.folder.with_name("metrics").joinpath("metrics.jsonl").write_text('{"epoch": "x"}\n\x00')
    create_run("new", dataclasses.replace(trained.config))
    page = open_page("compare")
    assert _find(page, "Networks").options == ["metrics", "trained", "weights"]
    assert not page.exception
    assert "weights" in page.error[0].value
    assert "metrics" in _html(page, "rows")
    _find(page, "Measure").click().run()
    assert not page.exception
    assert "trained" in _html(page, "figures")
    assert ">weights<" not in _html(page, "figures")
    assert any("No curve yet: metrics, weights" in caption.value or "No curve yet: metrics" in caption.value
               for caption in page.caption)  # fmt: skip


def test_times_of_different_computers_are_said_not_to_compare_and_taken_anew(
    page: AppTest, trained: Run, open_page: Callable[[str], AppTest]
) -> None:
    _measure(page)
    other = create_run("other", trained.config)
    shutil.copytree(trained.folder, other.folder, dirs_exist_ok=True)
    file = other.folder / "evaluations" / "tiny-test.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "computer": "another one"}))
    page = open_page("compare")
    assert any("timed on different computers" in caption.value for caption in page.caption)
    _find(page, "Time them here").click().run()
    assert not page.exception
    assert "Time them here" not in [button.label for button in page.button]


def test_figures_are_shown_where_their_dataset_is_not(page: AppTest, tiny: Dataset, open_page: Any) -> None:
    _measure(page)
    shutil.rmtree(tiny.folder)
    page = open_page("compare")
    assert not page.exception
    assert not page.error
    assert "trained" in _html(page, "figures")
    assert _find(page, "Pictures").options == ["Photographs", "My own"]
    assert any("not on this computer" in caption.value for caption in page.caption)


def test_runs_of_different_datasets_are_said_not_to_compare(
    open_page: Callable[[str], AppTest], trained: Run, brief: None
) -> None:
    other = create_run("other", dataclasses.replace(trained.config, dataset="elsewhere"))
    shutil.copytree(trained.folder, other.folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("config.json"))
    page = open_page("compare")
    assert any("cannot be compared. Trained on: other: elsewhere; trained: tiny" in item.value for item in page.caption)
    for label in ("Logarithmic", "Training loss too"):
        _find(page, label).set_value(True).run()
    assert not page.exception


def test_a_comparison_is_taken_home_and_colored_only_once(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    _measure(page)
    labels = [button.label for button in page.download_button]
    assert labels == ["Report", "Figure", "Figures as CSV"]
    monkeypatch.setattr("colorizer.comparison.rows.network_cell", lambda *given: pytest.fail("colored again"))
    page.run()
    assert not page.exception
    assert len(_names(page)) == 6


def test_without_a_chosen_network_it_says_so(page: AppTest) -> None:
    page.multiselect[0].set_value([]).run()
    assert not page.exception
    assert "Choose at least one" in page.info[0].value


def test_the_mistake_of_the_study_is_shown_on_a_photograph(page: AppTest) -> None:
    before = _html(page, "layout")
    assert before.count("<img") == 5
    _find(page, "Photograph").set_value("coffee").run()
    assert _html(page, "layout") != before
    assert "28.6550" in _html(page, "study")


def test_the_page_says_of_which_colors_figures_are_only_where_there_are_two_kinds(
    page: AppTest, open_page: Callable[[str], AppTest]
) -> None:
    assert not [caption for caption in page.caption if "mean colors" in caption.value]
    photo = create_run("photo", TrainingConfig("photo", "tiny"))
    save_weights(build_model("photo"), photo.best_weights)
    assert len([caption.value for caption in open_page("compare").caption if "mean colors" in caption.value]) == 1
