"""The figures of several runs as a table: of HTML with bars, sorted by a click, and as CSV."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

import pandas as pd

from colorizer.comparison.labels import GRAY_COLOR
from colorizer.evaluation import Figures
from colorizer.runs.store import GRAY


def count(value: float) -> str:
    """A large number for people: `975 k`, `2.66 M`."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.3g} {letter}"
    return f"{value:.0f}"


@dataclass(frozen=True)
class Column:
    """How one figure is shown."""

    key: str
    title: str
    help: str
    write: Callable[[float], str]
    better: str = ""
    """`low`, `high`, or nothing where neither is better."""
    bar: bool = True
    """Whether its zero means something, so that a bar from there is honest."""


COLUMNS = (
    Column("mse", "MSE", "Mean squared error over pictures, pixels and channels.", "{:.6f}".format, "low"),
    Column("loss_sum", "Study's sum", "The MSE added up over batches of 100 pictures.", "{:.4f}".format, "low"),
    Column("psnr", "PSNR, pooled", "Of all pixels; it rewards dull colors.", "{:.2f} dB".format, "high", False),
    Column("psnr_mean", "PSNR, mean", "Mean of the pictures' own PSNR.", "{:.2f} dB".format, "high", False),
    Column("ssim", "SSIM", "Structural similarity; gray alone scores high.", "{:.4f}".format, "high", False),
    Column("ciede2000", "CIEDE2000", "Mean color difference; 1 is just about visible.", "{:.2f}".format, "low"),
    Column("within_2", "Within 2 %", "Share of pixels within 2 % of the truth.", "{:.1%}".format, "high"),
    Column("within_5", "Within 5 %", "Share of pixels within 5 % of the truth.", "{:.1%}".format, "high"),
    Column("colorfulness", "Colorfulness", "How colorful results are; the truth's is best.", "{:.1f}".format),
    Column("colorfulness_distance", "… from the truth", "How far that is from the truth's.", "{:.1f}".format, "low"),
    Column("parameters", "Parameters", "Trainable numbers in the network.", count),
    Column("macs", "MACs", "Multiplications with an addition, for one picture.", count),
    Column("ms_per_image", "Time", "For one picture by itself, on one thread of a CPU.", "{:.2f} ms".format),
)  # fmt: skip
COSTS = {"ms_per_image": "Milliseconds for one picture, on one thread of a CPU", "parameters": "Parameters"}
"""Figures that errors are drawn against, and what the axes are called."""


def frame(figures: Sequence[Figures]) -> pd.DataFrame:
    """All figures, one line for each run, intervals as `<figure>_low` and `<figure>_high`; for CSV."""
    lines = []
    for entry in figures:
        line = {key: value for key, value in entry.items() if key != "intervals"}
        for key, (low, high) in entry["intervals"].items():
            line |= {f"{key}_low": low, f"{key}_high": high}
        lines.append(line)
    return pd.DataFrame(lines)


def table_html(figures: Sequence[Figures], labels: dict[str, str], colors: dict[str, str]) -> str:
    """The table.

    Args:
        figures: one for each line.
        labels: what each run is called; without one it has its own name.
        colors: of each run.
    """
    head = "".join(
        f'<th scope="col" title="{escape(column.help + _BETTER[column.better])}">'
        f'<button type="button" data-column="{column.key}">{escape(column.title)}</button></th>'
        for column in COLUMNS
    )
    best = {column.key: _best(figures, column) for column in COLUMNS}
    most = {column.key: max(_reach(entry, column) for entry in figures) for column in COLUMNS}
    body = []
    for entry in figures:
        name, color = entry["run"], colors.get(entry["run"], GRAY_COLOR)
        title = "Left gray" if name == GRAY else labels.get(name, str(name))
        cells = "".join(_cell(entry, column, best[column.key], most[column.key]) for column in COLUMNS)
        body.append(
            f'<tr style="--run:{color}" class="{"gray" if name == GRAY else ""}">'
            f'<th scope="row" data-value="{escape(title)}"><i class="dot"></i>{escape(title)}</th>{cells}</tr>'
        )
    return (
        '<div class="scroll"><table class="figures"><thead><tr><th scope="col"><button type="button" '
        f'data-column="run">Network</button></th>{head}</tr></thead><tbody>{"".join(body)}</tbody></table></div>'
    )


_BETTER = {"low": " Lower is better.", "high": " Higher is better.", "": ""}


def _known(entry: Figures, column: Column) -> bool:
    """The gray copy costs nothing."""
    return entry["run"] != GRAY or column.key not in ("parameters", "macs", "ms_per_image")


def _best(figures: Sequence[Figures], column: Column) -> float | None:
    known = [entry[column.key] for entry in figures if _known(entry, column) and entry["run"] != GRAY]
    if not known or not column.better or len(known) < 2:
        return None
    return min(known) if column.better == "low" else max(known)


def _reach(entry: Figures, column: Column) -> float:
    """Where its bar and its interval end."""
    value = float(entry[column.key]) if _known(entry, column) else 0.0
    return max(value, *entry["intervals"].get(column.key, [0.0]))


def _cell(entry: Figures, column: Column, best: float | None, most: float) -> str:
    if not _known(entry, column):
        return '<td data-value=""><span class="value">&ndash;</span></td>'
    value = float(entry[column.key])
    interval, bar = entry["intervals"].get(column.key), ""
    title = f' title="95 %: {column.write(interval[0])} to {column.write(interval[1])}"' if interval else ""
    if column.bar and most > 0:
        bar = f'<span class="bar"><b style="width:{100 * value / most:.2f}%"></b>'
        if interval:
            low, high = (100 * end / most for end in interval)
            bar += f'<u style="left:{low:.2f}%;width:{high - low:.2f}%"></u>'
        bar += "</span>"
    is_best = best is not None and value == best
    return (
        f'<td data-value="{value!r}"{title} class="{"best" if is_best else ""}">'
        f'<span class="value">{escape(column.write(value))}</span>{bar}</td>'
    )
