"""Learning curves, their charts, and exports of a run."""

import io
import itertools
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from colorizer.errors import InputError
from colorizer.imaging import decode_image
from colorizer.models.base import build_model
from colorizer.models.weights import load_weights, save_weights
from colorizer.runs import Run, TrainingConfig
from colorizer.runs.charts import ChartSettings, Curve, curves_png, run_colors, vega_chart
from colorizer.runs.curve import MetricsReader, downsample, overfitting_since, smooth
from colorizer.runs.export import animation, export, frame_epochs
from colorizer.runs.store import METRICS

LINE = dict.fromkeys(METRICS, 0.5)


def metrics(train: np.ndarray, test: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({"epoch": np.arange(1, len(test) + 1), "train_loss": train, "test_loss": test})


def test_metrics_reader_follows_a_growing_file(trained: Run) -> None:
    curve = MetricsReader(trained.folder / "metrics.jsonl")
    assert curve.read().equals(trained.metrics().astype(float))
    assert curve.read() is curve.read(), "nothing new, nothing done"
    for epoch in (2, 3):
        trained.append_metrics({**LINE, "epoch": epoch})
    assert list(curve.read().epoch) == [1, 2, 3]
    with (trained.folder / "metrics.jsonl").open("a") as file:
        file.write('{"epoch": 4, "st')
    assert list(curve.read().epoch) == [1, 2, 3]
    trained.truncate_metrics(2)
    assert list(curve.read().epoch) == [1, 2]
    trained.append_metrics({**LINE, "epoch": 3})
    assert list(curve.read().epoch) == [1, 2, 3]
    (trained.folder / "metrics.jsonl").unlink()
    assert curve.read().empty


def test_metrics_reader_without_a_file_is_empty(tmp_path: Path) -> None:
    assert MetricsReader(tmp_path / "metrics.jsonl").read().empty


def test_smoothing_keeps_a_constant_and_reduces_noise() -> None:
    assert smooth(np.full(9, 2.0), 0.9) == pytest.approx(2.0)
    noise = np.random.default_rng(0).normal(size=500)
    assert smooth(noise, 0.9).std() < 0.4 * noise.std()
    assert smooth(noise, 0.0) is noise


def test_downsampling_keeps_first_last_and_best() -> None:
    rows = downsample(2000, 300, keep=(777,))
    assert {0, 777, 1999} <= set(rows)
    assert len(rows) <= 301
    assert list(rows) == sorted(rows)
    assert list(downsample(3, 300)) == [0, 1, 2]


@pytest.mark.parametrize("noise", [0.0, 2e-5])
def test_rising_test_loss_is_overfitting_since_the_best_epoch(noise: float) -> None:
    epochs = np.arange(1, 101)
    random = np.random.default_rng(1)
    test = 0.005 + 1e-7 * np.square(epochs - 41) + noise * random.normal(size=100)
    curve = metrics(0.006 / np.sqrt(epochs), test)
    since = overfitting_since(curve)
    assert since == curve.epoch[test.argmin()]
    assert since == pytest.approx(41, abs=12)


@pytest.mark.parametrize(
    "test",
    [
        0.005 + 0.01 / np.arange(1, 101),
        0.005 + 1e-4 * np.random.default_rng(0).normal(size=100),
        np.r_[np.linspace(0.01, 0.005, 96), 0.0051, 0.0052, 0.0053, 0.0054],
        np.array([0.01]),
        np.array([]),
    ],
    ids=["falling", "noise", "only just begun", "one epoch", "none"],
)
def test_other_curves_are_not_overfitting(test: np.ndarray) -> None:
    assert overfitting_since(metrics(np.linspace(0.01, 0.001, len(test)), test)) is None


def test_rise_of_both_losses_is_not_overfitting() -> None:
    loss = np.r_[np.linspace(0.01, 0.005, 20), np.linspace(0.005, 0.02, 80)]
    assert overfitting_since(metrics(loss, loss)) is None


def test_frame_epochs_stay_the_same_while_the_run_grows() -> None:
    short, long = frame_epochs(list(range(1, 301))), frame_epochs(list(range(1, 2001)))
    assert long[: len(short)] == short
    assert short[:5] == [1, 2, 3, 4, 5]
    assert len(long) < 80
    assert frame_epochs([]) == []


@pytest.mark.parametrize("kind", [".webp", ".gif"])
def test_animation_has_a_frame_per_epoch(kind: str, trained: Run) -> None:
    from PIL import Image

    for epoch in (2, 3):
        strip = (trained.samples / "true.png").read_bytes()
        (trained.samples / f"epoch-{epoch:05d}.png").write_bytes(strip)
    with Image.open(io.BytesIO(animation(trained, kind))) as film:
        assert getattr(film, "n_frames", 1) == 3
        assert film.size == (12 * 96, 3 * 96 + 28)


def test_export_of_png_and_csv(trained: Run) -> None:
    settings = ChartSettings(log=True, references=(("Grayscale baseline", 0.01),))
    figure = decode_image(curves_png([Curve("trained", trained.metrics())], settings)).pixels
    assert figure.shape == (1080, 1920, 3)
    assert figure.std() > 5
    pd.testing.assert_frame_equal(pd.read_csv(io.BytesIO(export(trained, ".csv"))), trained.metrics())


def test_export_without_samples_or_epochs_is_refused(trained: Run) -> None:
    for path in trained.samples.glob("epoch-*"):
        os.unlink(path)
    with pytest.raises(InputError, match="no sample images yet"):
        animation(trained)
    (trained.folder / "metrics.jsonl").unlink()
    with pytest.raises(InputError, match="no curve yet"):
        export(trained, ".png")


def long_curve(epochs: int, label: str = "a") -> Curve:
    epoch = np.arange(1, epochs + 1)
    losses = {"train_loss": 0.01 / epoch, "test_loss": 0.02 / epoch}
    return Curve(label, pd.DataFrame({"epoch": epoch, "step": 10 * epoch, "seconds": 60.0 * epoch, **losses}))


def test_vega_chart_has_only_layers_with_data() -> None:
    spec, data = vega_chart([long_curve(1)], ChartSettings())
    assert {"line", "point", "best", "crosshair"} == set(data.kind)
    spec, data = vega_chart([long_curve(50)], ChartSettings(smoothing=0.5, references=(("Study", 0.01),)))
    assert {"raw", "line", "best", "reference", "crosshair"} == set(data.kind)
    assert len(spec["layer"]) == 6
    assert vega_chart([long_curve(0)], ChartSettings())[0]["layer"] == []


@pytest.mark.parametrize("settings", [ChartSettings(), ChartSettings(axis="Time", training=False, log=True)])
def test_vega_chart_is_seldom_rebuilt_while_the_run_grows(settings: ChartSettings) -> None:
    charts = [vega_chart([long_curve(epochs)], settings, is_growing=True) for epochs in range(100, 200)]
    assert sum(one[0] != next[0] for one, next in itertools.pairwise(charts)) < 40
    assert len(vega_chart([long_curve(2000)], settings)[1]) < 1000


@pytest.mark.parametrize("log", [False, True])
def test_vega_axes_hold_all_points_of_one_epoch_or_many(log: bool) -> None:
    for epochs in (1, 2, 333):
        spec, data = vega_chart([long_curve(epochs)], ChartSettings(log=log))
        encoding = spec["layer"][0]["encoding"]
        (left, right), (low, high) = (encoding[axis]["scale"]["domain"] for axis in "xy")
        assert left == 0
        assert right == epochs
        assert low < data.loss.min()
        assert data.loss.max() < high


def test_crosshair_shows_every_run_at_the_nearest_epoch() -> None:
    data = vega_chart([long_curve(2, "a"), long_curve(4, "b")], ChartSettings())[1]
    table = data[data.kind == "crosshair"].set_index("where")
    assert list(table.index) == ["1", "2", "3", "4"]
    assert list(table.loc["2", ["value0", "value1", "value2", "value3"]]) == [
        "0.010000", "0.005000", "0.010000", "0.005000",
    ]  # fmt: skip
    assert list(table.loc["4", ["value0", "value2"]]) == ["-", "0.005000"]


def test_run_keeps_its_color_unless_another_has_it() -> None:
    known = [f"run-{number}" for number in range(20)]
    assert run_colors(["run-3"], known)["run-3"] == run_colors(["run-3", "run-5"], known)["run-3"]
    assert len(set(run_colors(["run-1", "run-9"], known).values())) == 2


SLOW = pytest.mark.skipif("COLORIZER_SLOW_TESTS" not in os.environ, reason="takes minutes: set COLORIZER_SLOW_TESTS=1")


@pytest.mark.parametrize(
    ("architecture", "shape"),
    [
        ("fc512", (3, 1, 32, 32)),
        ("unet", (1, 1, 40, 57)),
        pytest.param("photo", (1, 1, 96, 131), marks=SLOW),
    ],
)
def test_onnx_model_computes_what_pytorch_computes(architecture: str, shape: tuple[int, ...], home: Path) -> None:
    for package in ("onnx", "onnxscript"):
        pytest.importorskip(package, reason="the extra onnx is not installed")
    onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    torch.manual_seed(0)
    run = Run.create("mine", TrainingConfig(architecture))
    model = build_model(architecture).eval()
    save_weights(model, run.best_weights)
    load_weights(model, run.best_weights)
    session = onnxruntime.InferenceSession(export(run, ".onnx"), providers=["CPUExecutionProvider"])
    gray = torch.rand(shape)
    with torch.inference_mode():
        expected = model(gray).numpy()
    np.testing.assert_allclose(session.run(["rgb"], {"gray": gray.numpy()})[0], expected, atol=2e-5)


def test_onnx_export_without_its_packages_names_them(trained: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("colorizer.runs.export.find_spec", lambda name: None)
    with pytest.raises(InputError, match="pip install onnx onnxscript"):
        export(trained, ".onnx")


def test_steps_are_drawn_before_the_first_epoch_and_do_not_stretch_later_axes() -> None:
    step = np.arange(1, 11)
    steps = pd.DataFrame({"epoch": step / 10, "step": step, "seconds": step, "train_loss": 1.0 / step})
    spec, data = vega_chart([Curve("a", long_curve(0).metrics, steps=steps)], ChartSettings(), is_growing=True)
    assert set(data.kind) == {"step", "crosshair"}
    assert list(data[data.kind == "crosshair"].value1)[:2] == ["1.000000", "0.500000"]
    spec, data = vega_chart([Curve("a", long_curve(9).metrics, steps=steps)], ChartSettings())
    assert spec["layer"][0]["encoding"]["y"]["scale"]["domain"][1] < 0.03
