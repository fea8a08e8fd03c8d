"""The learning curves of the selected runs."""

import streamlit as st

from colorizer.comparison import Comparison
from colorizer.comparison.comparison import legend_html
from colorizer.runs.charts import AXES, ChartSettings, vega_chart
from pages.compare.view import show_html
from pages.shared.text import plain


def show_curves(comparison: Comparison) -> None:
    """Show the curves and their settings."""
    if not comparison.curves:
        st.caption("None of these networks has finished an epoch yet.")
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        axis = st.segmented_control(
            "X axis", list(AXES), default="Epoch", required=True, key="axis", label_visibility="collapsed",
            bind="query-params",
        )  # fmt: skip
        log = st.toggle("Logarithmic", key="log", bind="query-params")
        training = st.toggle("Training loss", key="training", bind="query-params")
    show_html(legend_html(comparison.labels, comparison.colors), key="legend")
    groups = comparison.curves_by_dataset
    for dataset_name, curves in groups.items():
        if len(groups) > 1:
            st.subheader(f"Trained on {plain(dataset_name)}")
        settings = ChartSettings(
            axis or "Epoch", log, training=training, references=comparison.references(dataset_name)
        )
        spec, data = vega_chart(curves, settings, legend=False)
        st.vega_lite_chart(
            data, spec, key=f"curves-{dataset_name}", width="stretch",
            alt=f"Test loss of each network during training on {dataset_name}",
        )  # fmt: skip
    st.caption(
        f"Loss on the test images after each epoch{'; dotted: on the training images' if training else ''}. "
        "A diamond marks the best epoch, whose weights are used."
        + (" Losses on different datasets cannot be compared, so each has its own chart." if len(groups) > 1 else "")
    )
    without = [plain(comparison.labels[run.name]) for run in comparison.runs if run.name not in comparison.curves]
    if without:
        st.caption(f"No curve yet: {', '.join(without)}.")
