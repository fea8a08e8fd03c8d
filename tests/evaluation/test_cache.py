"""Evaluations on disk: damaged ones are measured again, and the folders of runs are never written to."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from colorizer.datasets.dataset import Dataset
from colorizer.errors import OutputError
from colorizer.evaluation import cache, evaluate_runs, evaluated_datasets, known_metrics, picture_errors
from colorizer.runs import Run
from tests.factories import folder_bytes

pytestmark = pytest.mark.usefixtures("brief")


def without(*path: str) -> Callable[[str], str]:
    """Return a function that removes a key from JSON."""

    def remove(text: str) -> str:
        values = json.loads(text)
        place = values
        for name in path[:-1]:
            place = place[name]
        del place[path[-1]]
        return json.dumps(values)

    return remove


def with_metric(value: str) -> Callable[[str], str]:
    """Return a function that replaces the mean squared errors in JSON."""
    return lambda text: re.sub(r'("mse": )[0-9.e-]+', rf"\g<1>{value}", text)


def cached(run: Run) -> Path:
    """Return the path of a run's evaluation on `tiny`."""
    return cache.folders(run)[0] / "tiny-test.json"


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: "",
        lambda text: text[: len(text) // 2],
        lambda text: "[]",
        lambda text: "3",
        lambda text: '{"version": 4}',
        lambda text: "\x00",
        without("version"),
        without("errors"),
        without("network"),
        without("metrics", "within_5"),
        without("baseline", "intervals"),
        lambda text: "[" * 100_000,
        lambda text: text.replace("0.", "1e400", 1),
        with_metric("NaN"),
        with_metric("Infinity"),
        with_metric("1" * 400),
        with_metric('"0.1"'),
        with_metric("null"),
    ],
)
def test_damaged_metrics_are_measured_again(trained: Run, tiny: Dataset, damage: Callable[[str], str]) -> None:
    first = evaluate_runs([trained], tiny)
    path = cached(trained)
    path.write_text(damage(path.read_text()))
    assert known_metrics([trained], "tiny") == []
    assert picture_errors([trained], "tiny") == {}
    assert without_time(evaluate_runs([trained], tiny)) == without_time(first)
    assert known_metrics([trained], "tiny") != []


@pytest.mark.parametrize("data", [b"", b"\x93NUMPY", bytes(176)])
def test_damaged_picture_errors_are_measured_again(trained: Run, tiny: Dataset, data: bytes) -> None:
    evaluate_runs([trained], tiny)
    first = picture_errors([trained], "tiny")
    path = cached(trained).with_suffix(".npy")
    path.write_bytes(data)
    assert picture_errors([trained], "tiny") == {}
    evaluate_runs([trained], tiny)
    again = picture_errors([trained], "tiny")
    assert again.keys() == first.keys()
    assert all(np.array_equal(again[name], first[name]) for name in first)
    path.unlink()
    assert known_metrics([trained], "tiny") == []


def test_picture_errors_of_another_shape_are_ignored(trained: Run, tiny: Dataset) -> None:
    evaluate_runs([trained], tiny)
    path = cached(trained)
    np.save(path.with_suffix(".npy"), np.zeros(12, np.float32))
    values = json.loads(path.read_text())
    values["errors"] = cache.digest(path.with_suffix(".npy").read_bytes())
    path.write_text(json.dumps(values))
    assert known_metrics([trained], "tiny") == []


def test_pickled_objects_are_never_loaded(trained: Run, tiny: Dataset) -> None:
    evaluate_runs([trained], tiny)
    path = cached(trained)
    np.save(path.with_suffix(".npy"), np.array([Bomb()], dtype=object), allow_pickle=True)
    values = json.loads(path.read_text())
    values["errors"] = cache.digest(path.with_suffix(".npy").read_bytes())
    path.write_text(json.dumps(values))
    assert cache.find(trained, "tiny", "test", None) is None


class Bomb:
    """Fails the test that unpickles it."""

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return pytest.fail, ("unpickled",)


def test_network_digest_changes_with_weights(trained: Run) -> None:
    first = cache.network_digest(trained)
    assert cache.network_digest(trained) == first
    data = bytearray(trained.best_weights.read_bytes())
    data[-1] ^= 1
    trained.best_weights.write_bytes(data)
    assert cache.network_digest(trained) != first
    trained.best_weights.unlink()
    assert cache.network_digest(trained) == ""


def test_a_run_without_weights_has_no_known_metrics(trained: Run, tiny: Dataset) -> None:
    evaluate_runs([trained], tiny)
    trained.best_weights.unlink()
    assert known_metrics([trained], "tiny") == []


def test_evaluation_writes_only_to_the_cache(trained: Run, tiny: Dataset) -> None:
    before = folder_bytes(trained.folder.parent)
    evaluate_runs([trained], tiny)
    assert folder_bytes(trained.folder.parent) == before
    names = sorted(path.name for path in cached(trained).parent.iterdir())
    assert names == ["tiny-test.json", "tiny-test.npy"]


def test_published_evaluation_needs_no_cache(trained: Run, tiny: Dataset, home: Path) -> None:
    metrics = evaluate_runs([trained], tiny, publish=True)
    assert (trained.folder / "evaluations" / "tiny-test.json").is_file()
    shutil.rmtree(home / "data")
    assert known_metrics([trained], "tiny") == metrics
    assert evaluated_datasets(trained) == ["tiny"]


def test_unwritable_run_folder_is_reported_when_publishing(trained: Run, tiny: Dataset) -> None:
    (trained.folder / "evaluations").write_text("in the way")
    with pytest.raises(OutputError, match="cannot be written"):
        evaluate_runs([trained], tiny, publish=True)


def without_time(metrics: list[cache.Metrics]) -> list[cache.Metrics]:
    """Remove the only metric that differs from one measurement to the next."""
    return [{key: value for key, value in row.items() if key != "ms_per_image"} for row in metrics]
