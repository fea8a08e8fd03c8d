"""The metrics of the selected runs: evaluated in the background, as a table with bars, and against what they cost."""

from collections.abc import Sequence

import streamlit as st

from colorizer import jobs
from colorizer.comparison import Comparison, charts
from colorizer.comparison.metrics_table import metrics_html
from colorizer.datasets.dataset import dataset_names, load_dataset
from colorizer.errors import UserError
from colorizer.evaluation import evaluation_computers
from colorizer.evaluation.job import cancel_evaluation, evaluation_status, start_evaluation
from colorizer.models.registry import validate_image_size
from colorizer.runs import Run
from colorizer.text import duration
from pages.compare.view import show_html
from pages.shared.models import colorizer_for
from pages.shared.text import plain, show_error

_REFRESH_SECONDS = 1.0
_STARTED = "evaluation-started"


def offer_evaluation(comparison: Comparison) -> None:
    """Offer to evaluate the runs that have no metrics yet; show how far that is, or why it cannot be done."""
    name = comparison.dataset_name
    status = evaluation_status(name)
    if status and status.is_active:
        _show_progress(name)
        return
    if status and st.session_state.pop(_STARTED, None) == name and status.state != "finished":
        _show_end(status)
    known = {entry["run"] for entry in comparison.metrics}
    missing = [run for run in comparison.runs if run.name not in known]
    is_here, ready = name in dataset_names(), []
    for run in missing:
        try:
            colorizer_for(run.name)
            if is_here:
                validate_image_size(run.config.architecture, load_dataset(name).manifest.size, name)
            ready.append(run)
        except UserError as error:
            st.error(f"{plain(comparison.labels[run.name])}: {plain(str(error))}", icon=":material/error:")
    for_photographs = [run for run in ready if run.name in comparison.for_photographs]
    ready = [run for run in ready if run not in for_photographs]
    if for_photographs:
        st.caption(
            f"{_names(comparison, for_photographs)}: intended for photographs, so not evaluated on the thumbnails of "
            f"{plain(name)}. Compare on photographs, below, or on a dataset of larger images."
        )
    if ready and not is_here:
        st.caption(f"{_names(comparison, ready)}: not evaluated on {plain(name)}, which is not on this computer.")
    elif ready:
        _offer(f"Not evaluated on {plain(name)} yet: {_names(comparison, ready)}", "Evaluate", ready, name)
    elif is_here and not missing and len(evaluation_computers(comparison.runs, name)) > 1:
        text = "These networks were timed on different computers, so their times cannot be compared."
        _offer(text, "Time them here", comparison.runs, name)


def _names(comparison: Comparison, runs: Sequence[Run]) -> str:
    return ", ".join(plain(comparison.labels[run.name]) for run in runs)


def _offer(text: str, button: str, runs: Sequence[Run], dataset_name: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(text, width="content")
        st.button(button, icon=":material/straighten:", type="primary", on_click=_start, args=(runs, dataset_name))


def _start(runs: Sequence[Run], dataset_name: str) -> None:
    try:
        start_evaluation(runs, dataset_name)
        st.session_state[_STARTED] = dataset_name
    except UserError as error:
        show_error(error)


def _show_progress(dataset_name: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container():
            _show_bar(dataset_name)
        st.button("Cancel", icon=":material/close:", on_click=cancel_evaluation, args=(dataset_name,))
    st.caption("This continues in the background if you leave the page.")


@st.fragment(run_every=_REFRESH_SECONDS)
def _show_bar(dataset_name: str) -> None:
    """Show the progress of the job; rerun the page once it has ended."""
    status = evaluation_status(dataset_name)
    if status is None or not status.is_active:
        st.rerun(scope="app")
    run, fraction = status.progress.get("run", ""), min(1.0, status.progress.get("fraction", 0.0))
    label = f"Evaluating {plain(run)}" if run else "Starting the evaluation"
    if fraction > 0:
        label += f" · {duration(status.seconds * (1 - fraction) / fraction)} left"
    st.progress(fraction, text=label)


def _show_end(status: jobs.Status) -> None:
    if status.state == "stopped":
        st.info(
            "The evaluation was canceled. The metrics of networks already evaluated are kept.", icon=":material/info:"
        )
    else:
        reason = status.message or "The process ended unexpectedly."
        st.error(f"The evaluation failed. {plain(reason)}", icon=":material/error:")


def show_metrics(comparison: Comparison) -> None:
    """Show the table and the charts."""
    if len(comparison.metrics) < 2:
        st.caption("None of these networks has been evaluated on this dataset yet.")
        return
    show_html(metrics_html(comparison.metrics, comparison.labels, comparison.colors), key="metrics")
    st.caption(
        "Click a heading to sort. PSNR and SSIM reward dull colors, so compare the colorfulness too: that of the "
        f"originals is {comparison.metrics[0]['colorfulness_true']:.1f}. Thin marks on bars are 95% confidence "
        "intervals."
    )
    st.subheader("Error against cost")
    show_html(charts.cost_charts_html(comparison), key="cost")
