"""Vividness, color hints and variants on the Colorize page, for networks that predict a distribution."""

import io
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from colorizer.inference import Colorizer
from colorizer.models.hints import Hint
from colorizer.models.weights import save_weights
from colorizer.runs import Run
from colorizer.runs.config import TrainingConfig
from pages.colorize import hint_canvas
from tests.factories import smooth
from tests.inference.test_colorizer import untrained


@pytest.fixture
def page(open_page: Callable[[str], AppTest], trained: Run) -> AppTest:
    run = Run.create("photo", TrainingConfig("photo", "tiny"))
    save_weights(untrained("photo").model, run.best_weights)
    page = open_page("colorize")
    buffer = io.BytesIO()
    Image.fromarray(smooth(1, 64, 80)[..., 0]).save(buffer, "PNG")
    page.file_uploader[0].set_value([("old.png", buffer.getvalue(), "image/png")]).run()
    page.selectbox[0].set_value("photo").run()
    assert not page.exception
    return page


def _view(page: AppTest) -> Any:
    [view] = [group for group in page.button_group if group.label == "View"]
    return view


def _choices(page: AppTest) -> list[Any]:
    return [button for button in page.button if button.label in ("Use this one", "In use")]


def test_vividness_hints_and_variants_need_a_distribution(page: AppTest) -> None:
    assert {"Color hints", "Variants"} < set(_view(page).options)
    assert "Vividness" in [slider.label for slider in page.slider]
    page.selectbox[0].set_value("trained").run()
    assert not {"Color hints", "Variants"} & set(_view(page).options)
    assert "Vividness" not in [slider.label for slider in page.slider]


def test_variant_can_be_chosen_and_undone(page: AppTest) -> None:
    _view(page).set_value("Variants").run()
    assert not page.exception
    assert [button.label for button in _choices(page)] == ["Use this one"] * 4
    _choices(page)[1].click().run()
    assert [button.label for button in _choices(page)].count("In use") >= 1
    [(user_hints, variant)] = page.session_state["hints"].values()
    assert (user_hints, len(variant)) == ([], 3)
    [back] = [button for button in page.button if button.label.startswith("Back")]
    back.click().run()
    assert page.session_state["hints"].popitem()[1] == ([], [])
    assert not page.exception


def test_hints_survive_a_change_of_view(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    _view(page).set_value("Color hints").run()
    assert not page.exception
    key = page.session_state["uploads-photos"][0].file_id
    calls = []
    predict = Colorizer.predict
    monkeypatch.setattr(Colorizer, "predict", lambda *args: calls.append(args) or predict(*args))
    page.session_state["hints"] = {key: ([Hint(0.5, 0.5, (200, 20, 20))], [])}
    page.session_state[f"selected-hint-{key}"] = 0
    page.run()
    assert not page.exception
    assert len(calls) == 1, "the prediction without the hint is cached"
    _view(page).set_value("Before / after").run()
    assert len(page.session_state["hints"][key][0]) == 1


def edits(value: object, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return the edits that reach the page when the browser sends `value`."""
    received: list[Any] = []
    state: dict[str, Any] = {"canvas": SimpleNamespace(edited=value)}
    monkeypatch.setattr("pages.colorize.hint_canvas.st.session_state", state)

    def canvas(data: object, key: str, on_edited_change: Callable[[], None]) -> None:
        on_edited_change()

    monkeypatch.setattr(hint_canvas, "_canvas", canvas)
    pixels = np.zeros((4, 4, 3), np.uint8)
    hint_canvas.hint_canvas(pixels, [], None, [], "canvas", lambda *edit: received.append(edit))
    return received


def test_edit_in_the_browser_reaches_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    value = {
        "hints": [{"x": 0.25, "y": 1, "color": [1, 2, 3]}, {"x": 0, "y": 0, "color": None}],
        "selected": 1,
        "revision": 1,
    }
    assert edits(value, monkeypatch) == [([(0.25, 1.0, (1, 2, 3)), (0.0, 0.0, None)], 1)]


@pytest.mark.parametrize(
    "value",
    [
        None,
        {},
        {"hints": 3, "selected": None, "revision": 1},
        {"hints": [{"x": 2, "y": 0, "color": None}], "selected": None, "revision": 1},
        {"hints": [{"x": 0, "y": "<script>", "color": None}], "selected": None, "revision": 1},
        {"hints": [{"x": 0, "y": 0, "color": [1, 2]}], "selected": None, "revision": 1},
        {"hints": [{"x": 0, "y": 0, "color": [1, 2, 999]}], "selected": None, "revision": 1},
        {"hints": [], "selected": None, "revision": "soon"},
    ],
)
def test_malformed_edits_are_ignored(value: object, monkeypatch: pytest.MonkeyPatch) -> None:
    assert edits(value, monkeypatch) == []
