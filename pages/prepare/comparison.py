"""Two datasets side by side."""

import pandas as pd
import streamlit as st

from colorizer.datasets.dataset import SPLITS, Dataset, load_dataset
from colorizer.datasets.prepare.clean import STEPS
from colorizer.errors import UserError
from pages.prepare.charts import colorfulness_chart, show_levels
from pages.shared.text import show_error


def compare_two(names: list[str]) -> None:
    """Let people choose two datasets and show what tells them apart."""
    left, right, third = st.columns(3, vertical_alignment="bottom")
    one = left.selectbox("One dataset", names, index=0)
    other = right.selectbox("and another", names, index=1)
    split = third.segmented_control("Split", SPLITS, default="train", key="compare-split") or "train"
    try:
        datasets = [load_dataset(name) for name in dict.fromkeys((one, other))]
    except UserError as error:
        show_error(error)
        return
    st.table(pd.DataFrame({dataset.name: _facts(dataset, split) for dataset in datasets}).fillna(""))
    known = {dataset.name: figures[split] for dataset in datasets if (figures := dataset.statistics())}
    missing = [dataset.name for dataset in datasets if dataset.name not in known]
    if missing:
        st.caption(f"Prepared by an earlier version, without figures: {', '.join(missing)}. Prepare again to see them.")
    if known:
        show_levels(known, "compared-levels")
        st.altair_chart(colorfulness_chart(known), key="compared-colorfulness", alt="Colorfulness of pictures")


def _facts(dataset: Dataset, split: str) -> dict[str, str]:
    facts, figures = dataset.manifest, dataset.statistics()
    titles = {step.key: step.title for step in STEPS}
    rows = {
        "Training pictures": f"{facts.train:,}",
        "Test pictures": f"{facts.test:,}",
        "Size": f"{facts.size} x {facts.size}",
        "Sources": ", ".join(source.label for source in facts.sources),
        "Left gray, mean squared error": f"{facts.gray_copy_mse:.6f}",
        **{f"Found: {titles[record.step]}": f"{record.found:,}" for record in facts.cleaning},
    }
    if figures:
        values = figures[split]
        rows["Mean color"] = ", ".join(f"{value:.0f}" for value in values["mean_color"])
        rows["Gray, mean and deviation"] = f"{values['gray_mean']:.4f}, {values['gray_std']:.4f}"
        rows["Colorfulness"] = f"{values['colorfulness_mean']:.1f}"
    return rows
