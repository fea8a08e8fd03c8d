"""A comparison as a file to take along: HTML that needs nothing but itself, a PNG figure, or the figures as CSV."""

import datetime
import re
from collections.abc import Mapping
from html import escape
from pathlib import Path

import numpy as np

from colorizer.comparison import charts, study
from colorizer.comparison.comparison import Comparison
from colorizer.comparison.metrics_table import COSTS, frame, table_html
from colorizer.comparison.rows_html import rows_html
from colorizer.comparison.study_html import layout_html, study_table_html
from colorizer.comparison.verdict import verdict
from colorizer.errors import InputError
from colorizer.evaluation import known_figures
from colorizer.imaging.bundled import PHOTOGRAPHS, load
from colorizer.study import STUDY_DATASET

KINDS = (".html", ".png", ".csv")
_EXAMPLE_SIDE = 96
_CODE, _AS_CODE = re.compile("`(.+?)`"), r"<code>\1</code>"


def export(comparison: Comparison, kind: str, errors: Mapping[str, np.ndarray]) -> bytes:
    """A comparison as the bytes of a file.

    Args:
        comparison: what to show.
        kind: `.html`, `.png` or `.csv`.
        errors: of each picture, see `verdict`.

    Raises:
        InputError: there is no such kind, or nothing was measured that could stand in a table.
    """
    if kind == ".html":
        return html_report(comparison, errors).encode()
    if kind == ".png":
        return charts.together(comparison)
    if kind == ".csv":
        if not comparison.figures:
            raise InputError(f"These runs were not measured on {comparison.dataset_name} yet: measure them first.")
        return frame(comparison.figures).to_csv(index=False).encode()
    raise InputError(f"A comparison cannot be written as {kind or 'a file without ending'!r}: use .html, .png or .csv.")


def html_report(comparison: Comparison, errors: Mapping[str, np.ndarray]) -> str:
    """A page of its own: pictures inlined, charts as SVG, light or dark as the reader's system is."""
    names = comparison.labels
    sentence = verdict(comparison.figures, lambda name: f"<b>{escape(names.get(name, name))}</b>", errors)
    today = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d")
    of = f"Test pictures of {escape(comparison.dataset_name)} · " if comparison.figures else ""
    note = f'<p class="meta">{escape(comparison.note)}</p>' if comparison.note else ""
    sections = [
        ("Pictures", rows_html(comparison.rows)),
        ("Figures", _figures(comparison)),
        ("Learning curves", _curves(comparison)),
        ("The study", _study(comparison)),
        ("How it was measured", _method(comparison)),
    ]
    body = "".join(f"<section><h2>{title}</h2>{content}</section>" for title, content in sections if content)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Colorizer: comparison</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_file('report.css')}{_file('view.css')}</style></head><body>"
        f'<h1>{escape(", ".join(names.values()))}</h1><p class="verdict">{sentence}</p>'
        f'<p class="meta">{of}{today}</p>{note}{body}'
        f"<script>{_file('view.js')}enliven(document, {{ get: () => null, set: () => {{}} }});</script></body></html>\n"
    )


def _file(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _curves(comparison: Comparison) -> str:
    return f'<div class="scroll">{charts.svg(charts.curves, comparison, 8, 4)}</div>' if comparison.curves else ""


def _figures(comparison: Comparison) -> str:
    if len(comparison.figures) < 2:
        return ""
    charts = [charts.svg(charts.scatter(key, title), comparison) for key, title in COSTS.items()]
    table = table_html(comparison.figures, comparison.labels, comparison.colors)
    return f'{table}<div class="charts">{"".join(charts)}</div>'


def _study(comparison: Comparison) -> str:
    entries = comparison.study_entries(known_figures(comparison.runs, STUDY_DATASET))
    example = load(PHOTOGRAPHS[0]).square_thumbnail(_EXAMPLE_SIDE)
    paragraphs = "".join(f"<p>{_CODE.sub(_AS_CODE, escape(text))}</p>" for text in study.EXPLANATION)
    return (
        f"<p>{escape(study.BEYOND_GRAY)}</p>{study_table_html(entries, comparison.colors)}"
        f"<h3>Why its U-Net lost</h3>{layout_html(example)}{paragraphs}"
    )


def _method(comparison: Comparison) -> str:
    runs = " ".join(run.name for run in comparison.runs)
    command = f"python -m colorizer evaluate {runs} --dataset {comparison.dataset_name}"
    trained = "; ".join(
        f"{comparison.labels[run.name]} on {run.config.dataset}, {run.config.epochs} epochs" for run in comparison.runs
    )
    return (
        f"<p>Figures are of all test pictures of {escape(comparison.dataset_name)}, in RGB from 0 to 1, with each "
        "run's best weights; the gray copy is luma in all three channels. Thin marks on bars are 95 % intervals, by "
        "bootstrap over pictures. Two networks are told apart if the mean difference of their errors, picture by "
        f"picture, is more than 1.96 standard errors from zero. Again: <code>{escape(command)}</code></p>"
        f"<p>Trained: {escape(trained)}.</p>"
    )
