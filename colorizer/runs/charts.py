"""Learning curves, drawn in one way: as a Vega-Lite chart on pages, with Matplotlib in files and reports.

A run has one color everywhere. Its test loss is solid, its training loss dotted, and a diamond marks its best epoch.
"""

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from colorizer.errors import InputError
from colorizer.runs.curve import downsample, smooth

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PALETTE = ("#d9541e", "#0d9488", "#8b5cf6", "#2f7de1", "#b07d0a", "#d6409f", "#5b8c2a", "#8a7a6d")
"""Colors of runs. Each has a contrast of at least 3.5 to the light and to the dark background."""
BASELINE_COLOR = "#8d8d8d"
"""Color of the grayscale baseline and of other reference lines."""
AXES = {"Epoch": "Epoch", "Step": "Optimizer step", "Time": "Minutes of training"}
"""What a curve can be drawn against, with the title of the axis."""
_COLUMNS = {"Epoch": "epoch", "Step": "step", "Time": "seconds"}
_SPLITS = (("Test", "test_loss"), ("Training", "train_loss"))
_MAX_POINTS = 300


@dataclass(frozen=True)
class Curve:
    """The learning curve of one run."""

    label: str
    """What the run is called in the legend; unique within a chart."""
    metrics: pd.DataFrame
    """One row per finished epoch, as from `Run.metrics`; may be empty."""
    color: str = PALETTE[0]
    steps: pd.DataFrame | None = None
    """The training loss within epochs: rows of steps.jsonl, as from `Run.steps`."""


@dataclass(frozen=True)
class ChartSettings:
    """How learning curves are drawn."""

    axis: str = "Epoch"
    """A key of `AXES`."""
    log: bool = False
    """Logarithmic losses."""
    smoothing: float = 0.0
    """Weight of the past in an exponential moving average, from 0 (none) to below 1."""
    training: bool = True
    """Draw the training loss beside the test loss."""
    references: tuple[tuple[str, float], ...] = ()
    """Losses drawn as horizontal lines, each with its label."""


def run_colors(chosen: Sequence[str], known: Sequence[str]) -> dict[str, str]:
    """Return a color for each chosen run: always the same one, unless two of them would share it.

    Args:
        chosen: names of runs; with more than eight, colors repeat.
        known: names of all runs, in a fixed order; the first position of a name counts.
    """
    colors: dict[str, str] = {}
    for name in sorted(chosen, key=known.index):
        first = known.index(name)
        order = [PALETTE[(first + step) % len(PALETTE)] for step in range(len(PALETTE))]
        colors[name] = next((color for color in order if color not in colors.values()), order[0])
    return {name: colors[name] for name in chosen}


