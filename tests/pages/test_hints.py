"""Vividness, color hints and variants on the Colorize page, for networks that predict a distribution."""

import io
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from colorizer.inference import Colorizer
from colorizer.models.hints import Hint
from colorizer.models.prediction import Color
from colorizer.models.weights import save_weights
from colorizer.runs import Run
from colorizer.runs.config import TrainingConfig
from pages.colorize import hint_canvas
from pages.colorize.session import ColorizeSession
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
    page.selectbox(key="network").set_value("photo").run()
    assert not page.exception
    return page


def _view(page: AppTest) -> Any:
    [view] = [group for group in page.button_group if group.label == "View"]
    return view


def _button(page: AppTest, label: str) -> Any:
    [button] = [button for button in page.button if button.label == label]
    return button


def test_vividness_hints_and_variants_need_a_distribution(page: AppTest) -> None:
    assert {"Hints", "Variants"} < set(_view(page).options)
    assert "Vividness" in [slider.label for slider in page.slider]
    page.selectbox(key="network").set_value("trained").run()
    assert not page.exception
    assert not {"Hints", "Variants"} & set(_view(page).options if page.button_group else ())
    assert "Vividness" not in [slider.label for slider in page.slider]


def test_variant_can_be_chosen_undone_and_redone(page: AppTest) -> None:
    _view(page).set_value("Variants").run()
    assert not page.exception
    session: ColorizeSession = page.session_state["colorize"]
    history = session.history(session.uploads[0])
    history.push((), [Hint(0.2, 0.2, (200, 20, 20))])
    page.run()
    _button(page, "Undo").click().run()
    assert history.current.all == []
    _button(page, "Redo").click().run()
    assert history.current.variant == (Hint(0.2, 0.2, (200, 20, 20)),)
    assert not page.exception


def test_hints_survive_a_change_of_view(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    _view(page).set_value("Hints").run()
    assert not page.exception
    session: ColorizeSession = page.session_state["colorize"]
    upload = session.uploads[0]
    calls, predict = [], Colorizer.predict

    def recording(*args: Any, **kwargs: Any) -> Any:
        calls.append(args)
        return predict(*args, **kwargs)

    monkeypatch.setattr(Colorizer, "predict", recording)
    session.history(upload).push([Hint(0.5, 0.5, (200, 20, 20))])
    page.session_state[f"selected-hint-{upload.key}"] = 0
    page.run()
    assert not page.exception
    assert len(calls) == 1, "the prediction without the hint is cached"
    _view(page).set_value("Before / after").run()
    assert len(session.hints(upload)) == 1


@pytest.mark.parametrize(
    ("color", "name"),
    [
        ((200, 30, 30), "red"),
        ((70, 40, 20), "dark brown"),
        ((120, 170, 230), "light blue"),
        ((70, 80, 95), "grayish blue"),
        ((128, 128, 128), "gray"),
        ((225, 190, 160), "beige"),
    ],
)
def test_color_names(color: Color, name: str) -> None:
    assert hint_canvas.color_name(color) == name


def edits(value: object, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return the edits that reach the page when the browser sends `value`."""
    received: list[Any] = []
    state: dict[str, Any] = {"canvas": SimpleNamespace(edited=value)}
    monkeypatch.setattr("pages.colorize.hint_canvas.st.session_state", state)

    def canvas(data: object, key: str, on_edited_change: Callable[[], None]) -> None:
        on_edited_change()

    monkeypatch.setattr(hint_canvas, "_canvas", canvas)
    hint_canvas.hint_canvas("data:,", (40, 30), [], None, [], "canvas", lambda *edit: received.append(edit))
    return received


def test_edit_in_the_browser_reaches_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    value = {
        "hints": [{"x": 0.25, "y": 1, "color": [1, 2, 3], "reach": 1}, {"x": 0, "y": 0, "color": None, "reach": 0.5}],
        "selected": 1,
        "revision": 1,
    }
    assert edits(value, monkeypatch) == [([(0.25, 1.0, (1, 2, 3), 1.0), (0.0, 0.0, None, 0.5)], 1)]


@pytest.mark.parametrize(
    "value",
    [
        None,
        {},
        {"hints": 3, "selected": None, "revision": 1},
        {"hints": [{"x": 2, "y": 0, "color": None, "reach": 0.5}], "selected": None, "revision": 1},
        {"hints": [{"x": 0, "y": "<script>", "color": None, "reach": 0.5}], "selected": None, "revision": 1},
        {"hints": [{"x": 0, "y": 0, "color": [1, 2], "reach": 0.5}], "selected": None, "revision": 1},
        {"hints": [{"x": 0, "y": 0, "color": [1, 2, 999], "reach": 0.5}], "selected": None, "revision": 1},
        {"hints": [{"x": 0, "y": 0, "color": None, "reach": 9}], "selected": None, "revision": 1},
        {"hints": [{"x": 0, "y": 0, "color": None}], "selected": None, "revision": 1},
        {"hints": [], "selected": None, "revision": "soon"},
    ],
)
def test_malformed_edits_are_ignored(value: object, monkeypatch: pytest.MonkeyPatch) -> None:
    assert edits(value, monkeypatch) == []
