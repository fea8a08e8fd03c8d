"""Charts of a dataset's statistics."""

from collections.abc import Mapping, Sequence

import altair as alt
import pandas as pd
import streamlit as st

from colorizer.datasets.dataset import SplitStatistics
from colorizer.datasets.prepare.statistics import CHANNELS, COLORFULNESS_BIN

_COLORS = {"red": "#e5484d", "green": "#30a46c", "blue": "#3e63dd", "gray": "#8d8d8d"}
_LEVELS_PER_BIN = 4


def show_histograms(statistics: Mapping[str, SplitStatistics], key: str) -> None:
    """Show the histograms of red, green, blue and gray.

    Args:
        statistics: of a split, by the name of its dataset.
        key: of the charts, unique on the page.
    """
    for column, channel in zip(st.columns(len(CHANNELS)), CHANNELS, strict=True):
        chart = _histogram(statistics, channel)
        column.altair_chart(chart, key=f"{key}-{channel}", alt=f"Histogram of {channel}")


def _histogram(statistics: Mapping[str, SplitStatistics], channel: str) -> alt.Chart:
    rows = []
    for name, values in statistics.items():
        counts = values.histograms.get(channel, ())
        total = sum(counts) or 1
        rows += [
            {"dataset": name, "level": level, "fraction": sum(counts[level : level + _LEVELS_PER_BIN]) / total}
            for level in range(0, 256, _LEVELS_PER_BIN)
        ]
    chart = alt.Chart(pd.DataFrame(rows), title=channel.capitalize()).encode(
        x=alt.X("level:Q", title=None, scale=alt.Scale(domain=[0, 255], nice=False)),
        y=alt.Y("fraction:Q", title=None, axis=alt.Axis(format="%")).stack(None),
        tooltip=["dataset:N", "level:Q", alt.Tooltip("fraction:Q", format=".2%")],
    )
    color = _COLORS[channel]
    if len(statistics) == 1:
        return chart.mark_area(opacity=0.6, interpolate="step-after", color=color).properties(height=170)
    dashes = alt.StrokeDash("dataset:N", title=None, legend=alt.Legend(orient="bottom"))
    return chart.mark_line(strokeWidth=2, color=color).encode(strokeDash=dashes).properties(height=190)


def colorfulness_chart(statistics: Mapping[str, SplitStatistics]) -> alt.Chart:
    """Return the histogram of colorfulness.

    Args:
        statistics: of a split, by the name of its dataset.
    """
    rows = []
    for name, values in statistics.items():
        total = sum(values.colorfulness) or 1
        rows += [
            {"dataset": name, "colorfulness": number * COLORFULNESS_BIN, "fraction": count / total}
            for number, count in enumerate(values.colorfulness)
        ]
    chart = alt.Chart(pd.DataFrame(rows)).encode(
        x=alt.X("colorfulness:Q", title="Colorfulness"),
        y=alt.Y("fraction:Q", title="Fraction of images", axis=alt.Axis(format="%")).stack(None),
        color=alt.Color("dataset:N", legend=None if len(statistics) == 1 else alt.Legend(orient="top", title=None)),
        tooltip=["dataset:N", "colorfulness:Q", alt.Tooltip("fraction:Q", format=".1%")],
    )
    marked = chart.mark_area(opacity=0.6, interpolate="step-after") if len(statistics) == 1 else chart.mark_line()
    return marked.properties(height=230)


def size_chart(sizes: Sequence[tuple[int, int, int]]) -> alt.Chart:
    """Return a scatter plot of the original sizes.

    Args:
        sizes: width, height and number of images.
    """
    frame = pd.DataFrame(sizes, columns=["width", "height", "images"])
    axis, scale = alt.Axis(format="d"), alt.Scale(zero=False, padding=20)
    return (
        alt.Chart(frame)
        .mark_circle(opacity=0.7)
        .encode(
            x=alt.X("width:Q", title="Original width (pixels)", axis=axis, scale=scale),
            y=alt.Y("height:Q", title="Original height (pixels)", axis=axis, scale=scale),
            size=alt.Size("images:Q", legend=None, scale=alt.Scale(range=[60, 900])),
            tooltip=["width:Q", "height:Q", alt.Tooltip("images:Q", format=",")],
        )
        .properties(height=230)
    )