def vega_chart(
    curves: Sequence[Curve], settings: ChartSettings, *, legend: bool = True, is_growing: bool = False
) -> tuple[dict[str, Any], pd.DataFrame]:
    """Return a Vega-Lite specification and its data, for `st.vega_lite_chart(data, spec)`.

    While a training runs mostly only the data change, so the browser updates the chart instead of rebuilding it.

    Args:
        curves: those without a finished epoch or step are left out.
        settings: how to draw them.
        legend: name the runs above the chart, if there are several.
        is_growing: leave some room on the right, so that the axis changes seldom while a run is trained.
    """
    curves = [curve for curve in curves if len(curve.metrics) or _has_steps(curve, settings)]
    data = _vega_data(curves, settings)
    # The loss of the first steps is so high that it would flatten the curve of the epochs.
    losses = data.loss[data.kind != "step"]
    if max((len(curve.metrics) for curve in curves), default=0) < 2:
        losses = data.loss
    kinds = set(data.kind)
    # Without domains of its own, Vega warns of an infinite extent until the data arrive.
    x = {"field": "x", "type": "quantitative", "title": AXES[settings.axis],
         "scale": {"domain": [0, _axis_end(data.x.max(), is_growing)], "nice": False},
         "axis": {"tickMinStep": 1} if settings.axis != "Time" else {}}  # fmt: skip
    scale = {"domain": _loss_domain(losses, settings.log), "type": "log" if settings.log else "linear",
             "nice": False}  # fmt: skip
    y = {"field": "loss", "type": "quantitative", "title": "Mean squared error", "scale": scale,
         "axis": {"format": "~g"}}  # fmt: skip
    color = {
        "field": "run", "type": "nominal", "title": None,
        "scale": {"domain": [curve.label for curve in curves], "range": [curve.color for curve in curves]},
        "legend": {"orient": "top", "symbolOpacity": 1} if legend and len(curves) > 1 else None,
    }  # fmt: skip
    line: dict[str, Any] = {"x": x, "y": y, "color": color}
    if settings.training:
        dashes = {"domain": ["Test", "Training"], "range": [[1, 0], [2, 3]]}
        line["strokeDash"] = {
            "field": "split", "type": "nominal", "title": None, "scale": dashes, "legend": {"orient": "top"},
        }  # fmt: skip
    splits = _SPLITS if settings.training else _SPLITS[:1]
    labels = [f"{curve.label}: {split.lower()}" for curve in curves for split, _ in splits]
    tooltip = [{"field": "where", "type": "nominal", "title": AXES[settings.axis]}]
    tooltip += [{"field": f"value{number}", "type": "nominal", "title": label} for number, label in enumerate(labels)]
    crosshair = {"type": "point", "fields": ["x"], "nearest": True, "on": "pointermove", "clear": "pointerout"}
    opacity = {"condition": {"param": "crosshair", "empty": False, "value": 0.8}, "value": 0}
    diamond = {"type": "point", "shape": "diamond", "filled": True, "size": 150, "opacity": 1}
    text = {"type": "text", "align": "right", "baseline": "bottom", "dx": -4, "dy": -3, "color": BASELINE_COLOR}
    layers = {
        "step": [_layer("step", {"type": "line", "opacity": 0.5, "strokeWidth": 1, "clip": True}, line)],
        "raw": [_layer("raw", {"type": "line", "opacity": 0.28, "strokeWidth": 1}, line)],
        "line": [_layer("line", {"type": "line", "strokeWidth": 2}, line)],
        # A line through one point would be invisible.
        "point": [_layer("point", {"type": "point", "filled": True, "size": 60, "opacity": 1}, line)],
        "best": [_layer("best", diamond, {"x": x, "y": y, "color": color})],
        "reference": [
            _layer("reference", {"type": "rule", "strokeDash": [6, 4], "color": BASELINE_COLOR}, {"y": y}),
            _layer("reference", text, {"x": {"value": "width"}, "y": y, "text": {"field": "run", "type": "nominal"}}),
        ],
        "crosshair": [
            {
                **_layer(
                    "crosshair",
                    {"type": "rule", "color": BASELINE_COLOR},
                    {"x": x, "opacity": opacity, "tooltip": tooltip},
                ),
                "params": [{"name": "crosshair", "select": crosshair}],
            }
        ],
    }
    return {"height": 340, "layer": [layer for kind in layers if kind in kinds for layer in layers[kind]]}, data


def _layer(kind: str, mark: dict[str, Any], encoding: dict[str, Any]) -> dict[str, Any]:
    return {"transform": [{"filter": f"datum.kind == '{kind}'"}], "mark": mark, "encoding": encoding}


def _axis_end(value: float, is_growing: bool) -> float:
    if not value > 0:
        return 1.0
    if not is_growing:
        return float(value)
    step = 2.0 ** (math.floor(math.log2(value)) - 2)
    return math.ceil(value / step) * step


def _loss_domain(losses: pd.Series, log: bool) -> list[float]:
    """Return the ends of the axis of losses, rounded outwards so that they change seldom."""
    values = losses.to_numpy(float)
    values = values[np.isfinite(values) & (values > 0 if log else True)]
    if len(values) == 0:
        return [1e-3, 1.0]
    if log:
        low, high = np.log10([values.min(), values.max()])
        return [float(10 ** (math.floor(low * 20 - 0.2) / 20)), float(10 ** (math.ceil(high * 20 + 0.2) / 20))]
    low, high = values.min(), values.max()
    span = max(high - low, abs(high) / 10, 1e-12)
    step = 10.0 ** math.floor(math.log10(span)) / 20
    return [math.floor((low - span / 50) / step) * step, math.ceil((high + span / 50) / step) * step]


def _vega_data(curves: Sequence[Curve], settings: ChartSettings) -> pd.DataFrame:
    """Everything the chart shows as one table; the column `kind` names the layer of a row."""
    frames = [pd.DataFrame(columns=["x", "loss", "run", "split", "kind"])]
    splits = _SPLITS if settings.training else _SPLITS[:1]
    for curve in curves:
        if curve.steps is not None and _has_steps(curve, settings):
            x, losses = (
                _along(curve.steps, settings),
                smooth(curve.steps.train_loss.to_numpy(float), settings.smoothing),
            )
            rows = downsample(len(x), _MAX_POINTS)
            step = {"x": x[rows], "loss": losses[rows], "run": curve.label, "split": "Training", "kind": "step"}
            frames.append(pd.DataFrame(step))
        if curve.metrics.empty:
            continue
        x, best = _along(curve.metrics, settings), _best_row(curve)
        rows = downsample(len(x), _MAX_POINTS, keep=(best,))
        for split, column in splits:
            losses = curve.metrics[column].to_numpy(float)
            shown = {"line": (smooth(losses, settings.smoothing), rows)}
            if settings.smoothing > 0:
                shown["raw"] = (losses, rows)
            if len(x) == 1:
                shown["point"] = (losses, rows)
            if split == "Test":
                shown["best"] = (losses, np.array([best]))
            frames += [
                pd.DataFrame({"x": x[at], "loss": values[at], "run": curve.label, "split": split, "kind": kind})
                for kind, (values, at) in shown.items()
            ]
    if curves:
        references = pd.DataFrame(list(settings.references), columns=["run", "loss"]).assign(kind="reference")
        frames += [references, _crosshair(curves, settings)]
    return pd.concat([frame for frame in frames if len(frame) or frame is frames[0]], ignore_index=True)


