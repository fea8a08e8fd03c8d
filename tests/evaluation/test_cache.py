"""Figures on disk: what damages them, and that what is damaged is measured again rather than believed."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from colorizer.datasets.dataset import Dataset
from colorizer.evaluation import cache, evaluate_runs, known_figures, picture_errors
from colorizer.runs.store import Run

pytestmark = pytest.mark.usefixtures("brief")


def without(*path: str) -> Callable[[str], str]:
    """Leaves something out of JSON."""

    def change(text: str) -> str:
        values = json.loads(text)
        place = values
        for name in path[:-1]:
            place = place[name]
        del place[path[-1]]
        return json.dumps(values)

    return change


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: "",
        lambda text: text[: len(text) // 2],
        lambda text: "[]",
        lambda text: "3",
        lambda text: '{"version": 3}',
        lambda text: "\x00",
        without("version"),
        without("errors"),
        without("network"),
        without("figures", "within_5"),
        without("gray", "intervals"),
    ],
)
def test_damaged_figures_are_measured_anew(trained: Run, tiny: Dataset, damage: Callable[[str], str]) -> None:
    first = evaluate_runs([trained], tiny)
    path = trained.folder / "evaluations" / "tiny-test.json"
    path.write_text(damage(path.read_text()))
    assert known_figures([trained], "tiny") == []
    assert picture_errors([trained], "tiny") == {}
    assert without_time(evaluate_runs([trained], tiny)) == without_time(first)
    assert known_figures([trained], "tiny") != []


@pytest.mark.parametrize("data", [b"", b"\x93NUMPY", bytes(176)])
def test_damaged_errors_of_pictures_are_measured_anew(trained: Run, tiny: Dataset, data: bytes) -> None:
    evaluate_runs([trained], tiny)
    first = picture_errors([trained], "tiny")
    path = trained.folder / "evaluations" / "tiny-test.npy"
    path.write_bytes(data)
    assert picture_errors([trained], "tiny") == {}
    evaluate_runs([trained], tiny)
    again = picture_errors([trained], "tiny")
    assert again.keys() == first.keys()
    assert all(np.array_equal(again[name], first[name]) for name in first)
    path.unlink()
    assert known_figures([trained], "tiny") == []


def test_errors_of_another_shape_are_measured_anew(trained: Run, tiny: Dataset) -> None:
    evaluate_runs([trained], tiny)
    path = trained.folder / "evaluations" / "tiny-test.json"
    np.save(path.with_suffix(".npy"), np.zeros(12, np.float32))
    values = json.loads(path.read_text())
    values["errors"] = cache.digest(path.with_suffix(".npy").read_bytes())
    path.write_text(json.dumps(values))
    assert known_figures([trained], "tiny") == []


def test_objects_in_the_errors_file_are_never_unpickled(trained: Run, tiny: Dataset) -> None:
    """Even where the digest fits: a run's folder may come from anyone."""
    evaluate_runs([trained], tiny)
    path = trained.folder / "evaluations" / "tiny-test.json"
    np.save(path.with_suffix(".npy"), np.array([Bomb()], dtype=object), allow_pickle=True)
    values = json.loads(path.read_text())
    values["errors"] = cache.digest(path.with_suffix(".npy").read_bytes())
    path.write_text(json.dumps(values))
    assert cache.read(trained, "tiny", "test") is None


class Bomb:
    """Ends a test that unpickles it."""

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return pytest.fail, ("unpickled",)


def test_the_digest_of_a_network_follows_its_weights(trained: Run) -> None:
    first = cache.network_digest(trained)
    assert cache.network_digest(trained) == first
    data = bytearray(trained.best_weights.read_bytes())
    data[-1] ^= 1
    trained.best_weights.write_bytes(data)
    assert cache.network_digest(trained) != first
    trained.best_weights.unlink()
    assert cache.network_digest(trained) == ""


def test_a_run_without_weights_has_no_known_figures(trained: Run, tiny: Dataset) -> None:
    evaluate_runs([trained], tiny)
    trained.best_weights.unlink()
    assert known_figures([trained], "tiny") == []


def test_nothing_is_left_beside_the_figures(trained: Run, tiny: Dataset) -> None:
    evaluate_runs([trained], tiny)
    names = sorted(path.name for path in Path(trained.folder / "evaluations").iterdir())
    assert names == ["tiny-test.json", "tiny-test.npy"]


def without_time(figures: list[cache.Figures]) -> list[cache.Figures]:
    """The figures that come out the same each time."""
    return [{key: value for key, value in one.items() if key != "ms_per_image"} for one in figures]
