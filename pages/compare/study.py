"""The 2021 study beside the networks here, and the bug that made its U-Net lose."""

from contextlib import suppress
from dataclasses import replace

import streamlit as st

from colorizer.comparison import Comparison, study
from colorizer.errors import UserError
from colorizer.imaging.bundled import PHOTOGRAPHS, load
from colorizer.runs import load_run
from colorizer.study import STUDY_DATASET, STUDY_RUNS
from pages.compare.view import show_html

_SIDES = {"32 pixels, as in the study": 32, "96 pixels": 96, "240 pixels": 240}


def show_study(comparison: Comparison) -> None:
    """Show the results, and explain the bug with pictures."""
    st.markdown(study.BEYOND_BASELINE)
    selected = {run.name for run in comparison.runs}
    shipped = []
    for name in STUDY_RUNS:
        with suppress(UserError):
            shipped += [load_run(name)] if name not in selected else []
    comparison = replace(comparison, runs=(*comparison.runs, *shipped))
    rows = comparison.study_rows()
    show_html(study.study_table_html(rows, comparison.colors), key="study")
    st.caption(
        "Sums are the losses that the study reports: mean squared errors summed over batches of 100 CIFAR-10 images. "
        "The test set has 100 batches, so the test MSE is the test sum divided by 100."
        + (" The mark on each bar is the grayscale baseline." if rows[0].run else "")
        + f" Measured with `colorizer evaluate {' '.join(STUDY_RUNS)} --dataset {STUDY_DATASET}`."
    )
    st.subheader("Why its U-Net lost")
    with st.container(horizontal=True, gap="medium"):
        photographs = {item.name: item for item in PHOTOGRAPHS}
        name = st.selectbox("Photograph", list(photographs), key="photograph", width=220)
        side = st.segmented_control("Size", list(_SIDES), default="96 pixels", required=True, key="side")
    pixels = load(photographs[name]).square_thumbnail(_SIDES[side or "96 pixels"])
    show_html(study.scramble_html(pixels), key="scramble")
    for text in study.EXPLANATION:
        st.markdown(text)
