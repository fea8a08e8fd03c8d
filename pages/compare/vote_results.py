"""The results of all votes on this computer."""

from collections.abc import Callable, Sequence

import altair as alt
import pandas as pd
import streamlit as st

from colorizer.comparison import Comparison
from colorizer.runs.charts import BASELINE_COLOR
from colorizer.text import count
from colorizer.votes import Candidate, Tally, store
from colorizer.votes.results import Preference, Ranking, candidate_labels, preferences, rank
from pages.shared.text import plain

_ALL = "All pictures"


def show_results(comparison: Comparison, current: Sequence[Candidate], on_delete: Callable[[], None]) -> None:
    """Show win rates and the ranking, with buttons to download or delete the votes.

    Args:
        comparison: has the labels and colors of runs.
        current: the candidates on the page; others are shown on request.
        on_delete: called to delete all votes.

    Raises:
        InputError: the votes cannot be read.
    """
    totals = store.totals()
    if not totals.votes:
        st.caption("No votes yet.")
        return
    tallies = _select_tallies(current)
    votes, sessions = count(totals.votes, "vote"), count(totals.sessions, "session")
    st.caption(f"{votes} in {sessions} on this computer. Lines are 95% confidence intervals.")
    found = preferences(tallies)
    if found:
        names = candidate_labels({side for tally in tallies for side in (tally.first, tally.second)}, comparison.labels)
        _show_win_rates(found, names, comparison.colors)
        _show_ranking(rank(tallies, comparison.labels), names, comparison.colors)
        st.dataframe(_table(found, names), hide_index=True, column_config=_COLUMNS)
    else:
        st.caption("None of them involve these candidates.")
    with st.container(horizontal=True):
        st.download_button(
            "All votes as CSV", store.as_csv, "votes.csv", "text/csv", icon=":material/download:", on_click="ignore"
        )
        with st.popover("Delete all votes", icon=":material/delete:"):
            st.markdown(f"This deletes **{votes}**, including those of other people on this computer.")
            st.button("Delete permanently", icon=":material/delete:", type="primary", on_click=on_delete)


def _select_tallies(current: Sequence[Candidate]) -> list[Tally]:
    sources = store.sources()
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    source = _ALL
    if len(sources) > 1:
        source = left.selectbox("Votes on", [_ALL, *sources], key="vote-source-filter")
    tallies = store.tallies(None if source == _ALL else source)
    on_current = [tally for tally in tallies if {tally.first, tally.second} <= set(current)]
    if len(on_current) == len(tallies) or right.toggle(
        "Include networks not selected above, and earlier weights", key="vote-others"
    ):
        return tallies
    return on_current


def _show_win_rates(found: Sequence[Preference], names: dict[Candidate, str], colors: dict[str, str]) -> None:
    with_original = [entry for entry in found if entry.other == store.ORIGINAL]
    between = [entry for entry in found if entry.other != store.ORIGINAL]
    if with_original:
        st.markdown("**Network against original**")
        rows = [names[entry.one] for entry in with_original]
        st.altair_chart(
            _win_rates(with_original, rows, colors, "Preferred to the original (dashed: as good as the original)"),
            key="vote-original", alt="How often each network was preferred to the original",
        )  # fmt: skip
    if between:
        st.markdown("**Network against network**")
        rows = [f"{names[entry.one]} over {names[entry.other]}" for entry in between]
        st.altair_chart(
            _win_rates(between, rows, colors, "Preferred (dashed: equally good)"),
            key="vote-pairs", alt="How often one network was preferred to another",
        )  # fmt: skip


def _win_rates(
    found: Sequence[Preference], rows: Sequence[str], colors: dict[str, str], title: str
) -> alt.LayerChart | alt.FacetChart:
    frame = pd.DataFrame(
        {
            "row": row,
            "color": _color(entry.one, colors),
            "rate": entry.rate,
            "low": entry.interval[0],
            "high": entry.interval[1],
            "votes": f"{entry.wins} of {entry.decided}" + (f", {entry.ties} undecided" if entry.ties else ""),
        }
        for row, entry in zip(rows, found, strict=True)
    )
    return _dot_plot(frame, title, list(rows))


def _color(who: Candidate, colors: dict[str, str]) -> str:
    return BASELINE_COLOR if who == store.ORIGINAL else colors.get(who.run, BASELINE_COLOR)


def _show_ranking(ranking: Ranking, names: dict[Candidate, str], colors: dict[str, str]) -> None:
    st.markdown("**Ranking**")
    if not ranking.strengths:
        st.caption(plain(ranking.reason))
        return
    rows = [names[entry.candidate] for entry in ranking.strengths]
    frame = pd.DataFrame(
        {
            "row": row,
            "color": _color(entry.candidate, colors),
            "rate": entry.win_probability,
            "low": entry.win_probability_interval[0],
            "high": entry.win_probability_interval[1],
            "votes": f"strength {entry.strength:+.2f}",
        }
        for row, entry in zip(rows, ranking.strengths, strict=True)
    )
    st.altair_chart(
        _dot_plot(frame, "Probability of being preferred to an average candidate", rows),
        key="vote-ranking",
        alt="Ranking",
    )
    st.caption("Fitted jointly to all votes with the Bradley-Terry model.")


def _dot_plot(frame: pd.DataFrame, title: str, order: list[str]) -> alt.LayerChart | alt.FacetChart:
    """Plot rates with their intervals: columns row, color, rate, low, high and votes."""
    row = alt.Y("row:N", title=None, sort=order, axis=alt.Axis(labelLimit=220))
    scale = alt.Scale(domain=[0, 1])
    share = alt.X("rate:Q", title=title, scale=scale, axis=alt.Axis(format="%", tickCount=5))
    tooltip = [
        alt.Tooltip("row:N", title="Candidate"), alt.Tooltip("rate:Q", format=".0%", title="Rate"),
        alt.Tooltip("low:Q", format=".0%", title="From"), alt.Tooltip("high:Q", format=".0%", title="To"),
        alt.Tooltip("votes:N", title="Votes"),
    ]  # fmt: skip
    base = alt.Chart(frame).encode(y=row, color=alt.Color("color:N", scale=None), tooltip=tooltip)
    lines = base.mark_rule(strokeWidth=3, opacity=0.5).encode(x=alt.X("low:Q", scale=scale), x2="high:Q")
    dots = base.mark_point(filled=True, size=140, opacity=1).encode(x=share)
    half = alt.Chart(pd.DataFrame({"x": [0.5]})).mark_rule(strokeDash=[6, 4], color=BASELINE_COLOR).encode(x="x:Q")
    return alt.layer(half, lines, dots).properties(height=70 + 40 * len(frame))


_COLUMNS = {
    "one": st.column_config.TextColumn("Candidate"),
    "other": st.column_config.TextColumn("Against"),
    "wins": st.column_config.NumberColumn("Preferred"),
    "losses": st.column_config.NumberColumn("Not preferred"),
    "ties": st.column_config.NumberColumn("Undecided", help="These do not count in the win rate."),
    "rate": st.column_config.NumberColumn("Win rate", format="percent"),
    "low": st.column_config.NumberColumn("From", format="percent", help="Wilson's score interval, 95%."),
    "high": st.column_config.NumberColumn("To", format="percent"),
}


def _table(found: Sequence[Preference], names: dict[Candidate, str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "one": names[entry.one],
            "other": names[entry.other],
            "wins": entry.wins,
            "losses": entry.losses,
            "ties": entry.ties,
            "rate": entry.rate,
            "low": entry.interval[0],
            "high": entry.interval[1],
        }
        for entry in found
    )
