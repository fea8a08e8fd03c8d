"""The study of 2021 beside the networks here, and what went wrong in it."""

import streamlit as st

from colorizer.comparison import study
from colorizer.comparison.comparison import Comparison
from colorizer.comparison.study_html import layout_html, study_table_html
from colorizer.evaluation import known_figures
from colorizer.imaging.bundled import PHOTOGRAPHS, load
from colorizer.study import STUDY_DATASET
from pages.compare.view import show_html

_SIDES = {"32 pixels, as in the study": 32, "96 pixels": 96, "240 pixels": 240}


def show_study(comparison: Comparison) -> None:
    """Table, explanation and the mistake in pictures."""
    st.markdown(study.BEYOND_GRAY)
    entries = comparison.study_entries(known_figures(comparison.runs, STUDY_DATASET))
    show_html(study_table_html(entries, comparison.colors), key="study")
    st.caption(
        "Sums are those of the study: mean squared errors added up over batches of 100 pictures of CIFAR-10, so a test "
        "MSE is a test sum divided by 100. The mark on each bar is where leaving the pictures gray is."
        if entries[0].run
        else "Sums are mean squared errors added up over batches of 100 pictures of CIFAR-10."
    )
    st.subheader("Why its U-Net lost")
    with st.container(horizontal=True, gap="medium"):
        names = {item.name: item for item in PHOTOGRAPHS}
        name = st.selectbox("Photograph", list(names), key="photograph", width=220)
        side = st.segmented_control("Size", list(_SIDES), default="96 pixels", required=True, key="side")
    show_html(layout_html(load(names[name]).square_thumbnail(_SIDES[side or "96 pixels"])), key="layout")
    for text in study.EXPLANATION:
        st.markdown(text)
