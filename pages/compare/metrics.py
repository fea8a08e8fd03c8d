"""The figures of the chosen runs: measured on request, as a table with bars, and against what they cost."""

from collections.abc import Sequence

import streamlit as st

from colorizer.comparison.comparison import Comparison
from colorizer.comparison.metrics_table import COSTS, table_html
from colorizer.datasets.dataset import dataset_names, load_dataset
from colorizer.errors import UserError
from colorizer.evaluation import computers, evaluate_runs
from colorizer.models.registry import validate_takes
from colorizer.runs.store import Run
from pages.compare.charts import scatter
from pages.compare.view import show_html
from pages.shared.models import colorizer_for
from pages.shared.progress import TimedProgress
from pages.shared.text import plain, show_error


def offer_measuring(comparison: Comparison) -> None:
    """Say which runs are not measured yet, measure them when asked to, and say which cannot be, and why."""
    known = {entry["run"] for entry in comparison.figures}
    missing = [run for run in comparison.runs if run.name not in known]
    name = comparison.dataset_name
    if not missing:
        if len(computers(comparison.runs, name)) > 1 and name in dataset_names():
            said = "These networks were timed on different computers, and such times do not compare."
            if _is_asked(said, "Time them here"):
                _measure(comparison.runs, name)
        return
    is_here, ready = name in dataset_names(), []
    for run in missing:
        try:
            colorizer_for(run.name)
            if is_here:
                validate_takes(run.config.architecture, load_dataset(name).manifest.size, name)
            ready.append(run)
        except UserError as error:
            st.error(f"{plain(comparison.labels[run.name])}: {plain(str(error))}", icon=":material/error:")
    names = ", ".join(plain(comparison.labels[run.name]) for run in ready)
    if ready and not is_here:
        st.caption(f"{names}: not measured on {plain(name)}, which is not on this computer.")
    elif ready and _is_asked(f"Not measured on {plain(name)} yet: {names}", "Measure"):
        # With those that are known, the gray copy need not be measured again.
        _measure([run for run in comparison.runs if run in ready or run.name in known], name)


def _is_asked(said: str, button: str) -> bool:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(said, width="content")
        return st.button(button, icon=":material/straighten:", type="primary")


def _measure(runs: Sequence[Run], dataset_name: str) -> None:
    progress = TimedProgress("Measuring")
    try:
        evaluate_runs(
            runs, load_dataset(dataset_name), progress=lambda name, share: progress.update(share, f"Measuring {name}")
        )
    except UserError as error:
        show_error(error)
        return
    finally:
        progress.done()
    st.rerun()


def show_figures(comparison: Comparison) -> None:
    """Table and charts; says so where nothing is measured."""
    if len(comparison.figures) < 2:
        st.caption("None of these networks has been measured on this dataset yet.")
        return
    show_html(table_html(comparison.figures, comparison.labels, comparison.colors), key="figures")
    st.caption(
        "Click a heading to sort. PSNR and SSIM reward dull colors, so colorfulness stands beside them; that of the "
        f"truth is {comparison.figures[0]['colorfulness_true']:.1f}. Thin marks on bars are 95 % intervals."
    )
    st.subheader("Is it worth its cost?")
    for column, (key, title) in zip(st.columns(len(COSTS)), COSTS.items(), strict=True):
        column.altair_chart(scatter(comparison, key, title), key=f"scatter-{key}", alt=f"Mean squared error by {title}")
