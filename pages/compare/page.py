"""The same pictures through several networks, side by side, with honest figures."""

from collections.abc import Mapping
from html import escape

import numpy as np
import streamlit as st

from colorizer.comparison.comparison import Comparison
from colorizer.comparison.labels import label
from colorizer.comparison.verdict import verdict
from colorizer.datasets.dataset import dataset_names
from colorizer.evaluation import evaluated_datasets, known_figures, picture_errors
from colorizer.runs.store import Run, load_run
from colorizer.study import STUDY_RUNS
from pages.compare.curves import show_curves
from pages.compare.exports import offer_exports
from pages.compare.metrics import offer_measuring, show_figures
from pages.compare.pictures import choose_samples_to_show, show_rows
from pages.compare.study import show_study
from pages.compare.vote import vote
from pages.shared.models import usable_runs
from pages.shared.text import plain

_VERDICT = '<p style="font-size:1.35rem;line-height:1.45;max-width:58rem;margin:.2rem 0 0">{}</p>'


def main() -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.title("Compare", width="content")
        export = st.container(width="content")
    names = usable_runs()
    if not names:
        st.info("There is nothing to compare yet. Train a network first.", icon=":material/info:")
        st.page_link("pages/train/page.py", label="Train a network", icon=":material/model_training:")
        return
    head = st.container()  # What is found stands above what is chosen.
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        runs = _choose_runs(names)
        dataset_name = _choose_dataset(runs) if runs else ""
    if not runs:
        st.info("Choose at least one network.", icon=":material/info:")
        return
    comparison = Comparison(tuple(runs), dataset_name, tuple(known_figures(runs, dataset_name)))
    errors = picture_errors(runs, dataset_name)
    with head:
        _show_verdict(comparison, errors)
        if comparison.note:
            st.caption(plain(comparison.note))
    offer_measuring(comparison)
    pictures, figures, curves, study, voting = st.tabs(
        ["Pictures", "Figures", "Learning curves", "The study", "Vote"], key="tab", bind="query-params"
    )
    with pictures:
        samples = choose_samples_to_show(comparison, errors)
        if pictures.open:
            show_rows(comparison, samples)
    with figures:
        show_figures(comparison)
    with curves:
        show_curves(comparison)
    with study:
        show_study(comparison)
    with voting:
        if voting.open:
            vote(comparison)
    with export:
        offer_exports(comparison, samples, errors)


def _choose_runs(names: list[str]) -> list[Run]:
    runs = {name: load_run(name) for name in names}
    default = [name for name in names if name in STUDY_RUNS] or names[:3]
    chosen = st.multiselect(
        "Networks",
        names,
        default=default,
        format_func=lambda name: label(runs[name]),
        key="runs",
        bind="query-params",
        wrap=True,
    )
    return [runs[name] for name in chosen]


def _choose_dataset(runs: list[Run]) -> str:
    """The dataset on whose test pictures the runs are compared: there, or measured on before."""
    measured = [name for run in runs for name in evaluated_datasets(run)]
    trained_on = [run.config.dataset for run in runs]
    choices = sorted({*measured, *dataset_names()}) or trained_on[:1]
    # The first is the one that most of them know.
    choices.sort(key=lambda name: -(measured + trained_on).count(name))
    if len(choices) == 1:
        return choices[0]
    return st.selectbox("On the test pictures of", choices, key="dataset", bind="query-params", width=250)


def _show_verdict(comparison: Comparison, errors: Mapping[str, np.ndarray]) -> None:
    names = comparison.labels
    sentence = verdict(comparison.figures, lambda name: f"<b>{escape(names.get(name, name))}</b>", errors)
    if sentence:
        st.html(_VERDICT.format(sentence))
        st.caption(
            f"By mean squared error on all test pictures of {plain(comparison.dataset_name)}.",
            help="Two networks cannot be told apart if the mean difference of their errors, picture by picture, is "
            "within 1.96 standard errors of zero; where the errors of each picture are not known, if their 95 % "
            "intervals overlap.",
        )


main()
