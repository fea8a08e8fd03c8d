"""The dashboard of a run: its state, curves, sample images, metrics, settings, and downloads."""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from colorizer import jobs
from colorizer.datasets.dataset import load_dataset
from colorizer.errors import UserError
from colorizer.evaluation import known_metrics
from colorizer.runs import Run, TrainingConfig, run_names
from colorizer.runs.charts import AXES, ChartSettings, Curve, curves_png, run_colors, vega_chart
from colorizer.runs.curve import STUDY_RESULTS, downsample, overfitting_since
from colorizer.runs.export import animation, export
from colorizer.text import duration, file_size
from pages.shared.component import component
from pages.shared.labels import label
from pages.train.readers import metrics_of, steps_of
from pages.train.scrubber import show_scrubber
from pages.train.table import NOT_STARTED, STATES

_BASELINE, _STUDY = "Grayscale baseline", "2021 study"
_SHORT_RUN = 20
_CHART_HEIGHT = 450
"""In pixels; about that of the sample images beside it."""
_SPARKLINE_POINTS = 60
_LOSS_HELP = "Mean squared error on the test images; lower is better. Grayscale is the error without any colorization."
_figures = component("figures", Path(__file__).parent)


@dataclass(frozen=True)
class DashboardSettings:
    """How the curves of a run are drawn."""

    chart: ChartSettings
    steps: bool
    """Draw the training loss within epochs."""


def chart_settings(run: Run) -> DashboardSettings:
    """Show the settings of the chart in a popover, and return them."""
    with st.popover("Chart settings", icon=":material/tune:"):
        axis = st.segmented_control("Horizontal axis", list(AXES), default="Epoch", key="curve-axis") or "Epoch"
        log = st.toggle("Logarithmic losses", key="curve-log")
        default = 0.6 if run.config.epochs > _SHORT_RUN else 0.0
        smoothing = st.slider("Smoothing", 0.0, 0.95, default, 0.05, key=f"curve-smoothing-{run.name}")
        training = st.toggle("Training loss", True, key="curve-training")
        steps = st.toggle("Training loss within epochs", True, key="curve-steps", disabled=not training)
        # The study predicts brightness too, so its losses are far above those of runs that keep the luma.
        lines = st.pills(
            "Reference lines", [_BASELINE, _STUDY], selection_mode="multi",
            default=[_BASELINE] if run.config.keep_luma else [_BASELINE, _STUDY], key=f"curve-lines-{run.name}",
        )  # fmt: skip
    known = {_BASELINE: _baseline(run), _STUDY: STUDY_RESULTS.get(run.config.architecture)}
    references = tuple((line, loss) for line in lines if (loss := known[line]) is not None)
    return DashboardSettings(ChartSettings(axis, log, smoothing, training, references), steps)


def has_points(run: Run) -> bool:
    """Whether there is a point of the curve yet."""
    return not (metrics_of(run).empty and steps_of(run).empty)


def show_live(run: Run, others: list[Run], status: jobs.Status, settings: DashboardSettings) -> None:
    """Show everything that changes while a run is trained."""
    _show_progress(status)
    metrics, steps = metrics_of(run), steps_of(run)
    if not has_points(run):
        if status.is_active:
            st.caption("The curve appears after the first steps, the sample images after the first epoch.")
        return
    _show_figures(run, metrics, steps)
    since = overfitting_since(metrics) if len(metrics) else None
    if since is not None:
        st.markdown(
            f":material/trending_up: Overfitting since epoch {since}: the test loss is rising while the training "
            "loss is still falling. The best weights are from an earlier epoch."
        )
    chart, samples = st.columns([3, 2]) if run.samples.is_dir() else (st.container(), None)
    with chart:
        spec, data = vega_chart(_curves(run, others, settings), settings.chart, is_growing=status.is_active)
        st.vega_lite_chart(
            data, spec, key="curve", alt="Training and test loss over the run", width="stretch", height=_CHART_HEIGHT
        )
        if len({each.config.dataset for each in (run, *others)}) > 1:
            st.caption("These runs use different datasets, so their losses cannot be compared.")
    if samples is not None and len(metrics):
        with samples:
            show_scrubber(run, metrics)
    if others:
        _show_differences([run, *others])


def _show_progress(status: jobs.Status) -> None:
    """Show the state, and the progress and speed of an active run."""
    name, color = STATES.get(status.state, NOT_STARTED)
    progress = {key: value for key, value in status.progress.items() if _is_number(value)}
    facts = []
    if status.is_active and {"epoch", "epochs"} <= progress.keys():
        facts.append(f"Epoch {min(progress['epoch'] + 1, progress['epochs']):,.0f} of {progress['epochs']:,.0f}")
        if status.state == "paused":
            facts.append("progress is saved")
        elif progress.get("seconds_left"):
            facts.append(f"{duration(progress['seconds_left'])} left")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(name, color=color)  # type: ignore[arg-type]
        if facts:
            st.markdown(" · ".join(facts), width="content")
        if status.is_active:
            st.progress(min(max(progress.get("share", 0.0), 0.0), 1.0))


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)


