"""The metrics of the selected runs: evaluated on request, as a table with bars, and against what they cost."""

from collections.abc import Sequence

import streamlit as st

from colorizer.comparison import Comparison, charts
from colorizer.comparison.metrics_table import metrics_html
from colorizer.datasets.dataset import dataset_names, load_dataset
from colorizer.errors import UserError
from colorizer.evaluation import evaluate_runs, evaluation_computers
from colorizer.models.registry import validate_image_size
from colorizer.runs import Run
from pages.compare.view import show_html
from pages.shared.models import colorizer_for
from pages.shared.progress import TimedProgress
from pages.shared.text import plain, show_error


def offer_evaluation(comparison: Comparison) -> None:
    """Offer to evaluate the runs that have no metrics yet, and say why others cannot be evaluated."""
    known = {entry["run"] for entry in comparison.metrics}
    missing = [run for run in comparison.runs if run.name not in known]
    name = comparison.dataset_name
    if not missing:
        if len(evaluation_computers(comparison.runs, name)) > 1 and name in dataset_names():
            text = "These networks were timed on different computers, so their times cannot be compared."
            if _is_requested(text, "Time them here"):
                _evaluate(comparison.runs, name)
        return
    is_here, ready = name in dataset_names(), []
    for run in missing:
        try:
            colorizer_for(run.name)
            if is_here:
                validate_image_size(run.config.architecture, load_dataset(name).manifest.size, name)
            ready.append(run)
        except UserError as error:
            st.error(f"{plain(comparison.labels[run.name])}: {plain(str(error))}", icon=":material/error:")
    names = ", ".join(plain(comparison.labels[run.name]) for run in ready)
    if ready and not is_here:
        st.caption(f"{names}: not evaluated on {plain(name)}, and that dataset is not on this computer.")
    elif ready and _is_requested(f"Not evaluated on {plain(name)} yet: {names}", "Evaluate"):
        # The known ones hold the grayscale baseline, which then need not be measured again.
        _evaluate([run for run in comparison.runs if run in ready or run.name in known], name)


def _is_requested(text: str, button: str) -> bool:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(text, width="content")
        return st.button(button, icon=":material/straighten:", type="primary")


def _evaluate(runs: Sequence[Run], dataset_name: str) -> None:
    progress = TimedProgress("Evaluating")
    try:
        evaluate_runs(
            runs,
            load_dataset(dataset_name),
            on_progress=lambda name, fraction: progress.update(fraction, f"Evaluating {plain(name)}"),
        )
    except UserError as error:
        show_error(error)
        return
    finally:
        progress.done()
    st.rerun()


def show_metrics(comparison: Comparison) -> None:
    """Show the table and the charts."""
    if len(comparison.metrics) < 2:
        st.caption("None of these networks has been evaluated on this dataset yet.")
        return
    show_html(metrics_html(comparison.metrics, comparison.labels, comparison.colors), key="metrics")
    st.caption(
        "Click a heading to sort. PSNR and SSIM reward dull colors, so compare the colorfulness too: that of the "
        f"originals is {comparison.metrics[0]['colorfulness_true']:.1f}. Thin marks on bars are 95 % confidence "
        "intervals."
    )
    st.subheader("Error against cost")
    show_html(charts.cost_charts_html(comparison), key="cost")
