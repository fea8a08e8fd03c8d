"""The learning curve: one fixed picture of Vega-Lite, of which only the data change while a training runs.

Streamlit rebuilds an Altair chart whenever its data do; with the data beside the specification it updates the
chart that is there, which costs the browser little and keeps what somebody points at.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from colorizer.runs.curve import STUDY_RESULTS, smoothed, thinned
from colorizer.runs.store import Run

AXES = {"Epoch": "epoch", "Step": "step", "Time": "seconds"}
GRAY_LINE, STUDY_LINE = "left gray", "the study"
_TITLES = {"Epoch": "Epoch", "Step": "Step of the optimizer", "Time": "Minutes of training"}
_MOST_POINTS = 300
_COLUMNS = ["x", "loss", "series", "split", "kind", "epoch"]


@dataclass(frozen=True)
class Look:
    """How the curve is drawn."""

    axis: str = "Epoch"
    log: bool = False
    smoothing: float = 0.0
    lines: tuple[str, ...] = (GRAY_LINE,)


def draw_curves(curves: list[tuple[Run, pd.DataFrame]], look: Look, gray: float | None) -> None:
    """Draw training and test loss of each run.

    Args:
        curves: runs with their metrics; the first one's best epoch is marked.
        look: how to draw them.
        gray: mean squared error of the gray copy, if it is known.
    """
    data = curve_points(curves, look, gray)
    st.vega_lite_chart(
        data, _specification(look, several=len(curves) > 1), key="curve", alt="Training and test loss over the run",
        width="stretch",
    )  # fmt: skip


def curve_points(curves: list[tuple[Run, pd.DataFrame]], look: Look, gray: float | None) -> pd.DataFrame:
    """All that the chart shows as one table, thinned; `kind` says what a row is."""
    columns: dict[str, list[np.ndarray]] = {name: [] for name in _COLUMNS}

    def add(x: np.ndarray, loss: np.ndarray, epoch: np.ndarray, series: str, split: str, kind: str) -> None:
        for name, values in (("x", x), ("loss", loss), ("epoch", epoch)):
            columns[name].append(values)
        for name, text in (("series", series), ("split", split), ("kind", kind)):
            columns[name].append(np.full(len(x), text, dtype=object))

    for number, (run, metrics) in enumerate(curves):
        if metrics.empty:
            continue
        epochs, tests = metrics.epoch.to_numpy(float), metrics.test_loss.to_numpy(float)
        best = int(tests.argmin())
        rows = thinned(len(metrics), _MOST_POINTS, keep=(best,))
        where = metrics[AXES[look.axis]].to_numpy(float) / (60 if look.axis == "Time" else 1)
        for values, split in ((metrics.train_loss.to_numpy(float), "training"), (tests, "test")):
            series = run.name if len(curves) > 1 else split
            add(where[rows], smoothed(values, look.smoothing)[rows], epochs[rows], series, split, "line")
            if look.smoothing > 0:
                add(where[rows], values[rows], epochs[rows], series, split, "raw")
            if number == 0 and split == "test":
                add(where[[best]], values[[best]], epochs[[best]], series, split, "best")
    right = np.array([max((values.max() for values in columns["x"]), default=1.0)])
    for label, loss in _references(curves[0][0], look, gray):
        add(right, np.array([loss]), np.array([0.0]), label, "", "reference")
    return pd.DataFrame({name: np.concatenate(values) if values else [] for name, values in columns.items()})


def _references(run: Run, look: Look, gray: float | None) -> list[tuple[str, float]]:
    references = [(GRAY_LINE, gray)] if gray is not None and GRAY_LINE in look.lines else []
    study = STUDY_RESULTS.get(run.config.architecture)
    if study is not None and STUDY_LINE in look.lines:
        references.append((f"the study's best with this network, {study:.4f}", study))
    return references


def _specification(look: Look, several: bool) -> dict[str, Any]:
    scale = {"type": "log"} if look.log else {"zero": False}
    x = {"field": "x", "type": "quantitative", "title": _TITLES[look.axis], "axis": {"tickMinStep": 1}}
    y = {"field": "loss", "type": "quantitative", "title": "Mean squared error", "scale": scale}
    color: dict[str, Any] = {
        "field": "series", "type": "nominal", "title": None, "legend": {"orient": "top", "symbolOpacity": 1},
        "sort": None if several else ["training", "test"],
    }  # fmt: skip
    lines: dict[str, Any] = {"x": x, "y": y, "color": color}
    if several:
        dashes = {"domain": ["test", "training"], "range": [[1, 0], [3, 3]]}
        lines["strokeDash"] = {
            "field": "split", "type": "nominal", "title": None, "scale": dashes, "legend": {"orient": "top"},
        }  # fmt: skip
    tooltip = [
        {"field": "series", "type": "nominal", "title": "curve"},
        {"field": "epoch", "type": "quantitative", "title": "epoch"},
        {"field": "loss", "type": "quantitative", "format": ".6f"},
    ]
    return {
        "height": 340,
        "layer": [
            _layer("raw", {"type": "line", "opacity": 0.28, "strokeWidth": 1}, lines),
            _layer("line", {"type": "line", "strokeWidth": 2}, lines),
            _layer("line", {"type": "point", "opacity": 0, "size": 60}, {"x": x, "y": y, "tooltip": tooltip}),
            _layer(
                "best",
                {"type": "point", "shape": "diamond", "filled": True, "size": 150, "opacity": 1},
                {"x": x, "y": y, "color": {**color, "legend": None}, "tooltip": tooltip},
            ),
            _layer("reference", {"type": "rule", "strokeDash": [6, 4], "color": "gray"}, {"y": y}),
            _layer(
                "reference",
                {"type": "text", "align": "right", "baseline": "bottom", "dy": -3, "color": "gray"},
                {"x": x, "y": y, "text": {"field": "series", "type": "nominal"}},
            ),
        ],
    }


def _layer(kind: str, mark: dict[str, Any], encoding: dict[str, Any]) -> dict[str, Any]:
    return {"transform": [{"filter": f"datum.kind == '{kind}'"}], "mark": mark, "encoding": encoding}
