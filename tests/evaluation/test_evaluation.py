"""Evaluate runs beside the grayscale baseline, and reuse earlier results."""

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch

from colorizer import files
from colorizer.color import luma
from colorizer.datasets.dataset import Dataset
from colorizer.datasets.loader import sequential_batches
from colorizer.datasets.prepare.pipeline import prepare
from colorizer.errors import InputError
from colorizer.evaluation import (
    cache,
    evaluate_runs,
    evaluated_datasets,
    known_metrics,
    measurable_runs,
    picture_errors,
)
from colorizer.inference import Colorizer
from colorizer.models import build_model
from colorizer.models.weights import save_weights
from colorizer.runs import Run, load_run
from colorizer.study import study_sum
from tests.factories import plain_luma, write_class_folders
from tests.training.helpers import tiny_config

pytestmark = pytest.mark.usefixtures("brief")


def untrained_run(name: str, architecture: str) -> Run:
    run = Run.create(name, tiny_config(architecture))
    save_weights(build_model(architecture), run.best_weights)
    return run


def test_baseline_comes_first_with_verifiable_metrics(trained: Run, tiny: Dataset) -> None:
    gray, metrics = evaluate_runs([trained], tiny)
    assert gray.keys() == metrics.keys() == set(cache.KEYS)
    assert (gray["run"], gray["parameters"], gray["macs"], gray["ms_per_image"]) == ("gray", 0, 0, 0)
    true = tiny.images("test") / 255
    mse = np.square(true - (plain_luma(tiny.images("test")) / 255)[..., None]).mean()
    assert gray["mse"] == pytest.approx(mse, rel=1e-4)
    assert gray["mse"] == pytest.approx(tiny.manifest.grayscale_mse, rel=1e-6)
    assert gray["loss_sum"] == pytest.approx(mse * 12 / 100, rel=1e-4)
    assert gray["psnr"] == pytest.approx(-10 * np.log10(mse), abs=1e-3)
    assert gray["colorfulness"] == pytest.approx(0, abs=1e-3)
    assert gray["colorfulness_distance"] == pytest.approx(gray["colorfulness_true"], rel=1e-4)
    assert gray["colorfulness_true"] == metrics["colorfulness_true"] > 10


def test_run_is_evaluated_with_its_best_weights(trained: Run, tiny: Dataset) -> None:
    metrics = evaluate_runs([trained], tiny)[1]
    assert (metrics["run"], metrics["architecture"]) == ("trained", "unet")
    assert metrics["parameters"] == build_model("unet").parameters_count
    assert metrics["ms_per_image"] > 0
    true = next(sequential_batches(torch.from_numpy(tiny.images("test")), 12))
    errors = (Colorizer.load("trained").predict_thumbnails(luma(true)) - true).square().mean(dim=(1, 2, 3)).numpy()
    assert metrics["mse"] == pytest.approx(errors.mean(), rel=1e-5)
    assert metrics["mse"] == pytest.approx(trained.metrics().test_loss.min(), rel=0.01)
    assert metrics["loss_sum"] == pytest.approx(study_sum(metrics["mse"], 12))
    known = picture_errors([trained], "tiny")
    assert known["trained"].dtype == np.float32
    assert known["trained"] == pytest.approx(errors, rel=1e-4)
    of_gray = (luma(true) - true).square().mean(dim=(1, 2, 3)).numpy()
    assert known["gray"] == pytest.approx(of_gray, rel=1e-4)


def test_runs_keep_their_order(trained: Run, tiny: Dataset) -> None:
    other = untrained_run("other", "fc512")
    assert [row["run"] for row in evaluate_runs([other, trained], tiny)] == ["gray", "other", "trained"]
    assert [row["run"] for row in evaluate_runs([trained, other], tiny)] == ["gray", "trained", "other"]


