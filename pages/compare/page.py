"""Compare networks: the same pictures through each, their metrics and curves, and a blind vote."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import streamlit as st

from colorizer.comparison import Comparison, Sample, export
from colorizer.datasets.dataset import dataset_names
from colorizer.evaluation import evaluated_datasets, known_metrics, picture_errors
from colorizer.runs import Run, load_run
from colorizer.study import STUDY_RUNS
from pages.compare.curves import show_curves
from pages.compare.metrics import offer_evaluation, show_metrics
from pages.compare.pictures import make_rows, select_samples, show_rows
from pages.compare.study import show_study
from pages.compare.view import show_html
from pages.shared.models import usable_runs
from pages.shared.text import plain

_EXPORTS = {
    ".html": ("Report", "text/html", ":material/article:", "Everything on this page in one standalone file"),
    ".png": ("Figure", "image/png", ":material/image:", "Pictures, errors, and curves in one image"),
    ".csv": ("Metrics as CSV", "text/csv", ":material/table:", "For spreadsheets"),
}


def main() -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.title("Compare", anchor=False, width="content")
        exports = st.container(width="content")
    names = usable_runs()
    if not names:
        st.info("There is nothing to compare yet. Train a network first.", icon=":material/info:")
        st.page_link("pages/train/page.py", label="Train a network", icon=":material/model_training:")
        return
    head = st.container()  # Above the controls, though it depends on them.
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        runs = _select_runs(names)
        dataset_name = _select_dataset(runs) if runs else ""
    if not runs:
        st.info("Select at least one network.", icon=":material/info:")
        return
    comparison = Comparison(tuple(runs), dataset_name, tuple(known_metrics(runs, dataset_name)))
    errors = picture_errors(runs, dataset_name)
    with head:
        _show_verdict(comparison, errors)
        if comparison.colors_note:
            st.caption(plain(comparison.colors_note))
    with st.empty().container():  # Emptied at once, so that no button outlives its click.
        offer_evaluation(comparison)
    titles = ["Pictures", "Metrics", "Learning curves", "The study", "Vote"]
    tabs = st.tabs(titles, key="tab", bind="query-params")
    with tabs[0]:
        samples = select_samples(comparison, errors)
    # What a tab shows takes time to make, so only the open one is made.
    shows: tuple[Callable[[Comparison], None], ...]
    shows = (partial(show_rows, samples=samples), show_metrics, show_curves, show_study, _vote)
    for tab, show in zip(tabs, shows, strict=True):
        if tab.open:
            with tab:
                show(comparison)
    with exports:
        _offer_exports(comparison, samples, errors)


def _vote(comparison: Comparison) -> None:
    from pages.compare.vote import vote  # Its statistics and charts take two seconds to import.

    vote(comparison)


def _select_runs(names: list[str]) -> list[Run]:
    runs = {name: load_run(name) for name in names}
    default = [name for name in names if name in STUDY_RUNS] or names[:3]
    selected = st.multiselect(
        "Networks",
        names,
        default=default,
        format_func=lambda name: runs[name].title,
        key="runs",
        bind="query-params",
        wrap=True,
    )
    return [runs[name] for name in selected]


def _select_dataset(runs: list[Run]) -> str:
    """The dataset on whose test images the runs are compared: present, or evaluated on before."""
    evaluated = [name for run in runs for name in evaluated_datasets(run)]
    trained_on = [run.config.dataset for run in runs]
    choices = sorted({*evaluated, *dataset_names()}) or trained_on[:1]
    # The default is the dataset that most of them were trained or evaluated on.
    choices.sort(key=lambda name: -(evaluated + trained_on).count(name))
    if len(choices) == 1:
        return choices[0]
    return st.selectbox("Dataset", choices, key="dataset", bind="query-params", width=250)


def _show_verdict(comparison: Comparison, errors: Mapping[str, np.ndarray]) -> None:
    if len(comparison.ranked_metrics) > 1:
        show_html(comparison.verdict_html(errors), key="verdict")
        st.caption(
            f"By mean squared error on all test images of {plain(comparison.dataset_name)}. The lowest error is not "
            "the most natural look: where several colors are plausible, dull ones score best. Vote to compare looks.",
            help="Two networks differ significantly if the mean of the paired differences of their errors is more than "
            "1.96 standard errors from zero. Where the errors of individual images are unknown, their 95% confidence "
            "intervals must not overlap.",
        )


def _offer_exports(comparison: Comparison, samples: Sequence[Sample], errors: Mapping[str, np.ndarray]) -> None:
    """Show a download button for each kind of file, with the networks and pictures that are selected now."""

    def make(kind: str) -> bytes:
        rows = make_rows(comparison, samples) if samples and kind != ".csv" else []
        return export(replace(comparison, rows=tuple(rows)), kind, errors)

    with st.popover("Export", icon=":material/download:"):
        for kind, (label, mime, icon, help) in _EXPORTS.items():
            if kind == ".csv" and not comparison.metrics:
                continue
            st.download_button(
                label, partial(make, kind), f"comparison{kind}", mime, key=f"export{kind}", icon=icon,
                help=help, on_click="ignore", width="stretch",
            )  # fmt: skip


main()
