"""Two datasets side by side."""

import pandas as pd
import streamlit as st

from colorizer.datasets import SPLITS, Dataset, load_dataset
from colorizer.datasets.prepare.clean import STEPS
from colorizer.errors import UserError
from pages.prepare.charts import colorfulness_chart, show_histograms
from pages.shared.labels import label
from pages.shared.text import plain, show_error


def compare_datasets(names: list[str]) -> None:
    """Let the user choose two datasets and show how they differ."""
    left, right, third = st.columns(3, vertical_alignment="bottom")
    chosen = left.selectbox("Dataset", names, index=0), right.selectbox("Compare with", names, index=1)
    split = third.segmented_control(
        "Split", SPLITS, default="train", format_func=label, required=True, key="compare-split"
    )
    try:
        datasets = [load_dataset(name) for name in dict.fromkeys(chosen)]
        statistics = {dataset.name: getattr(dataset.statistics(), split) for dataset in datasets}
    except UserError as error:
        show_error(error)
        return
    facts = {dataset.name: _facts(dataset) for dataset in datasets}
    for name, values in statistics.items():
        facts[name]["Mean color"] = ", ".join(f"{value:.0f}" for value in values.mean_color)
        facts[name]["Luma, mean and standard deviation"] = f"{values.gray_mean:.4f}, {values.gray_std:.4f}"
        facts[name]["Colorfulness"] = f"{values.colorfulness_mean:.1f}"
    st.table(pd.DataFrame(facts).fillna(""))
    show_histograms(statistics, "compared-histogram")
    st.altair_chart(colorfulness_chart(statistics), key="compared-colorfulness", alt="Colorfulness of the images")


def _facts(dataset: Dataset) -> dict[str, str]:
    facts = dataset.manifest
    titles = {step.key: step.title for step in STEPS}
    return {
        "Training images": f"{facts.train:,}",
        "Test images": f"{facts.test:,}",
        "Size": f"{facts.size} x {facts.size}",
        "Sources": plain(", ".join(source.label for source in facts.sources)),
        "Grayscale baseline, mean squared error": f"{facts.grayscale_mse:.6f}",
        **{f"Found: {titles.get(record.step) or plain(record.step)}": f"{record.found:,}" for record in facts.cleaning},
    }
