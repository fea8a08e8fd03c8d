"""The same pictures through several networks, side by side, with honest figures."""

import pandas as pd
import streamlit as st

from colorizer.datasets.dataset import dataset_names, load_dataset
from colorizer.errors import InputError
from colorizer.evaluation import Figures, evaluate_runs, evaluated_datasets, known_figures
from colorizer.runs.store import Run, load_run
from pages.compare.charts import error_bars, learning_curves
from pages.compare.pictures import picture_rows
from pages.compare.vote import vote
from pages.shared.models import STUDY_RUNS, usable_runs
from pages.shared.time_left import TimedProgress

_COLUMNS = {
    "run": ("Network", None, "The run; gray means leaving the pictures gray."),
    "parameters": ("Parameters", "localized", "Trainable numbers in the network."),
    "mse": ("MSE", "%.6f", "Mean squared error; lower is better."),
    "loss_sum": ("Study's sum", "%.4f", "MSE added up over batches of 100 pictures; lower is better."),
    "psnr": ("PSNR, pooled", "%.2f dB", "Of all pixels together; higher is better."),
    "psnr_mean": ("PSNR, mean", "%.2f dB", "Mean of the pictures' own PSNR; higher is better."),
    "ssim": ("SSIM", "%.4f", "Structural similarity; higher is better. Gray alone scores high."),
    "ciede2000": ("CIEDE2000", "%.2f", "Mean visible colour difference; lower is better."),
    "colorfulness": ("Colourfulness", "%.1f", "How colourful the results are; closest to the truth is best."),
    "colorfulness_true": ("… of the truth", "%.1f", "How colourful the true pictures are."),
}


def main() -> None:
    st.title("Compare")
    names = usable_runs()
    if not names:
        st.info("There is nothing to compare yet. Train a network first.", icon=":material/info:")
        st.page_link("pages/train/page.py", label="Train a network", icon=":material/model_training:")
        return
    chosen = st.multiselect("Networks", names, default=[name for name in names if name in STUDY_RUNS] or names[:3])
    if not chosen:
        st.info("Choose at least one network.", icon=":material/info:")
        return
    try:
        runs = [load_run(name) for name in chosen]
    except InputError as error:
        st.error(str(error), icon=":material/error:")
        return
    pictures, figures, curves, voting = st.tabs(["Pictures", "Figures", "Learning curves", "Vote"])
    with figures:
        _figures(runs)
    with curves:
        st.altair_chart(learning_curves(runs), alt="Test loss of each network by epoch")
        st.caption("Test loss after each epoch. A run trained on another dataset is not comparable.")
    with voting:
        vote(runs)
    with pictures:  # Last, because the networks have to run first.
        picture_rows(runs)


def _figures(runs: list[Run]) -> None:
    measured = {dataset for run in runs for dataset in evaluated_datasets(run)}
    choices = sorted(measured | set(dataset_names()))
    if not choices:
        st.info("Prepare a dataset to measure these networks on.", icon=":material/info:")
        return
    start = "cifar10" if "cifar10" in choices else choices[0]
    name = st.selectbox("Measured on the test pictures of", choices, index=choices.index(start))
    figures = known_figures(runs, name)
    missing = [run.name for run in runs if run.name not in {entry["run"] for entry in figures}]
    if missing and name in dataset_names():
        st.caption(f"Not measured on {name} yet: {', '.join(missing)}.")
        if st.button("Measure", icon=":material/straighten:", type="primary"):
            figures = _measure(runs, name) or figures
    elif missing:
        st.caption(f"{', '.join(missing)} cannot be measured: the dataset {name} is not on this computer.")
    if figures:
        _table(figures)


def _measure(runs: list[Run], dataset_name: str) -> list[Figures]:
    progress = TimedProgress("Measuring")
    try:
        return evaluate_runs(
            runs, load_dataset(dataset_name), progress=lambda name, share: progress.update(share, f"Measuring {name}")
        )
    except InputError as error:
        st.error(str(error), icon=":material/error:")
        return []
    finally:
        progress.done()


def _table(figures: list[Figures]) -> None:
    frame = pd.DataFrame(figures)[list(_COLUMNS)]
    st.altair_chart(error_bars(frame), alt="Mean squared error of each network beside the gray copy")
    st.dataframe(
        frame,
        hide_index=True,
        column_config={
            key: st.column_config.Column(label, help=help, pinned=key == "run")
            if form is None
            else st.column_config.NumberColumn(label, format=form, help=help)
            for key, (label, form, help) in _COLUMNS.items()
        },
    )
    st.download_button(
        "Download as CSV", frame.to_csv(index=False), "comparison.csv", "text/csv", icon=":material/download:"
    )


main()
