"""What all votes on this computer say."""

from collections.abc import Callable, Sequence

import altair as alt
import pandas as pd
import streamlit as st

from colorizer.comparison.comparison import Comparison
from colorizer.comparison.labels import GRAY_COLOR
from colorizer.votes import store
from colorizer.votes.results import Preference, Ranking, labels, preferences, rank
from colorizer.votes.store import Candidate, Tally
from pages.shared.text import plain

_ALL = "all pictures"


def results(comparison: Comparison, present: Sequence[Candidate], on_delete: Callable[[], None]) -> None:
    """Show win rates, the ranking, and how to take the votes away or delete them.

    Args:
        comparison: says what runs are called, and which colors they have.
        present: the candidates as they are now; others are shown on request.
        on_delete: called when all votes are to be deleted.

    Raises:
        InputError: the votes cannot be read.
    """
    totals = store.totals()
    if not totals.votes:
        st.caption("No votes yet.")
        return
    tallies = _chosen(present)
    sittings = "one sitting" if totals.sessions == 1 else f"{totals.sessions:,} sittings"
    votes = "1 vote" if totals.votes == 1 else f"{totals.votes:,} votes"
    st.caption(f"{votes} from {sittings} on this computer. Lines are 95 % confidence intervals.")
    found = preferences(tallies)
    if found:
        names = labels({side for tally in tallies for side in (tally.first, tally.second)}, comparison.labels)
        _charts(found, names, comparison.colors)
        _ranking(rank(tallies, comparison.labels), names, comparison.colors)
        st.dataframe(_table(found, names), hide_index=True, column_config=_COLUMNS)
    else:
        st.caption("None of them is on these candidates.")
    with st.container(horizontal=True):
        st.download_button(
            "All votes as CSV", store.as_csv, "votes.csv", "text/csv", icon=":material/download:", on_click="ignore"
        )
        with st.popover("Delete all votes", icon=":material/delete:"):
            st.markdown(f"All **{totals.votes:,}** votes will be gone, those of others on this computer too.")
            st.button("Delete for good", icon=":material/delete:", type="primary", on_click=on_delete)


def _chosen(present: Sequence[Candidate]) -> list[Tally]:
    sources = store.sources()
    source, others = st.columns([2, 3], vertical_alignment="bottom")
    picked = _ALL
    if len(sources) > 1:
        picked = source.selectbox("Votes on", [_ALL, *sources], key="vote-source-filter")
    tallies = store.tallies(None if picked == _ALL else picked)
    current = [tally for tally in tallies if {tally.first, tally.second} <= set(present)]
    if len(current) == len(tallies) or others.toggle(
        "Also networks not chosen above, and earlier weights", key="vote-others"
    ):
        return tallies
    return current


def _charts(found: Sequence[Preference], names: dict[Candidate, str], colors: dict[str, str]) -> None:
    truth = [entry for entry in found if entry.other == store.TRUTH]
    between = [entry for entry in found if entry.other != store.TRUTH]
    if truth:
        st.markdown("**How often each was preferred to the truth**")
        rows = [names[entry.one] for entry in truth]
        st.altair_chart(
            _rates(truth, rows, colors, "Preferred to the truth (dashed: as good as it)"),
            key="vote-truth", alt="How often each network was preferred to the truth",
        )  # fmt: skip
    if between:
        st.markdown("**Network against network**")
        rows = [f"{names[entry.one]} over {names[entry.other]}" for entry in between]
        st.altair_chart(
            _rates(between, rows, colors, "Preferred (dashed: equally good)"),
            key="vote-pairs", alt="How often one network was preferred to another",
        )  # fmt: skip


def _rates(
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
    return _dots(frame, title, list(rows))


def _color(who: Candidate, colors: dict[str, str]) -> str:
    return GRAY_COLOR if who == store.TRUTH else colors.get(who.run, GRAY_COLOR)


def _ranking(ranking: Ranking, names: dict[Candidate, str], colors: dict[str, str]) -> None:
    st.markdown("**Ranking**")
    if not ranking.strengths:
        st.caption(plain(ranking.reason))
        return
    rows = [names[entry.candidate] for entry in ranking.strengths]
    frame = pd.DataFrame(
        {
            "row": row,
            "color": _color(entry.candidate, colors),
            "rate": entry.chance,
            "low": entry.chances[0],
            "high": entry.chances[1],
            "votes": f"strength {entry.strength:+.2f}",
        }
        for row, entry in zip(rows, ranking.strengths, strict=True)
    )
    st.altair_chart(
        _dots(frame, "Chance to be preferred to an average candidate", rows), key="vote-ranking", alt="Ranking"
    )
    st.caption("From all votes together, by the strengths of Bradley and Terry.")


def _dots(frame: pd.DataFrame, title: str, order: list[str]) -> alt.LayerChart | alt.FacetChart:
    """Shares with their intervals: columns row, color, rate, low, high and votes."""
    row = alt.Y("row:N", title=None, sort=order, axis=alt.Axis(labelLimit=220))
    scale = alt.Scale(domain=[0, 1])
    share = alt.X("rate:Q", title=title, scale=scale, axis=alt.Axis(format="%", tickCount=5))
    tips = [
        alt.Tooltip("row:N", title="Who"), alt.Tooltip("rate:Q", format=".0%", title="Share"),
        alt.Tooltip("low:Q", format=".0%", title="From"), alt.Tooltip("high:Q", format=".0%", title="To"),
        alt.Tooltip("votes:N", title="Votes"),
    ]  # fmt: skip
    base = alt.Chart(frame).encode(y=row, color=alt.Color("color:N", scale=None), tooltip=tips)
    lines = base.mark_rule(strokeWidth=3, opacity=0.5).encode(x=alt.X("low:Q", scale=scale), x2="high:Q")
    dots = base.mark_point(filled=True, size=140, opacity=1).encode(x=share)
    half = alt.Chart(pd.DataFrame({"x": [0.5]})).mark_rule(strokeDash=[6, 4], color=GRAY_COLOR).encode(x="x:Q")
    return alt.layer(half, lines, dots).properties(height=70 + 40 * len(frame))


_COLUMNS = {
    "one": st.column_config.TextColumn("Candidate"),
    "other": st.column_config.TextColumn("Against"),
    "wins": st.column_config.NumberColumn("Preferred"),
    "losses": st.column_config.NumberColumn("Not preferred"),
    "ties": st.column_config.NumberColumn("Cannot tell", help="They do not count in the win rate."),
    "rate": st.column_config.NumberColumn("Win rate", format="percent"),
    "low": st.column_config.NumberColumn("from", format="percent", help="Wilson's 95 % interval."),
    "high": st.column_config.NumberColumn("to", format="percent"),
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
