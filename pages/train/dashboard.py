"""What a run looks like: where it is, its curve, and its pictures gaining colour."""

import altair as alt
import numpy as np
import pandas as pd
import streamlit as st

from colorizer import images, jobs
from colorizer.datasets.dataset import load_dataset
from colorizer.errors import InputError
from colorizer.evaluation import known_figures
from colorizer.runs.store import Run
from pages.shared.pictures import enlarged
from pages.shared.time_left import duration

_SHOWN_EPOCHS = 4
_MOST_POINTS = 500


def show_run(run: Run, status: jobs.Status) -> None:
    """Show a run as it is now."""
    metrics = run.metrics()
    if status.is_active:
        _progress(status)
    if metrics.empty:
        if status.is_active:
            st.caption("The curve begins with the first finished epoch.")
        _log(run)
        return
    _figures(run, metrics)
    st.altair_chart(_curve(metrics, _gray_copy(run)), key="curve", alt="Training and test loss by epoch")
    _strips(run)
    with st.expander("Every epoch", icon=":material/table_rows:"):
        st.dataframe(metrics.iloc[::-1], hide_index=True)
        st.download_button(
            "Download as CSV", metrics.to_csv(index=False), f"{run.name}.csv", "text/csv", icon=":material/download:"
        )
    _log(run)


def _progress(status: jobs.Status) -> None:
    progress = status.progress
    if not progress:
        st.progress(0.0, text="Starting …")
        return
    text = f"Epoch {min(progress['epoch'] + 1, progress['epochs'])} of {progress['epochs']}"
    if progress["images_per_second"]:
        text += f" · {progress['images_per_second']:,.0f} images a second"
    if progress["seconds_left"]:
        text += f" · {duration(progress['seconds_left'])} left"
    st.progress(min(progress["share"], 1.0), text=text)


def _figures(run: Run, metrics: pd.DataFrame) -> None:
    best, last, gray = metrics.iloc[int(metrics.test_loss.argmin())], metrics.iloc[-1], _gray_copy(run)
    columns = st.columns(4)
    columns[0].metric(
        "Best test loss",
        f"{best.test_loss:.5f}",
        f"{best.test_loss / gray - 1:+.0%} against gray" if gray else None,
        delta_color="inverse",
        help="Mean squared error on the test pictures; lower is better. Gray is what doing nothing would score.",
    )
    columns[1].metric("Best epoch", f"{best.epoch:.0f} of {last.epoch:.0f}")
    columns[2].metric(
        "The study's sum", f"{best.test_sum:.4f}", help="The same loss added up over batches of 100 test pictures."
    )
    columns[3].metric("Time spent", duration(last.seconds))


def _curve(metrics: pd.DataFrame, gray: float | None) -> alt.LayerChart | alt.FacetChart:
    thinned = metrics.iloc[:: -(-len(metrics) // _MOST_POINTS)]
    long = thinned.rename(columns={"train_loss": "training", "test_loss": "test"}).melt(
        "epoch", ["training", "test"], "split", "loss"
    )
    lines = (
        alt.Chart(long)
        .mark_line(point=len(thinned) < 40, strokeWidth=2)
        .encode(
            x=alt.X("epoch:Q", title="Epoch", axis=alt.Axis(tickMinStep=1, format="d")),
            y=alt.Y("loss:Q", title="Mean squared error", scale=alt.Scale(zero=False)),
            color=alt.Color("split:N", title=None, sort=["training", "test"], legend=alt.Legend(orient="top")),
            tooltip=["split:N", "epoch:Q", alt.Tooltip("loss:Q", format=".6f")],
        )
    )
    best = metrics.iloc[[int(metrics.test_loss.argmin())]]
    mark = (
        alt.Chart(best)
        .mark_point(size=140, shape="diamond", filled=True, opacity=1)
        .encode(x="epoch:Q", y="test_loss:Q", tooltip=[alt.Tooltip("test_loss:Q", title="best", format=".6f")])
    )
    layers: list[alt.Chart] = [lines, mark]
    if gray is not None:
        rule = pd.DataFrame({"loss": [gray], "label": ["left gray"]})
        layers.append(alt.Chart(rule).mark_rule(strokeDash=[6, 4], color="gray").encode(y="loss:Q"))
        layers.append(
            alt.Chart(rule)
            .mark_text(align="right", baseline="bottom", dy=-3, color="gray")
            .encode(x=alt.value("width"), y="loss:Q", text="label:N")
        )
    return alt.layer(*layers).properties(height=340)


def _gray_copy(run: Run) -> float | None:
    try:
        return load_dataset(run.config.dataset).manifest.gray_copy_mse
    except InputError:  # The shipped runs come without their dataset, but with figures measured on it.
        figures = known_figures([run], run.config.dataset)
        return figures[0]["mse"] if figures else None


def _strips(run: Run) -> None:
    """The sample strips: gray, some epochs on the way, the last one, the truth."""
    strips = sorted(run.samples.glob("epoch-*.png"))
    if not strips:
        return
    st.subheader("What it has learned")
    chosen = sorted({round(index) for index in np.geomspace(1, len(strips), min(_SHOWN_EPOCHS, len(strips)))})
    rows = [("Gray, its input", run.samples / "gray.png")]
    rows += [(f"Epoch {int(strips[number - 1].stem[6:])}", strips[number - 1]) for number in chosen]
    rows.append(("Truth", run.samples / "true.png"))
    for label, path in rows:
        try:
            pixels = images.decode(path.read_bytes(), path.name).pixels
        except (OSError, InputError):
            continue
        st.image(enlarged(pixels, side=96), caption=label, width="stretch", alt=f"{label}: a strip of test pictures")


def _log(run: Run) -> None:
    text = jobs.log_tail(run.folder)
    if text:
        with st.expander("Log", icon=":material/terminal:"):
            st.code(text, language=None)