def _crosshair(curves: Sequence[Curve], settings: ChartSettings) -> pd.DataFrame:
    """For every position of the crosshair the losses of each run there, as text."""
    tables = [curve.steps if curve.metrics.empty and curve.steps is not None else curve.metrics for curve in curves]
    positions = [_along(table, settings) for table in tables]
    everywhere = np.unique(np.concatenate(positions))
    everywhere = everywhere[downsample(len(everywhere), _MAX_POINTS)]
    form = "{:,.0f}" if settings.axis == "Step" or (everywhere == np.floor(everywhere)).all() else "{:,.2f}"
    columns: dict[str, Any] = {"x": everywhere, "kind": "crosshair", "where": [form.format(x) for x in everywhere]}
    number = 0
    for table, x in zip(tables, positions, strict=True):
        nearest = np.abs(x[None, :] - everywhere[:, None]).argmin(axis=1)
        is_inside = everywhere <= x.max()
        for _, column in _SPLITS if settings.training else _SPLITS[:1]:
            losses = table[column].to_numpy(float)[nearest] if column in table else np.full(len(nearest), np.nan)
            columns[f"value{number}"] = [
                f"{loss:.6f}" if inside and np.isfinite(loss) else "-"
                for loss, inside in zip(losses, is_inside, strict=True)
            ]
            number += 1
    return pd.DataFrame(columns)


def _has_steps(curve: Curve, settings: ChartSettings) -> bool:
    return settings.training and curve.steps is not None and not curve.steps.empty


def _along(table: pd.DataFrame, settings: ChartSettings) -> np.ndarray:
    """Return the position of each row on the horizontal axis."""
    return table[_COLUMNS[settings.axis]].to_numpy(float) / (60 if settings.axis == "Time" else 1)


def _best_row(curve: Curve) -> int:
    return int(curve.metrics.test_loss.to_numpy(float).argmin())


def plot_curves(axes: "Axes", curves: Sequence[Curve], settings: ChartSettings, *, ink: str = "black") -> None:
    """Draw learning curves with Matplotlib.

    Args:
        axes: where to draw them.
        curves: those without a finished epoch are left out.
        settings: how to draw them.
        ink: color of the legend's text.
    """
    for curve in curves:
        if curve.metrics.empty:
            continue
        x, best = _along(curve.metrics, settings), _best_row(curve)
        marker = "o" if len(x) < 3 else None
        losses = {split: curve.metrics[column].to_numpy(float) for split, column in _SPLITS}
        test = smooth(losses["Test"], settings.smoothing)
        axes.plot(x, test, color=curve.color, marker=marker, label=curve.label)
        axes.plot(x[best], losses["Test"][best], "D", color=curve.color, ms=7)
        if settings.training:
            training = smooth(losses["Training"], settings.smoothing)
            axes.plot(x, training, color=curve.color, marker=marker, ls=":", lw=1.2)
    for label, loss in settings.references:
        axes.axhline(loss, color=BASELINE_COLOR, ls="--", lw=1, label=label)
    lines = "solid: test, dotted: training, diamond: best" if settings.training else "diamond: best"
    axes.set(xlabel=f"{AXES[settings.axis]} ({lines})", ylabel="Mean squared error")
    axes.set(yscale="log" if settings.log else "linear")
    if settings.log:
        axes.yaxis.set_major_formatter("{x:.4g}")
        axes.yaxis.set_minor_formatter("{x:.4g}")
    axes.legend(frameon=False, fontsize="small", labelcolor=ink)


def curves_png(curves: Sequence[Curve], settings: ChartSettings, title: str = "") -> bytes:
    """Return learning curves as a PNG of 1920x1080 pixels.

    Raises:
        InputError: no run has finished an epoch.
    """
    from matplotlib.figure import Figure

    if all(curve.metrics.empty for curve in curves):
        raise InputError("There is no curve yet: it starts after the first epoch.")
    figure = Figure(figsize=(9.6, 5.4), dpi=200, layout="constrained")
    axes = figure.subplots()
    plot_curves(axes, curves, settings)
    axes.set_title(title, parse_math=False)
    axes.spines[["top", "right"]].set_visible(False)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()
