"""What a run looks like: its pictures gaining color, its curve, and its figures."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd
import streamlit as st

from colorizer import jobs
from colorizer.datasets.dataset import load_dataset
from colorizer.errors import UserError
from colorizer.evaluation import known_metrics
from colorizer.runs import Run, load_run, run_names
from colorizer.runs.charts import AXES, ChartSettings, Curve, curves_png, run_colors, vega_chart
from colorizer.runs.curve import STUDY_RESULTS, MetricsReader, overfitting_since
from colorizer.runs.export import animation, export
from colorizer.text import duration
from pages.shared.text import show_error
from pages.train.scrubber import see_it_learn

_BASELINE, _STUDY = "Grayscale baseline", "2021 study"
_MOST_COMPARED = 5
_SHORT_RUN = 20


@dataclass(frozen=True)
class Shown:
    """What people chose to see."""

    chart: ChartSettings
    others: tuple[Run, ...]


def choose_what_is_shown(run: Run, names: list[str]) -> Shown:
    """How the curve is to be drawn, and which runs beside this one; kept in a popover, as few change it."""
    with st.popover("Curve settings", icon=":material/tune:"):
        axis = st.segmented_control("Against", list(AXES), default="Epoch", key="curve-axis") or "Epoch"
        log = st.toggle("Logarithmic losses", key="curve-log")
        start = 0.6 if run.config.epochs > _SHORT_RUN else 0.0
        smoothing = st.slider("Smoothing", 0.0, 0.95, start, 0.05, key=f"curve-smoothing-{run.name}")
        # The study redrew the whole picture, so its results lie far above those of runs that keep the luma.
        default = [_BASELINE] if run.config.keep_luma else [_BASELINE, _STUDY]
        lines = st.pills(
            "Reference lines", [_BASELINE, _STUDY], selection_mode="multi", default=default,
            key=f"curve-lines-{run.name}",
        )  # fmt: skip
        others = st.multiselect(
            "Other runs", [name for name in names if name != run.name], key=f"curve-others-{run.name}",
            max_selections=_MOST_COMPARED,
        )  # fmt: skip
    runs = []
    for name in others:
        try:
            runs.append(load_run(name))
        except UserError as error:
            show_error(error)
    known = {_BASELINE: _gray_copy(run), _STUDY: STUDY_RESULTS.get(run.config.architecture)}
    references = tuple((line, loss) for line in lines if (loss := known[line]) is not None)
    return Shown(ChartSettings(axis, log, smoothing, references=references), tuple(runs))


def show_progress(status: jobs.Status) -> None:
    """The bar of a training that is at work, and how fast it is."""
    progress = status.progress
    if "images_per_second" not in progress:
        st.progress(0.0, text="Starting …")
        return
    facts = [f"Epoch {min(progress['epoch'] + 1, progress['epochs'])} of {progress['epochs']}"]
    if status.state == "paused":
        facts.append("paused, everything is saved")
    else:
        if progress["seconds_left"]:
            facts.append(f"{duration(progress['seconds_left'])} left")
        if progress["images_per_second"]:
            facts.append(f"{progress['images_per_second']:,.0f} images a second")
    facts.append(f"learning rate {progress['learning_rate']:.1e}")
    facts.append(f"{progress['memory_bytes'] / 1e9:.1f} GB of memory")
    if progress["gpu_memory_bytes"]:
        facts.append(f"{progress['gpu_memory_bytes'] / 1e9:.1f} GB on the GPU")
    st.progress(min(progress["share"], 1.0), text=" · ".join(facts))


def show_run(run: Run, status: jobs.Status, shown: Shown) -> None:
    """Show a run as it is now."""
    metrics = _curve(str(run.folder)).read()
    if metrics.empty:
        if status.is_active:
            st.caption("Pictures and curve begin with the first finished epoch.")
        return
    gray = _gray_copy(run)
    see_it_learn(run, metrics)
    _figures(metrics, gray)
    since = overfitting_since(metrics)
    if since is not None:
        st.markdown(
            f":material/trending_up: Overfitting since epoch {since}: the test loss rises while the training loss "
            "still falls. The best weights were kept from there."
        )
    spec, data = vega_chart(_curves(run, shown), shown.chart)
    st.vega_lite_chart(data, spec, key="curve", alt="Training and test loss over the run", width="stretch")
    if shown.others:
        _differences([run, *shown.others])


def _curves(run: Run, shown: Shown) -> list[Curve]:
    runs = [run, *shown.others]
    colors = run_colors([each.name for each in runs], run_names())
    return [Curve(each.name, _curve(str(each.folder)).read(), colors[each.name]) for each in runs]


def has_curve(run: Run) -> bool:
    """Whether an epoch is finished."""
    return not _curve(str(run.folder)).read().empty


@st.cache_resource(max_entries=64, show_spinner=False)
def _curve(folder: str) -> MetricsReader:
    """The curve of a run, shared by all sessions; each refresh reads only what is new."""
    return MetricsReader(Path(folder) / "metrics.jsonl")


def _figures(metrics: pd.DataFrame, gray: float | None) -> None:
    best, last = metrics.iloc[int(metrics.test_loss.to_numpy().argmin())], metrics.iloc[-1]
    columns = st.columns(3)
    columns[0].metric(
        "Best test loss",
        f"{best.test_loss:.5f}",
        f"{best.test_loss / gray - 1:+.0%} against gray" if gray else None,
        delta_color="inverse",
        help="Mean squared error on the test pictures; lower is better. Gray is what doing nothing would score.",
    )
    columns[1].metric("Best epoch", f"{best.epoch:.0f} of {last.epoch:.0f}")
    columns[2].metric("Time spent", duration(last.seconds))


def _differences(runs: list[Run]) -> None:
    """Only the settings in which the runs differ."""
    table = pd.DataFrame({run.name: asdict(run.config) for run in runs})
    differing = table[table.astype(str).nunique(axis=1) > 1]
    if differing.empty:
        st.caption("These runs have the same settings.")
        return
    st.caption("Where their settings differ:")
    st.table(differing.astype(str).rename(index=lambda name: name.replace("_", " ")))


def _gray_copy(run: Run) -> float | None:
    try:
        return load_dataset(run.config.dataset).manifest.grayscale_mse
    except UserError:  # The shipped runs come without their dataset, but with figures measured on it.
        figures = known_metrics([run], run.config.dataset)
        return figures[0]["mse"] if figures else None


def show_details(run: Run, shown: Shown) -> None:
    """What is looked at now and then: downloads, all figures and settings."""
    metrics = run.metrics()
    if not metrics.empty:
        with st.container(horizontal=True):
            # Made only when asked for: `data` may be a function.
            _download("Curve as CSV", f"{run.name}.csv", "text/csv", lambda: export(run, ".csv"))
            _download(
                "Curve as picture", f"{run.name}.png", "image/png",
                lambda: curves_png(_curves(run, shown), shown.chart, run.name),
            )  # fmt: skip
            if run.samples.is_dir():
                _download("Animation", f"{run.name}.webp", "image/webp", lambda: animation(run, ".webp"))
                _download("Animation as GIF", f"{run.name}.gif", "image/gif", lambda: animation(run, ".gif"))
        with st.expander("Every epoch", icon=":material/table_rows:"):
            st.dataframe(metrics.iloc[::-1], hide_index=True)
    with st.expander("Settings", icon=":material/tune:"):
        settings = pd.Series(asdict(run.config)).astype(str)
        st.table(settings.rename(index=lambda name: name.replace("_", " ")).rename("value"))


def show_log(run: Run) -> None:
    """The end of what its training printed."""
    text = jobs.log_tail(run.folder)
    if text:
        with st.expander("Log", icon=":material/terminal:"):
            st.code(text, language=None)


def _download(label: str, name: str, kind: str, make: Callable[[], bytes]) -> None:
    st.download_button(label, make, name, kind, key=f"download-{name}", icon=":material/download:", on_click="ignore")
