"""Figures of runs beside the gray copy, and figures measured before."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from colorizer import evaluation
from colorizer.color import luma
from colorizer.datasets.batches import in_order
from colorizer.datasets.dataset import Dataset
from colorizer.datasets.prepare import prepare
from colorizer.errors import InputError
from colorizer.evaluation import evaluate_runs, evaluated_datasets, known_figures
from colorizer.inference import Colorizer
from colorizer.models.colorization import ColorizationModel
from colorizer.models.weights import save_weights
from colorizer.runs.store import Run, create_run
from tests.making import plain_luma, write_class_folders
from tests.training.helping import tiny_config

KEYS = {
    "run", "architecture", "parameters", "mse", "loss_sum", "psnr", "psnr_mean", "ssim", "ciede2000",
    "colorfulness", "colorfulness_true",
}  # fmt: skip


def untrained_run(name: str, architecture: str) -> Run:
    run = create_run(name, tiny_config(architecture))
    save_weights(ColorizationModel(architecture), run.best_weights)
    return run


def test_the_gray_copy_comes_first_with_figures_that_can_be_checked(trained: Run, tiny: Dataset) -> None:
    gray, figures = evaluate_runs([trained], tiny)
    assert gray.keys() >= KEYS
    assert figures.keys() >= KEYS
    assert (gray["run"], gray["parameters"]) == ("gray", 0)
    true = tiny.images("test") / 255
    mse = np.square(true - (plain_luma(tiny.images("test")) / 255)[..., None]).mean()
    assert gray["mse"] == pytest.approx(mse, rel=1e-4)
    assert gray["mse"] == pytest.approx(tiny.manifest.gray_copy_mse, rel=1e-6)
    assert gray["loss_sum"] == pytest.approx(mse, rel=1e-4)
    assert gray["psnr"] == pytest.approx(-10 * np.log10(mse), abs=1e-3)
    assert gray["colorfulness"] == pytest.approx(0, abs=1e-3)
    assert gray["colorfulness_true"] == figures["colorfulness_true"] > 10


def test_a_run_is_measured_with_its_best_weights(trained: Run, tiny: Dataset) -> None:
    figures = evaluate_runs([trained], tiny)[1]
    assert (figures["run"], figures["architecture"]) == ("trained", "unet")
    assert figures["parameters"] == ColorizationModel("unet").parameters_count
    colorizer = Colorizer.load("trained")
    true = next(in_order(torch.from_numpy(tiny.images("test")), 12))
    mse = (colorizer.predict_thumbnails(luma(true)) - true).square().mean().item()
    assert figures["mse"] == pytest.approx(mse, rel=1e-5)
    assert figures["mse"] == pytest.approx(trained.metrics().test_loss.min(), rel=0.01)


def test_several_runs_come_in_the_order_asked_for(trained: Run, tiny: Dataset) -> None:
    other = untrained_run("other", "fc512")
    names = [figures["run"] for figures in evaluate_runs([other, trained], tiny)]
    assert names == ["gray", "other", "trained"]
    table = evaluation.table(evaluate_runs([trained, other], tiny))
    assert [line.split()[0] for line in table.splitlines()[-3:]] == ["gray", "trained", "other"]
    assert "2,659,888" in table


def test_no_runs_give_the_gray_copy_alone(tiny: Dataset) -> None:
    assert [figures["run"] for figures in evaluate_runs([], tiny)] == ["gray"]


def test_figures_are_measured_once_and_then_read(trained: Run, tiny: Dataset) -> None:
    first = evaluate_runs([trained], tiny)
    path = trained.folder / "evaluations" / "tiny-test.json"
    entry = json.loads(path.read_text())
    entry["figures"]["ssim"] = 0.123
    path.write_text(json.dumps(entry))
    told: list[str] = []
    second = evaluate_runs([trained], tiny, progress=lambda what, share: told.append(what))
    assert second[1] == {**first[1], "ssim": 0.123}
    assert second[0] == first[0]
    assert told == []


def test_other_weights_are_measured_anew(trained: Run, tiny: Dataset) -> None:
    first = evaluate_runs([trained], tiny)
    save_weights(ColorizationModel("unet"), trained.best_weights)
    second = evaluate_runs([trained], tiny)
    assert second[0] == first[0]
    assert second[1]["mse"] != first[1]["mse"]


def test_another_dataset_of_the_same_name_is_measured_anew(trained: Run, tiny: Dataset, home: Path) -> None:
    first = evaluate_runs([trained], tiny)
    tiny.folder.rename(home / "old")
    other = prepare([str(write_class_folders(home / "others", train=6, test=6, seed=5))], "tiny")
    second = evaluate_runs([trained], other)
    assert second[0]["mse"] != first[0]["mse"]
    assert second[1]["mse"] != first[1]["mse"]


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"key": 1}', "\x00"])
def test_damaged_figures_are_measured_anew(trained: Run, tiny: Dataset, text: str) -> None:
    first = evaluate_runs([trained], tiny)
    (trained.folder / "evaluations" / "tiny-test.json").write_text(text)
    assert known_figures([trained], "tiny") == []
    assert evaluate_runs([trained], tiny) == first


def test_splits_are_kept_apart(trained: Run, tiny: Dataset) -> None:
    test, train = evaluate_runs([trained], tiny), evaluate_runs([trained], tiny, "train")
    assert test[0]["mse"] != train[0]["mse"]
    assert known_figures([trained], "tiny") == test
    assert known_figures([trained], "tiny", "train") == train
    assert evaluated_datasets(trained) == ["tiny"]


def test_known_figures_need_no_dataset(trained: Run, tiny: Dataset) -> None:
    assert known_figures([trained], "tiny") == []
    figures = evaluate_runs([trained], tiny)
    (tiny.folder / "manifest.json").unlink()
    assert known_figures([trained], "tiny") == figures


def test_progress_is_told_up_to_the_end(trained: Run, tiny: Dataset) -> None:
    told: list[tuple[str, float]] = []
    evaluate_runs([trained, untrained_run("other", "fc512")], tiny, progress=lambda *step: told.append(step))
    assert told == [("trained", 0.5), ("other", 1.0)]


def test_a_run_that_does_not_take_the_images_is_refused_before_any_is_measured(trained: Run, home: Path) -> None:
    large = prepare([str(write_class_folders(home / "others", train=6, test=3))], "large", 64)
    with pytest.raises(InputError, match="32x32"):
        evaluate_runs([trained, untrained_run("other", "fc512")], large)
    assert not (trained.folder / "evaluations").exists()
