"""The charts of the compare page."""

import altair as alt
import pandas as pd

from colorizer.runs.store import GRAY, Run


def learning_curves(runs: list[Run]) -> alt.Chart:
    """Test loss of each run by epoch."""
    frames = [run.metrics().assign(run=run.name) for run in runs]
    frame = pd.concat([part for part in frames if not part.empty] or frames[:1])
    return (
        alt.Chart(frame[["epoch", "test_loss", "run"]])
        .mark_line(point=True, strokeWidth=2)
        .encode(
            x=alt.X("epoch:Q", title="Epoch", axis=alt.Axis(tickMinStep=1, format="d")),
            y=alt.Y("test_loss:Q", title="Mean squared error on test pictures", scale=alt.Scale(zero=False)),
            color=alt.Color("run:N", title=None, legend=alt.Legend(orient="top")),
            tooltip=["run:N", "epoch:Q", alt.Tooltip("test_loss:Q", format=".6f")],
        )
        .properties(height=380)
    )


def error_bars(figures: pd.DataFrame) -> alt.LayerChart | alt.FacetChart:
    """Mean squared error of each run, with a line where the gray copy is.

    Args:
        figures: columns run and mse; one row is the gray copy's.
    """
    gray = figures[figures.run == GRAY]
    networks = figures[figures.run != GRAY]
    bars = (
        alt.Chart(networks)
        .mark_bar(cornerRadiusEnd=4, height={"band": 0.7})
        .encode(
            y=alt.Y("run:N", title=None, sort="x"),
            x=alt.X("mse:Q", title="Mean squared error (dashed: left gray)"),
            color=alt.Color("run:N", legend=None),
            tooltip=["run:N", alt.Tooltip("mse:Q", format=".6f")],
        )
    )
    labels = bars.mark_text(align="left", dx=4).encode(text=alt.Text("mse:Q", format=".4f"), color=alt.value("gray"))
    rule = alt.Chart(gray).mark_rule(strokeDash=[6, 4], color="gray", strokeWidth=2).encode(x="mse:Q")
    return alt.layer(bars, labels, rule).properties(height=60 + 42 * len(networks))
