"""The learning curves of the chosen runs, one over the other."""

import streamlit as st

from colorizer.comparison.comparison import Comparison
from colorizer.comparison.labels import legend_html
from pages.compare.charts import AXES, learning_curves
from pages.compare.view import show_html
from pages.shared.text import plain


def show_curves(comparison: Comparison) -> None:
    """Curves with their settings."""
    if not comparison.curves:
        st.caption("None of these networks has finished an epoch here.")
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        axis = st.segmented_control(
            "Against", list(AXES), default="Epoch", required=True, key="axis", label_visibility="collapsed",
            bind="query-params",
        )  # fmt: skip
        log = st.toggle("Logarithmic", key="log", bind="query-params")
        training = st.toggle("Training loss too", key="training", bind="query-params")
    trained_on = {run.config.dataset for run in comparison.runs if run.name in comparison.curves}
    show_html(legend_html(comparison.labels, comparison.colors), key="legend")
    st.altair_chart(
        learning_curves(comparison, axis or "Epoch", log, training), key="curves",
        alt="Test loss of each network over its training",
    )  # fmt: skip
    st.caption(
        f"Loss on the test pictures after each epoch{', dotted on the training pictures' if training else ''}; "
        "a diamond marks the epoch whose weights were kept."
    )
    if len(trained_on) > 1:
        named = "; ".join(
            f"{plain(comparison.labels[run.name])}: {plain(run.config.dataset)}" for run in comparison.runs
        )
        st.caption(f"These losses are of different pictures and cannot be compared. Trained on: {named}.")
    without = [plain(comparison.labels[run.name]) for run in comparison.runs if run.name not in comparison.curves]
    if without:
        st.caption(f"No curve yet: {', '.join(without)}.")
