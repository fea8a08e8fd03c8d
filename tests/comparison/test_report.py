"""Exports of a comparison."""

import io
import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from html.parser import HTMLParser

import pandas as pd
import pytest
from PIL import Image

from colorizer.comparison.comparison import Comparison
from colorizer.comparison.metrics_table import COLUMNS, compact_number, metrics_html
from colorizer.comparison.report import export
from colorizer.comparison.rows import (
    Cell,
    Row,
    Sample,
    from_dataset,
    from_file,
    gray_cell,
    make_row,
    network_cell,
    rows_html,
)
from colorizer.datasets.dataset import Dataset
from colorizer.errors import InputError
from colorizer.evaluation import evaluate_runs, picture_errors
from colorizer.inference import Colorizer
from colorizer.runs import Run
from colorizer.runs.config import TrainingConfig
from tests.comparison.factories import metrics_of
from tests.factories import file_bytes, noise, smooth

BAD_NAME = '<script>alert("x")</script>&.png'


class Tags(HTMLParser):
    """Collect all start tags with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.fixture
def comparison(trained: Run, tiny: Dataset, brief: None) -> Comparison:
    metrics = evaluate_runs([trained], tiny)
    renderers: list[Callable[[Sample], Cell]] = [
        gray_cell,
        partial(network_cell, Colorizer.load("trained"), "trained", "#0d9488"),
    ]
    samples = [*from_dataset(tiny, [0, 1]), from_file(file_bytes(noise(5, 50, 80)), BAD_NAME)]
    return Comparison((trained,), "tiny", tuple(metrics), tuple(make_row(sample, renderers) for sample in samples))


def exported(comparison: Comparison, kind: str) -> bytes:
    return export(comparison, kind, picture_errors(comparison.runs, comparison.dataset_name))


def test_report_loads_no_other_file(comparison: Comparison) -> None:
    html = exported(comparison, ".html").decode()
    tags = Tags(html).found
    for tag, attributes in tags:
        for name in ("src", "href", "xlink:href"):
            assert (attributes.get(name) or "data:").startswith(("data:", "#")), (tag, attributes)
    assert "link" not in [tag for tag, _ in tags]
    assert not re.search(r"@import|url\((?!#)|fetch\(", html)
    assert "prefers-color-scheme: dark" in html
    assert [tag for tag, _ in tags].count("svg") == 3, "two cost charts and the curves"


def test_report_contains_all_sections(comparison: Comparison) -> None:
    html = exported(comparison, ".html").decode()
    pictures = [attributes for tag, attributes in Tags(html).found if tag == "img"]
    assert len(pictures) == 3 * 5 + 5, "one picture per cell, error maps of all but the original, and five of the study"
    assert f"{comparison.metrics[1]['mse']:.6f}" in html
    for text in ("Learning curves", "1.4805", "colorizer evaluate trained --dataset tiny"):
        assert text in html
    assert "the grayscale baseline" in html


def test_report_notes_which_colors_are_measured(comparison: Comparison) -> None:
    photo = Run.create("photo", TrainingConfig("photo", "tiny"))
    both = replace(comparison, runs=(*comparison.runs, photo))
    assert "mean colors" not in exported(comparison, ".html").decode()
    assert "Photo predicts a distribution over colors" in exported(both, ".html").decode()


def test_report_escapes_names(comparison: Comparison) -> None:
    html = exported(comparison, ".html").decode()
    assert BAD_NAME not in html
    assert [tag for tag, _ in Tags(html).found].count("script") == 1
    assert any(attributes.get("data-name") == BAD_NAME for _, attributes in Tags(html).found)


def test_report_of_an_unevaluated_run(comparison: Comparison) -> None:
    bare = replace(comparison, metrics=(), rows=())
    (comparison.runs[0].folder / "metrics.jsonl").write_text("{damaged")
    html = exported(bare, ".html").decode()
    assert "<h2>Metrics" not in html
    assert "<h2>Learning curves" not in html
    assert "1.4805" in html
    with pytest.raises(InputError, match="do that first"):
        exported(bare, ".csv")


def test_figure_grows_with_rows(comparison: Comparison) -> None:
    whole = Image.open(io.BytesIO(exported(comparison, ".png")))
    fewer = Image.open(io.BytesIO(exported(replace(comparison, rows=comparison.rows[:1]), ".png")))
    assert whole.width == fewer.width == 1800
    assert whole.height > fewer.height + 600
    assert len(whole.convert("RGB").getcolors(2**24) or ()) > 500


@pytest.mark.parametrize("part", ["row", "cell"])
def test_figure_does_not_parse_math_in_names(comparison: Comparison, part: str) -> None:
    row = comparison.rows[0]
    name, label = (r"$\frac$.png", "one") if part == "row" else ("one.png", r"$\frac$")
    changed = Row(name, (row.cells[0], replace(row.cells[1], label=label)))
    assert exported(replace(comparison, rows=(changed,)), ".png").startswith(b"\x89PNG")


def test_csv_contains_intervals(comparison: Comparison) -> None:
    frame = pd.read_csv(io.BytesIO(exported(comparison, ".csv")))
    assert list(frame.run) == ["gray", "trained"]
    assert (frame.mse_low <= frame.mse).all()
    assert (frame.mse <= frame.mse_high).all()
    assert "intervals" not in frame


@pytest.mark.parametrize("kind", ["", ".pdf"])
def test_unknown_file_kind_is_rejected(comparison: Comparison, kind: str) -> None:
    with pytest.raises(InputError, match=r"use \.html, \.png, or \.csv"):
        exported(comparison, kind)


def test_table_marks_best_and_scales_bars() -> None:
    metrics = [metrics_of("gray", 0.008), metrics_of("a", 0.004, 0.003, 0.005), metrics_of("b", 0.006)]
    html = metrics_html(metrics, {"a": "<A>", "b": "B"}, {"a": "#111111", "b": "#222222"})
    rows = html.split("<tr ")[1:]
    assert "&lt;A&gt;" in rows[1]
    assert "<A>" not in html
    first = [row.split("<td ")[1] for row in rows]
    assert ["width:100.00%" in first[0], "width:50.00%" in first[1], "width:75.00%" in first[2]] == [True] * 3
    assert "left:37.50%;width:25.00%" in first[1], "the interval"
    assert ['class="best"' in cell for cell in first] == [False, True, False]
    assert html.count("<td ") == len(COLUMNS) * 3
    assert rows[0].count(">-<") == 3, "the baseline has no parameters, MACs or time"


def test_compact_number() -> None:
    assert [compact_number(value) for value in (12, 975_099, 10_525_744, 2.5e9)] == ["12", "975 k", "10.5 M", "2.5 G"]


def test_rows_without_original_have_no_scores(trained: Run) -> None:
    gray = smooth(1, 40, 60)[..., :1].repeat(3, axis=-1)
    row = make_row(from_file(file_bytes(gray), "a.png"), [gray_cell])
    html = rows_html([row])
    assert "<em>" not in html
    assert "Errors" not in html
    assert rows_html([]) == ""
