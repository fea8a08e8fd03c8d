"""Export a comparison: as stand-alone HTML, as a PNG figure, or its metrics as CSV."""

import datetime
import re
from collections.abc import Mapping

import numpy as np
from markupsafe import Markup, escape

from colorizer.comparison import charts, study
from colorizer.comparison.comparison import Comparison
from colorizer.comparison.html import read_text, render
from colorizer.comparison.metrics_table import metrics_frame, metrics_html
from colorizer.comparison.rows import rows_html
from colorizer.errors import InputError
from colorizer.imaging.bundled import PHOTOGRAPHS, load

KINDS = (".html", ".png", ".csv")
_EXAMPLE_SIDE = 96


def export(comparison: Comparison, kind: str, errors: Mapping[str, np.ndarray]) -> bytes:
    """Return a comparison as the bytes of a file.

    Args:
        comparison: what to export.
        kind: `.html`, `.png` or `.csv`.
        errors: of each image, see `verdict`.

    Raises:
        InputError: there is no such kind, or there are no metrics for the CSV file.
    """
    if kind == ".html":
        return html_report(comparison, errors).encode()
    if kind == ".png":
        return charts.figure_png(comparison)
    if kind == ".csv":
        if not comparison.metrics:
            raise InputError(f"These runs have not been evaluated on {comparison.dataset_name} yet: do that first.")
        return metrics_frame(comparison.metrics).to_csv(index=False).encode()
    raise InputError(f"A comparison cannot be saved as {kind or 'a file without suffix'!r}: use .html, .png, or .csv.")


def html_report(comparison: Comparison, errors: Mapping[str, np.ndarray]) -> str:
    """Render a page that needs no other file: images inlined, charts as SVG, light or dark like the system."""
    has_metrics = len(comparison.metrics) > 1
    return render(
        "report",
        comparison=comparison,
        verdict=comparison.verdict_html(errors),
        date=datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d"),
        rows=rows_html(comparison.rows),
        metrics=metrics_html(comparison.metrics, comparison.labels, comparison.colors) if has_metrics else "",
        cost_charts=charts.cost_charts_html(comparison) if has_metrics else "",
        curves=charts.curves_html(comparison),
        study_intro=study.BEYOND_BASELINE,
        study_table=study.study_table_html(comparison.study_rows(), comparison.colors),
        scramble=study.scramble_html(load(PHOTOGRAPHS[0]).square_thumbnail(_EXAMPLE_SIDE)),
        explanation=[Markup(re.sub("`(.+?)`", r"<code>\1</code>", str(escape(text)))) for text in study.EXPLANATION],
        style=read_text("report.css") + read_text("view.css"),
        script=read_text("view.js"),
    )
