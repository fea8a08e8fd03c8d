"""The charts of the prepare page, from the figures in statistics.json."""

from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from colorizer.datasets.prepare.statistics import CHANNELS, COLORFULNESS_STEP

_COLORS = {"red": "#e5484d", "green": "#30a46c", "blue": "#3e63dd", "gray": "#8d8d8d"}
_BARS = 64
"""Levels are shown four at a time."""


def level_chart(statistics: dict[str, dict[str, Any]], channel: str) -> alt.Chart:
    """Histogram of a channel or of gray; several datasets are told apart by their dashes.

    Args:
        statistics: figures of a split by the name of its dataset.
        channel: one of `CHANNELS`.
    """
    rows, width = [], 256 // _BARS
    for name, values in statistics.items():
        counts = values["histograms"][channel]
        total = sum(counts) or 1
        rows += [
            {"dataset": name, "level": level, "share": sum(counts[level : level + width]) / total}
            for level in range(0, 256, width)
        ]
    chart = alt.Chart(pd.DataFrame(rows), title=channel.capitalize()).encode(
        x=alt.X("level:Q", title=None, scale=alt.Scale(domain=[0, 255], nice=False)),
        y=alt.Y("share:Q", title=None, axis=alt.Axis(format="%")).stack(None),
        tooltip=["dataset:N", "level:Q", alt.Tooltip("share:Q", format=".2%")],
    )
    color = _COLORS[channel]
    if len(statistics) == 1:
        return chart.mark_area(opacity=0.6, interpolate="step-after", color=color).properties(height=170)
    dashes = alt.StrokeDash("dataset:N", title=None, legend=alt.Legend(orient="bottom"))
    return chart.mark_line(strokeWidth=2, color=color).encode(strokeDash=dashes).properties(height=190)


def show_levels(statistics: dict[str, dict[str, Any]], key: str) -> None:
    """Show the histograms of all channels and of gray.

    Args:
        statistics: figures of a split by the name of its dataset.
        key: unlike that of any other such row on the page.
    """
    for column, channel in zip(st.columns(len(CHANNELS)), CHANNELS, strict=True):
        column.altair_chart(level_chart(statistics, channel), key=f"{key}-{channel}", alt=f"Histogram of {channel}")


def colorfulness_chart(statistics: dict[str, dict[str, Any]]) -> alt.Chart:
    """How colorful the pictures are."""
    rows = []
    for name, values in statistics.items():
        total = sum(values["colorfulness"]) or 1
        rows += [
            {"dataset": name, "colorfulness": number * COLORFULNESS_STEP, "share": count / total}
            for number, count in enumerate(values["colorfulness"])
        ]
    chart = alt.Chart(pd.DataFrame(rows)).encode(
        x=alt.X("colorfulness:Q", title="Colorfulness"),
        y=alt.Y("share:Q", title="Share of pictures", axis=alt.Axis(format="%")).stack(None),
        color=alt.Color("dataset:N", legend=None if len(statistics) == 1 else alt.Legend(orient="top", title=None)),
        tooltip=["dataset:N", "colorfulness:Q", alt.Tooltip("share:Q", format=".1%")],
    )
    marked = chart.mark_area(opacity=0.6, interpolate="step-after") if len(statistics) == 1 else chart.mark_line()
    return marked.properties(height=230)


def size_chart(sizes: list[list[int]]) -> alt.Chart:
    """Which sizes the pictures had before they were made equal.

    Args:
        sizes: width, height and number of pictures, the most frequent first.
    """
    frame = pd.DataFrame(sizes, columns=["width", "height", "pictures"])
    return (
        alt.Chart(frame)
        .mark_circle(opacity=0.7)
        .encode(
            x=alt.X(
                "width:Q",
                title="Width before, pixels",
                axis=alt.Axis(format="d"),
                scale=alt.Scale(zero=False, padding=20),
            ),
            y=alt.Y(
                "height:Q",
                title="Height before, pixels",
                axis=alt.Axis(format="d"),
                scale=alt.Scale(zero=False, padding=20),
            ),
            size=alt.Size("pictures:Q", legend=None, scale=alt.Scale(range=[60, 900])),
            tooltip=["width:Q", "height:Q", alt.Tooltip("pictures:Q", format=",")],
        )
        .properties(height=230)
    )


def swatch(color: list[float]) -> str:
    """A field of one color as HTML.

    Args:
        color: red, green and blue, 0 to 255.
    """
    red, green, blue = (round(value) for value in color)
    return (
        f'<div style="display:flex;align-items:center;gap:.6rem"><span style="width:3rem;height:2.2rem;'
        f'border-radius:.5rem;background:rgb({red},{green},{blue})"></span>{red}, {green}, {blue}</div>'
    )