def _show_figures(run: Run, metrics: pd.DataFrame, steps: pd.DataFrame) -> None:
    """Show the main figures, those of speed and memory with a small chart of how they changed."""
    figures = []

    def add(name: str, value: str, *, note: str = "", help: str = "", series: pd.Series | None = None) -> None:
        points: list[float] = []
        if series is not None and len(series) > 1:
            low, high = series.min(), series.max()
            points = ((series - low) / (high - low)).tolist() if high > low else [0.5] * len(series)
        figures.append({"label": name, "value": value, "note": note, "help": help, "values": points})

    if len(metrics):
        baseline = _baseline(run)
        best, last = metrics.iloc[int(metrics.test_loss.to_numpy().argmin())], metrics.iloc[-1]
        change = best.test_loss / baseline - 1 if baseline else 0.0
        note = f"{abs(change):.0%} {'below' if change < 0 else 'above'} grayscale" if baseline else ""
        add("Best test loss", f"{best.test_loss:.5f}", note=note, help=_LOSS_HELP)
        add("Best epoch", f"{best.epoch:.0f} of {last.epoch:.0f}")
        add("Training time", duration(last.seconds))
    if len(steps):
        steps = steps.iloc[downsample(len(steps), _SPARKLINE_POINTS)]
        last = steps.iloc[-1]
        add("Learning rate", f"{last.learning_rate:.2g}", series=steps.learning_rate)
        add("Images per second", f"{last.images_per_second:,.0f}", series=steps.images_per_second)
        add("Memory", file_size(last.memory_bytes), series=steps.memory_bytes)
        if last.gpu_memory_bytes:
            add("GPU memory", file_size(last.gpu_memory_bytes), series=steps.gpu_memory_bytes)
        add("CPU", f"{last.cpu_percent:.0f}%", help="100% is one core.", series=steps.cpu_percent)
    elif len(metrics) > 1:
        rates = metrics.learning_rate.iloc[downsample(len(metrics), _SPARKLINE_POINTS)]
        add("Learning rate", f"{rates.iloc[-1]:.2g}", series=rates)
    _figures(data={"figures": figures}, key="figures")


def _curves(run: Run, others: list[Run], settings: DashboardSettings) -> list[Curve]:
    runs = [run, *others]
    colors = run_colors([each.name for each in runs], run_names())
    return [
        Curve(each.name, metrics_of(each), colors[each.name], steps_of(each) if settings.steps else None)
        for each in runs
    ]


def _show_differences(runs: list[Run]) -> None:
    """Show the settings in which runs differ."""
    table = pd.DataFrame({run.name: _settings(run) for run in runs})
    differing = table[table.nunique(axis=1) > 1]
    if differing.empty:
        st.caption("These runs have the same settings.")
        return
    st.caption("Settings that differ")
    st.table(differing)


def _settings(run: Run) -> pd.Series:
    values = asdict(run.config)
    return pd.Series({item.metadata["label"]: label(values[item.name]) for item in fields(TrainingConfig)})


def _baseline(run: Run) -> float | None:
    """Return the mean squared error of the grayscale baseline on the run's test images, if it is known."""
    try:
        return load_dataset(run.config.dataset).manifest.grayscale_mse
    except UserError:  # The shipped runs come without their dataset, but with metrics measured on it.
        known = known_metrics([run], run.config.dataset)
        return known[0]["mse"] if known else None


def show_downloads(run: Run, others: list[Run], settings: DashboardSettings) -> None:
    """Show downloads of what there is of a run."""
    if metrics_of(run).empty:
        return
    # Made when asked for: the data are functions.
    _download("Metrics (CSV)", f"{run.name}.csv", "text/csv", lambda: export(run, ".csv"))
    _download(
        "Chart (PNG)", f"{run.name}.png", "image/png",
        lambda: curves_png(_curves(run, others, settings), settings.chart, run.name),
    )  # fmt: skip
    if run.samples.is_dir():
        _download("Animation (WebP)", f"{run.name}.webp", "image/webp", lambda: animation(run, ".webp"))
        _download("Animation (GIF)", f"{run.name}.gif", "image/gif", lambda: animation(run, ".gif"))


def show_details(run: Run) -> None:
    """Show all metrics and all settings."""
    metrics = metrics_of(run)
    if len(metrics):
        with st.expander("All epochs", icon=":material/table_rows:"):
            st.dataframe(metrics.iloc[::-1].rename(columns=label), hide_index=True)
    with st.expander("Settings", icon=":material/settings:"):
        st.table(_settings(run).rename("Value"))


def show_log(run: Run) -> None:
    """Show the end of the log."""
    text = jobs.log_tail(run.folder)
    if text:
        with st.expander("Log", icon=":material/terminal:"):
            st.code(text, language=None)


def _download(name: str, file_name: str, kind: str, make: Callable[[], bytes]) -> None:
    st.download_button(
        name, make, file_name, kind, key=f"download-{file_name}", icon=":material/download:", on_click="ignore"
    )
