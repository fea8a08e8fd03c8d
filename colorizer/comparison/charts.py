"""The charts of a comparison, drawn with Matplotlib: as SVG for the report, and together as one picture."""

import io
from collections.abc import Callable

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, NullFormatter

from colorizer.comparison.comparison import Comparison
from colorizer.comparison.labels import GRAY_COLOR
from colorizer.runs.store import GRAY

_INK = "#010203"
"""Stands for the color of text in an SVG, which is that of the page around it."""
_MOST_ROWS = 12
_WIDTH, _CAPTION, _GAP, _CHARTS = 12, 0.65, 0.15, 4.4  # In inches, at 150 pixels each.
Draw = Callable[[Axes, Comparison], None]


def curves(axes: Axes, comparison: Comparison) -> None:
    """Test loss (solid) and training loss (dotted) of each run by epoch."""
    for name, losses in comparison.curves.items():
        color, marker = comparison.colors[name], "o" if len(losses) < 3 else None
        axes.plot(losses.epoch, losses.test_loss, color=color, marker=marker, label=comparison.labels[name])
        axes.plot(losses.epoch, losses.train_loss, color=color, marker=marker, ls=":", lw=1)
    if comparison.gray_of_curves is not None:
        axes.axhline(comparison.gray_of_curves, color=GRAY_COLOR, ls="--", lw=1, label="left gray")
    axes.set(xlabel="Epoch (dotted: training loss)", ylabel="Mean squared error", yscale="log")
    axes.yaxis.set_major_formatter("{x:.4g}")
    axes.yaxis.set_minor_formatter("{x:.4g}")
    axes.legend(frameon=False, fontsize="small", labelcolor=_INK)


def bars(axes: Axes, comparison: Comparison) -> None:
    """Mean squared error of each run with its 95 % interval, and a line where the gray copy is."""
    gray, *networks = sorted(comparison.figures, key=lambda entry: (entry["run"] != GRAY, -entry["mse"]))
    for entry in networks:
        low, high = entry["intervals"]["mse"]
        reach = [[entry["mse"] - low], [high - entry["mse"]]]
        name = comparison.labels[entry["run"]]
        axes.barh(name, entry["mse"], 0.62, color=comparison.colors[entry["run"]])
        axes.errorbar(entry["mse"], name, xerr=reach, color=_INK, lw=1, capsize=3, fmt="none")
        axes.annotate(f" {entry['mse']:.5f}", (high, name), va="center", fontsize="small", color=_INK)
    axes.axvline(gray["mse"], color=GRAY_COLOR, ls="--", lw=1)
    axes.set(xlabel="Mean squared error (dashed: left gray)")
    axes.margins(x=0.16)


def scatter(key: str, title: str) -> Draw:
    """Mean squared error against another figure of the runs."""

    def draw(axes: Axes, comparison: Comparison) -> None:
        for entry in comparison.figures[1:]:
            color = comparison.colors[entry["run"]]
            axes.plot(entry[key], entry["mse"], "o", ms=8, color=color)
            axes.plot([entry[key]] * 2, entry["intervals"]["mse"], color=color)
            axes.annotate(
                comparison.labels[entry["run"]], (entry[key], entry["mse"]), xytext=(8, 0), textcoords="offset points",
                va="center", fontsize="small", color=_INK,
            )  # fmt: skip
        axes.set(xlabel=title, ylabel="Mean squared error", xscale="log")
        costs = [entry[key] for entry in comparison.figures[1:]]
        axes.xaxis.set_major_formatter(EngFormatter(sep=""))
        axes.xaxis.set_minor_formatter(EngFormatter(sep="") if max(costs) < 10 * min(costs) else NullFormatter())
        axes.margins(0.3)

    return draw


def svg(draw: Draw, comparison: Comparison, width: float = 5.2, height: float = 3.4) -> str:
    """A chart as SVG to be put into HTML; its text has the color of the text around it."""
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": f"{draw}", "font.family": "sans-serif"}):
        figure = Figure(figsize=(width, height), layout="constrained")
        axes = figure.subplots()
        draw(axes, comparison)
        _quiet(axes, _INK)
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    text = buffer.getvalue().replace(_INK, "currentColor")
    return text[text.index("<svg") :]


def together(comparison: Comparison) -> bytes:
    """Rows of pictures, errors and curves as one PNG, as for a paper.

    Returns:
        1,800 pixels wide; as high as its rows need.
    """
    rows = comparison.rows[:_MOST_ROWS]
    width = (_WIDTH - 2 * _GAP) / max((len(row.cells) for row in rows), default=1)
    aspects = [row.cells[0].pixels.shape[0] / row.cells[0].pixels.shape[1] for row in rows]
    charts = [draw for draw, wanted in ((bars, len(comparison.figures) > 1), (curves, comparison.curves)) if wanted]
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
            nearness = "" if cell.psnr is None else f"\n{cell.psnr:.1f} dB  ΔE {cell.ciede2000:.1f}"
            axes.set_title(f"{cell.label}{nearness}", size=8, parse_math=False)
        figure.text(_GAP / _WIDTH, (top + box[3] + 0.42) / height, row.name, size=8, color=GRAY_COLOR, parse_math=False)
    for number, draw in enumerate(charts):
        share = _WIDTH / len(charts)
        axes = _axes(figure, (number * share + 1.1, 0.6, share - 1.4, _CHARTS - 1.0))
        draw(axes, comparison)
        _quiet(axes, "#333333")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()


def _axes(figure: Figure, box: tuple[float, float, float, float]) -> Axes:
    """Axes at left, bottom, width and height in inches; matplotlib's own layout takes as long again as drawing."""
    wide, high = figure.get_size_inches()
    left, bottom, width, height = box
    return figure.add_axes((left / wide, bottom / high, width / wide, height / high))


def _quiet(axes: Axes, ink: str) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(ink)
    axes.tick_params(colors=ink, which="both", labelsize="small")
    for text in (axes.xaxis.label, axes.yaxis.label):
        text.set_color(ink)
