"""The charts of a comparison, drawn with Matplotlib: as SVG for the report, and with the pictures as one PNG."""

import io
from collections.abc import Callable
from typing import TYPE_CHECKING

import matplotlib
from markupsafe import Markup

from colorizer.comparison.comparison import Comparison
from colorizer.comparison.html import render
from colorizer.comparison.metrics_table import COSTS
from colorizer.runs import GRAY
from colorizer.runs.charts import BASELINE_COLOR, ChartSettings, plot_curves

# The rest of Matplotlib takes a second to import, which a page should not take that draws no chart.
if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_INK = "#010203"
"""Placeholder for `currentColor`, which Matplotlib does not know."""
_MAX_ROWS = 12
_WIDTH, _CAPTION, _GAP, _CHARTS = 12, 0.65, 0.15, 4.4  # In inches, at 150 pixels each.
Draw = Callable[["Axes", Comparison], None]


def curves(dataset_name: str) -> Draw:
    """Return a function that plots the learning curves of the runs that were trained on a dataset."""

    def draw(axes: "Axes", comparison: Comparison) -> None:
        settings = ChartSettings(log=True, references=comparison.references(dataset_name))
        plot_curves(axes, comparison.curves_by_dataset[dataset_name], settings, ink=_INK)
        axes.set_title(f"Trained on {dataset_name}", size=9, color=_INK, parse_math=False)

    return draw


def bars(axes: "Axes", comparison: Comparison) -> None:
    """Plot the mean squared error of each run with its 95% interval, and a line at the grayscale baseline."""
    baseline, *networks = sorted(comparison.metrics, key=lambda entry: (entry["run"] != GRAY, -entry["mse"]))
    for entry in networks:
        low, high = entry["intervals"]["mse"]
        error_bar = [[entry["mse"] - low], [high - entry["mse"]]]
        name = comparison.labels[entry["run"]]
        axes.barh(name, entry["mse"], 0.62, color=comparison.colors[entry["run"]])
        axes.errorbar(entry["mse"], name, xerr=error_bar, color=_INK, lw=1, capsize=3, fmt="none")
        axes.annotate(f" {entry['mse']:.5f}", (high, name), va="center", fontsize="small", color=_INK)
    axes.axvline(baseline["mse"], color=BASELINE_COLOR, ls="--", lw=1)
    axes.set(xlabel="Mean squared error (dashed: grayscale baseline)")
    axes.margins(x=0.16)


def scatter(key: str, title: str) -> Draw:
    """Return a function that plots the mean squared error of each run against another of its metrics."""

    def draw(axes: "Axes", comparison: Comparison) -> None:
        for entry in comparison.metrics[1:]:
            color = comparison.colors[entry["run"]]
            axes.plot(entry[key], entry["mse"], "o", ms=8, color=color)
            axes.plot([entry[key]] * 2, entry["intervals"]["mse"], color=color)
            axes.annotate(
                comparison.labels[entry["run"]], (entry[key], entry["mse"]), xytext=(8, 0), textcoords="offset points",
                va="center", fontsize="small", color=_INK,
            )  # fmt: skip
        axes.set(xlabel=title, ylabel="Mean squared error", xscale="log")
        axes.margins(0.3)
        from matplotlib.ticker import EngFormatter, LogLocator, NullFormatter

        low, high = axes.get_xlim()
        digits = range(1, 10) if high < 5 * low else (1, 2, 5)  # Labels of more digits would overlap.
        axes.xaxis.set_major_locator(LogLocator(subs=digits))
        axes.xaxis.set_major_formatter(EngFormatter(sep="") if high > 1000 else "{x:g}")
        axes.xaxis.set_minor_formatter(NullFormatter())

    return draw


def cost_charts_html(comparison: Comparison) -> Markup:
    """Render charts of the error of each run against what it costs."""
    return render("cost_charts", charts=[svg(scatter(key, title), comparison) for key, title in COSTS.items()])


def curves_html(comparison: Comparison) -> Markup:
    """Render the learning curves, one chart for each dataset."""
    return render("curves", charts=[svg(curves(name), comparison, 8, 4) for name in comparison.curves_by_dataset])


def svg(draw: Draw, comparison: Comparison, width: float = 5.2, height: float = 3.4) -> Markup:
    """Draw a chart as SVG to be embedded in HTML; its text takes the color of the text around it."""
    from matplotlib.figure import Figure

    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": f"{draw}", "font.family": "sans-serif"}):
        figure = Figure(figsize=(width, height), layout="constrained")
        axes = figure.subplots()
        draw(axes, comparison)
        _style(axes, _INK)
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    text = buffer.getvalue().replace(_INK, "currentColor")
    return Markup(text[text.index("<svg") :])


def figure_png(comparison: Comparison) -> bytes:
    """Draw rows of pictures, errors and curves as one PNG for a paper, 1,800 pixels wide."""
    from matplotlib.figure import Figure

    rows = comparison.rows[:_MAX_ROWS]
    width = (_WIDTH - 2 * _GAP) / max((len(row.cells) for row in rows), default=1)
    aspects = [row.cells[0].pixels.shape[0] / row.cells[0].pixels.shape[1] for row in rows]
    charts: list[Draw] = [bars] if len(comparison.metrics) > 1 else []
    charts += [curves(name) for name in comparison.curves_by_dataset]
    height = sum(aspect * (width - _GAP) + _CAPTION for aspect in aspects) + (_CHARTS if charts else _GAP)
    figure = Figure(figsize=(_WIDTH, height), dpi=150)
    top = height
    for row, aspect in zip(rows, aspects, strict=True):
        top -= aspect * (width - _GAP) + _CAPTION
        for number, cell in enumerate(row.cells):
            box = (_GAP + number * width, top, width - _GAP, aspect * (width - _GAP))
            axes = _axes(figure, box)
            axes.imshow(cell.pixels, interpolation="nearest", aspect="auto")
            axes.axis("off")
            scores = "" if cell.psnr is None else f"\n{cell.psnr:.1f} dB  ΔE {cell.ciede2000:.1f}"
            axes.set_title(f"{cell.label}{scores}", size=8, parse_math=False)
        figure.text(
            _GAP / _WIDTH, (top + box[3] + 0.42) / height, row.name, size=8, color=BASELINE_COLOR, parse_math=False
        )
    for number, draw in enumerate(charts):
        share = _WIDTH / len(charts)
        axes = _axes(figure, (number * share + 1.1, 0.6, share - 1.4, _CHARTS - 1.0))
        draw(axes, comparison)
        _style(axes, "#333333")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()


def _axes(figure: "Figure", box: tuple[float, float, float, float]) -> "Axes":
    """Add axes at left, bottom, width and height in inches. Matplotlib's layout engine would double the time."""
    wide, high = figure.get_size_inches()
    left, bottom, width, height = box
    return figure.add_axes((left / wide, bottom / high, width / wide, height / high))


def _style(axes: "Axes", ink: str) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(ink)
    axes.tick_params(colors=ink, which="both", labelsize="small")
    for text in (axes.xaxis.label, axes.yaxis.label):
        text.set_color(ink)