def test_no_runs_return_only_the_baseline(tiny: Dataset) -> None:
    assert [row["run"] for row in evaluate_runs([], tiny)] == ["gray"]


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record what images are sent through from now on: `gray`, or a network."""
    from colorizer.evaluation import measure

    names: list[str] = []
    measure_pictures = measure.measure_pictures

    def record(true: np.ndarray, predict: object, on_progress: object) -> dict[str, np.ndarray]:
        names.append("network" if hasattr(predict, "__self__") else "gray")
        return measure_pictures(true, predict, on_progress)  # type: ignore[arg-type]

    monkeypatch.setattr(measure, "measure_pictures", record)
    return names


def test_second_evaluation_comes_from_cache(trained: Run, tiny: Dataset, measured: list[str]) -> None:
    first = evaluate_runs([trained], tiny)
    assert measured == ["gray", "network"]
    reported: list[str] = []
    assert evaluate_runs([trained], tiny, on_progress=lambda name, fraction: reported.append(name)) == first
    assert measured == ["gray", "network"]
    assert reported == []


def test_changed_weights_are_measured_again_but_not_the_baseline(
    trained: Run, tiny: Dataset, measured: list[str]
) -> None:
    first = evaluate_runs([trained], tiny)
    save_weights(build_model("unet"), trained.best_weights)
    assert known_metrics([trained], "tiny") == []
    assert picture_errors([trained], "tiny") == {}
    second = evaluate_runs([trained], tiny)
    assert measured == ["gray", "network", "network"]
    assert second[0] == first[0]
    assert second[1]["mse"] != first[1]["mse"]
    assert known_metrics([trained], "tiny") == second


def test_changed_luma_setting_is_measured_again(trained: Run, tiny: Dataset) -> None:
    first = evaluate_runs([trained], tiny)
    files.write_json(trained.folder / "config.json", {**asdict(trained.config), "keep_luma": False})
    assert evaluate_runs([load_run("trained")], tiny)[1]["mse"] != first[1]["mse"]


def test_replaced_dataset_is_measured_again(trained: Run, tiny: Dataset, home: Path) -> None:
    first = evaluate_runs([trained], tiny)
    tiny.folder.rename(home / "old")
    assert known_metrics([trained], "tiny") == first
    other = prepare([str(write_class_folders(home / "others", train=6, test=6, seed=5))], "tiny")
    assert known_metrics([trained], "tiny") == []
    assert picture_errors([trained], "tiny") == {}
    second = evaluate_runs([trained], other)
    assert second[0]["mse"] != first[0]["mse"]
    assert second[1]["mse"] != first[1]["mse"]


def test_older_version_is_measured_again(
    trained: Run, tiny: Dataset, measured: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluate_runs([trained], tiny)
    monkeypatch.setattr(cache, "VERSION", cache.VERSION + 1)
    assert known_metrics([trained], "tiny") == []
    evaluate_runs([trained], tiny)
    assert measured == ["gray", "network"] * 2


def test_on_another_computer_only_the_time_is_measured_again(
    trained: Run, tiny: Dataset, measured: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = evaluate_runs([trained], tiny)[1]
    monkeypatch.setattr(cache, "computer", lambda: "another one")
    monkeypatch.setattr("colorizer.evaluation.cost.milliseconds", lambda colorizer, size: 1e6)
    assert evaluate_runs([trained], tiny)[1] == {**first, "ms_per_image": 1e6}
    assert known_metrics([trained], "tiny")[1] == {**first, "ms_per_image": 1e6}
    assert measured == ["gray", "network"]


def test_renamed_run_keeps_its_metrics(trained: Run, tiny: Dataset) -> None:
    evaluate_runs([trained], tiny)
    renamed = trained.rename("renamed")
    assert known_metrics([renamed], "tiny")[1]["run"] == "renamed"


def test_splits_are_separate(trained: Run, tiny: Dataset) -> None:
    test, train = evaluate_runs([trained], tiny), evaluate_runs([trained], tiny, "train")
    assert test[0]["mse"] != train[0]["mse"]
    assert known_metrics([trained], "tiny") == test
    assert known_metrics([trained], "tiny", "train") == train
    errors = [picture_errors([trained], "tiny", split) for split in ("test", "train")]
    assert [{name: len(of) for name, of in some.items()} for some in errors] == [
        {"gray": 12, "trained": 12},
        {"gray": 48, "trained": 48},
    ]
    assert evaluated_datasets(trained) == ["tiny"]


def test_baseline_errors_need_no_images(trained: Run, tiny: Dataset) -> None:
    gray = evaluate_runs([trained], tiny)[0]
    (tiny.folder / "test.npy").unlink()
    assert picture_errors([trained], "tiny")["gray"].mean() == pytest.approx(gray["mse"], rel=1e-6)


def test_known_metrics_need_no_dataset(trained: Run, tiny: Dataset) -> None:
    assert known_metrics([trained], "tiny") == []
    metrics = evaluate_runs([trained], tiny)
    (tiny.folder / "manifest.json").unlink()
    assert known_metrics([trained], "tiny") == metrics


def test_unwritable_cache_still_returns_metrics(trained: Run, tiny: Dataset, home: Path) -> None:
    (home / "data" / ".cache").write_text("in the way")
    assert [row["run"] for row in evaluate_runs([trained], tiny)] == ["gray", "trained"]
    assert known_metrics([trained], "tiny") == []


def test_progress_reaches_one(trained: Run, tiny: Dataset) -> None:
    steps: list[tuple[str, float]] = []
    other = untrained_run("other", "fc512")
    evaluate_runs([trained, other], tiny, on_progress=lambda *step: steps.append(step))
    assert [name for name, _ in steps] == ["gray", "gray", "trained", "trained", "other", "other"]
    assert [fraction for _, fraction in steps] == pytest.approx([0, 1 / 3, 1 / 3, 2 / 3, 2 / 3, 1])


def test_cached_evaluation_does_not_import_pytorch(trained: Run, tiny: Dataset) -> None:
    metrics = evaluate_runs([trained], tiny)
    code = (
        "import json, sys; from colorizer.cli import main; code = main(sys.argv[1:]); "
        "print('torch' in sys.modules); sys.exit(code)"
    )
    command = [sys.executable, "-c", code, "evaluate", "trained", "--dataset", "tiny", "--json", str(tiny.folder / "f")]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stdout.splitlines()[-1] == "False"
    assert json.loads((tiny.folder / "f").read_text()) == metrics


def test_wrong_image_size_is_rejected_before_measuring(trained: Run, home: Path) -> None:
    large = prepare([str(write_class_folders(home / "others", train=6, test=3))], "large", 64)
    with pytest.raises(InputError, match="32x32"):
        evaluate_runs([trained, untrained_run("other", "fc512")], large)
    assert evaluated_datasets(trained) == []


def test_measurable_runs_have_weights_and_take_the_image_size(trained: Run, tiny: Dataset, home: Path) -> None:
    untrained_run("small", "fc512")
    Run.create("new", tiny_config("unet"))
    (Run.create("damaged", tiny_config("unet")).folder / "config.json").write_text("{")
    assert [run.name for run in measurable_runs(tiny)] == ["small", "trained"]
    large = prepare([str(write_class_folders(home / "others", train=6, test=3))], "large", 64)
    assert [run.name for run in measurable_runs(large)] == ["trained"]
