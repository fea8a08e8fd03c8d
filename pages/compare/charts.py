"""The charts of the compare page; a run has the same color in each."""

import altair as alt
import pandas as pd

from colorizer.comparison.comparison import Comparison
from colorizer.comparison.labels import GRAY_COLOR
from colorizer.runs.curve import downsample
from colorizer.runs.store import GRAY

AXES = {"Epoch": "epoch", "Time": "minutes"}
_TITLES = {"Epoch": "Epoch", "Time": "Minutes of training"}
_MOST_POINTS = 300
TEST, TRAINING = "test", "training"


def learning_curves(comparison: Comparison, axis: str, log: bool, training: bool) -> alt.LayerChart | alt.FacetChart:
    """Losses of each run; a diamond marks its best epoch.

    Args:
        comparison: at least one of its runs has finished an epoch.
        axis: one of `AXES`.
        log: logarithmic losses.
        training: the training losses too.
    """
    frame = _points(comparison, training)
    x = alt.X(f"{AXES[axis]}:Q", title=_TITLES[axis], axis=alt.Axis(tickMinStep=1))
    scale = alt.Scale(type="log", nice=False) if log else alt.Scale(zero=False)
    y = alt.Y("loss:Q", title="Mean squared error", scale=scale, axis=alt.Axis(format=".4f"))
    color = _color(comparison)
    tooltip = ["run:N", "split:N", "epoch:Q", alt.Tooltip("loss:Q", format=".6f")]
    lines = alt.Chart(frame).mark_line(strokeWidth=2).encode(x=x, y=y, color=color, detail="split:N")
    if training:
        dashes = alt.Scale(domain=[TEST, TRAINING], range=[[1, 0], [2, 3]])
        lines = lines.encode(strokeDash=alt.StrokeDash("split:N", scale=dashes, legend=None))
    hover = alt.Chart(frame).mark_point(opacity=0, size=80).encode(x=x, y=y, tooltip=tooltip)
    best = frame[frame.best]
    marks = (
        alt.Chart(best)
        .mark_point(shape="diamond", filled=True, size=140, opacity=1)
        .encode(x=x, y=y, color=_color(comparison), tooltip=tooltip)
    )
    layers: list[alt.Chart] = [lines, hover, marks]
    if comparison.gray_of_curves is not None:
        reference = alt.Chart(pd.DataFrame({"loss": [comparison.gray_of_curves], "text": ["left gray"]}))
        layers.append(reference.mark_rule(strokeDash=[6, 4], color=GRAY_COLOR).encode(y=y))
        layers.append(
            reference.mark_text(align="left", baseline="bottom", dx=4, dy=-3, color=GRAY_COLOR).encode(
                y=y, x=alt.value(0), text="text:N"
            )
        )
    return alt.layer(*layers).properties(height=420)


def _points(comparison: Comparison, training: bool) -> pd.DataFrame:
    frames = []
    for name, losses in comparison.curves.items():
        best = int(losses.test_loss.to_numpy().argmin())
        rows = downsample(len(losses), _MOST_POINTS, keep=(best,))
        for split in (TEST, TRAINING) if training else (TEST,):
            part = losses.iloc[rows]
            frames.append(
                pd.DataFrame(
                    {
                        "run": comparison.labels[name], "split": split, "epoch": part.epoch,
                        "minutes": part.seconds / 60,
                        "loss": part.test_loss if split == TEST else part.train_loss,
                        "best": (rows == best) & (split == TEST),
                    }
                )
            )  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def scatter(comparison: Comparison, key: str, title: str) -> alt.LayerChart | alt.FacetChart:
    """Mean squared error of each run, with its interval, against another of its figures.

    Args:
        comparison: its figures are known.
        key: the other figure.
        title: of its axis.
    """
    rows = []
    for entry in comparison.figures:
        if entry["run"] != GRAY:
            low, high = entry["intervals"]["mse"]
            label = comparison.labels[entry["run"]]
            rows.append({"run": label, "x": entry[key], "mse": entry["mse"], "low": low, "high": high})
    x = alt.X(
        "x:Q",
        title=title,
        scale=alt.Scale(type="log", nice=False, padding=60),
        axis=alt.Axis(format="~s", tickCount=4, grid=False),
    )
    scale = alt.Scale(zero=False, padding=30)
    y = alt.Y("mse:Q", title="Mean squared error", scale=scale, axis=alt.Axis(format=".4f"))
    chart = alt.Chart(pd.DataFrame(rows)).encode(color=_color(comparison))
    tooltip = ["run:N", alt.Tooltip("x:Q", title=title, format=",.4~r"), alt.Tooltip("mse:Q", format=".6f")]
    points = chart.mark_circle(size=160, opacity=1).encode(x=x, y=y, tooltip=tooltip)
    intervals = chart.mark_rule(strokeWidth=2).encode(x=x, y=alt.Y("low:Q", scale=scale), y2="high:Q")
    names = chart.mark_text(align="left", dx=12, fontWeight=600).encode(x=x, y=y, text="run:N")
    return alt.layer(intervals, points, names).properties(height=320)


def _color(comparison: Comparison) -> alt.Color:
    scale = alt.Scale(domain=list(comparison.labels.values()), range=list(comparison.colors.values()))
    return alt.Color("run:N", title=None, scale=scale, legend=None)
