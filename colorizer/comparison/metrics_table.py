"""The metrics of several runs as a sortable HTML table with bars, and as CSV."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd
from markupsafe import Markup

from colorizer.comparison.html import render
from colorizer.evaluation import Metrics
from colorizer.runs import GRAY
from colorizer.runs.charts import BASELINE_COLOR


def compact_number(value: float) -> str:
    """Format a large number: `975 k`, `2.66 M`."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.3g} {letter}"
    return f"{value:.0f}"


@dataclass(frozen=True)
class Column:
    """How one metric is shown."""

    key: str
    title: str
    help: str
    format: Callable[[float], str]
    better: str = ""
    """`lower`, `higher`, or empty if neither is better."""
    has_bar: bool = True
    """Whether zero is meaningful, so that a bar starting there is not misleading."""

    @property
    def explanation(self) -> str:
        """One or two sentences: what the metric is, and which direction is better."""
        return f"{self.help} {self.better.capitalize()} is better." if self.better else self.help


COLUMNS = (
    Column("mse", "MSE", "Mean squared error over all pixels and channels, in units of [0, 1].", "{:.6f}".format,
           "lower"),
    Column("psnr", "PSNR, pooled", "Peak signal-to-noise ratio of the MSE over all pixels. It rewards dull colors.",
           "{:.2f} dB".format, "higher", False),
    Column("psnr_mean", "PSNR, mean", "The PSNR of each image, averaged: the number most papers report.",
           "{:.2f} dB".format, "higher", False),
    Column("ssim", "SSIM", "Structural similarity, up to 1. Grayscale alone scores high: it keeps the structure.",
           "{:.4f}".format, "higher", False),
    Column("ciede2000", "CIEDE2000", "Mean perceived color difference; 1 is just visible.", "{:.2f}".format, "lower"),
    Column("within_2", "Within 2%", "Fraction of pixels within 2% of the original in every channel.",
           "{:.1%}".format, "higher"),
    Column("within_5", "Within 5%", "Fraction of pixels within 5% of the original in every channel.",
           "{:.1%}".format, "higher"),
    Column("colorfulness", "Colorfulness", "Strength and variety of the colors (Hasler and Suesstrunk 2003). The "
           "closer to that of the originals, the better.", "{:.1f}".format),
    Column("colorfulness_distance", "Colorfulness error", "Mean distance from the colorfulness of the original.",
           "{:.1f}".format, "lower"),
    Column("parameters", "Parameters", "Number of trainable parameters.", compact_number),
    Column("macs", "MACs", "Multiply-accumulate operations for one image.", compact_number),
    Column("ms_per_image", "Time", "CPU time for a single image, on one thread.", "{:.2f} ms".format),
)  # fmt: skip
COSTS = {"ms_per_image": "Milliseconds per image, one CPU thread", "parameters": "Parameters"}
"""The metrics to plot the error against, and the titles of their axes."""


@dataclass(frozen=True)
class TableCell:
    """One value of the table; lengths are in percent of the longest bar of its column."""

    value: float | None
    text: str
    interval: str = ""
    is_best: bool = False
    bar: float | None = None
    low: float | None = None
    high: float | None = None


def metrics_frame(metrics: Sequence[Metrics]) -> pd.DataFrame:
    """Return all metrics, one row per run, with the ends of intervals as `<metric>_low` and `<metric>_high`."""
    lines = []
    for entry in metrics:
        line = {key: value for key, value in entry.items() if key != "intervals"}
        for key, (low, high) in entry["intervals"].items():
            line |= {f"{key}_low": low, f"{key}_high": high}
        lines.append(line)
    return pd.DataFrame(lines)


def metrics_html(metrics: Sequence[Metrics], labels: dict[str, str], colors: dict[str, str]) -> Markup:
    """Render the table.

    Args:
        metrics: one dictionary for each row.
        labels: the label of each run; by default its name.
        colors: the color of each run.
    """
    rows = [
        {
            "label": "Grayscale baseline" if entry["run"] == GRAY else labels.get(entry["run"], str(entry["run"])),
            "color": colors.get(entry["run"], BASELINE_COLOR),
            "is_baseline": entry["run"] == GRAY,
            "cells": [_cell(entry, column, metrics) for column in COLUMNS],
        }
        for entry in metrics
    ]
    return render("metrics", columns=COLUMNS, rows=rows)


def _cell(entry: Metrics, column: Column, metrics: Sequence[Metrics]) -> TableCell:
    if not _is_known(entry, column):
        return TableCell(None, "-")
    value, interval = float(entry[column.key]), entry["intervals"].get(column.key)
    longest = max(_bar_end(other, column) for other in metrics)
    percent = 100 / longest if column.has_bar and longest > 0 else None
    return TableCell(
        value,
        column.format(value),
        f"95% confidence interval: {column.format(interval[0])} to {column.format(interval[1])}" if interval else "",
        value == _best(metrics, column),
        percent and value * percent,
        percent and interval and interval[0] * percent,
        percent and interval and interval[1] * percent,
    )


def _is_known(entry: Metrics, column: Column) -> bool:
    """The baseline costs nothing."""
    return entry["run"] != GRAY or column.key not in ("parameters", "macs", "ms_per_image")


def _best(metrics: Sequence[Metrics], column: Column) -> float | None:
    values = [entry[column.key] for entry in metrics if entry["run"] != GRAY]
    if not column.better or len(values) < 2:
        return None
    return min(values) if column.better == "lower" else max(values)


def _bar_end(entry: Metrics, column: Column) -> float:
    """Where the bar and the interval of a value end."""
    value = float(entry[column.key]) if _is_known(entry, column) else 0.0
    return max(value, *entry["intervals"].get(column.key, [0.0]))
