"""The figures of the chosen runs: measured on request, as a table with bars, and against what they cost."""

from collections.abc import Sequence

import streamlit as st

from colorizer.comparison.comparison import Comparison
from colorizer.comparison.figures_table import table_html
from colorizer.datasets.dataset import dataset_names, load_dataset
from colorizer.errors import InputError
from colorizer.evaluation import evaluate_runs, picture_errors
from colorizer.runs.store import Run
from pages.compare.charts import scatter
from pages.compare.view import show_html
from pages.shared.text import plain
from pages.shared.time_left import TimedProgress

_COSTS = {"ms_per_image": "Milliseconds for one picture, on the CPU", "parameters": "Parameters"}


def offer_measuring(comparison: Comparison) -> None:
    """Say which runs are not measured yet, and measure them when asked to."""
    name, known = comparison.dataset_name, {entry["run"] for entry in comparison.figures}
    is_here = name in dataset_names()
    # Figures of an earlier version come without the errors of each picture.
    missing = [
        run for run in comparison.runs
        if run.name not in known or (is_here and picture_errors(run, name, "test") is None)
    ]  # fmt: skip
    if not missing:
        return
    names = ", ".join(plain(comparison.labels[run.name]) for run in missing)
    with st.container(horizontal=True, vertical_alignment="center"):
        if not is_here:
            st.caption(f"{names}: not measured on {plain(name)}, which is not on this computer.", width="content")
            return
        st.caption(f"Not measured on {plain(name)} yet: {names}", width="content")
        asked = st.button("Measure", icon=":material/straighten:", type="primary")
    if asked and _measure(missing, name):
        st.rerun()


def _measure(runs: Sequence[Run], dataset_name: str) -> bool:
    progress = TimedProgress("Measuring")
    try:
        # One run that cannot be measured, such as one of another size, keeps none of the others from it.
        done = [_measure_one(runs, number, dataset_name, progress) for number in range(len(runs))]
    finally:
        progress.done()
    return all(done)


def _measure_one(runs: Sequence[Run], number: int, dataset_name: str, progress: TimedProgress) -> bool:
    name = runs[number].name
    try:
        evaluate_runs(
            [runs[number]], load_dataset(dataset_name),
            progress=lambda _, share: progress.update((number + share) / len(runs), f"Measuring {name}"),
        )  # fmt: skip
    except InputError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return False
    return True


def show_figures(comparison: Comparison) -> None:
    """Table and charts; says so where nothing is measured."""
    if len(comparison.figures) < 2:
        st.caption("None of these networks has been measured on this dataset yet.")
        return
    show_html(table_html(comparison.figures, comparison.labels, comparison.colors), key="figures")
    st.caption(
        "Click a heading to sort. PSNR and SSIM reward dull colours, so colourfulness stands beside them; that of the "
        f"truth is {comparison.figures[0]['colorfulness_true']:.1f}."
        + (" Thin marks on bars are 95 % intervals." if "intervals" in comparison.figures[1] else "")
    )
    known = [key for key in _COSTS if any(entry.get(key) for entry in comparison.figures[1:])]
    st.subheader("Is it worth its cost?")
    for column, key in zip(st.columns(len(_COSTS)), known, strict=False):
        column.altair_chart(
            scatter(comparison, key, _COSTS[key]), key=f"scatter-{key}", alt=f"Mean squared error against {_COSTS[key]}"
        )
