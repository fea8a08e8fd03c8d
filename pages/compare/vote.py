"""The vote: two colorings of one gray picture, which looks more natural? Who made them is told afterwards."""

from collections.abc import Callable

import streamlit as st

from colorizer.comparison.comparison import Comparison
from colorizer.errors import UserError
from colorizer.votes import store
from colorizer.votes.results import labels
from colorizer.votes.store import TRUTH, Candidate, candidate
from pages.compare.vote_board import board
from pages.compare.vote_game import Game
from pages.compare.vote_pictures import album
from pages.compare.vote_results import results
from pages.shared.text import plain, show_error

_GAME, _PLAYING, _FAILED = "vote-game", "vote-playing", "vote-failed"
_PLAY, _RESULTS = "Play", "Results"


@st.fragment
def vote(comparison: Comparison) -> None:
    """Let people vote on the networks and the truth, and show what all votes say. It draws itself anew alone."""
    view = st.segmented_control(
        "View", [_PLAY, _RESULTS], default=_PLAY, key="vote-view", label_visibility="collapsed", required=True
    )
    if failed := st.session_state.pop(_FAILED, None):
        st.error(plain(failed), icon=":material/error:")
    try:
        candidates = [*map(candidate, comparison.runs), TRUTH]
        if view == _RESULTS:
            results(comparison, candidates, on_delete=lambda: _do(store.delete_all))
        elif st.session_state.get(_PLAYING):
            _play(comparison, candidates)
        else:
            _invite()
    except UserError as error:
        show_error(error)


def _invite() -> None:
    with st.container(horizontal_alignment="center"):
        st.markdown("### Which looks more natural?", width="content", text_alignment="center")
        st.markdown(
            "Two colorings of one gray picture; who made them you learn after your vote.",
            width="content", text_alignment="center",
        )  # fmt: skip
        st.button("Start voting", icon=":material/how_to_vote:", type="primary", on_click=_start)
        st.caption(
            "Press the better picture, or an arrow key. Votes stay on this computer, without a name.",
            width="content", text_alignment="center",
        )  # fmt: skip


def _start() -> None:
    st.session_state[_PLAYING] = True


def _play(comparison: Comparison, candidates: list[Candidate]) -> None:
    game: Game = st.session_state.setdefault(_GAME, Game())
    game.play(candidates, album(comparison.dataset_name))
    if game.current:
        board(game, game.current, comparison.labels, lambda *answer: _do(lambda: game.answer(*answer)))
    else:
        st.info("You have judged all of these pictures.", icon=":material/done_all:")
    _bar(game, comparison.labels)


def _bar(game: Game, titles: dict[str, str]) -> None:
    """The score of this sitting, and the buttons."""
    with st.container(horizontal=True, horizontal_alignment="center", vertical_alignment="center"):
        score = game.score()
        names = labels((who for who, _, _ in score), titles)
        if score:
            st.caption("Preferred:", width="content")
        for who, won, shown in score:
            st.badge(f"{plain(names[who])} {won} of {shown}", color="gray")
        if game.past:
            st.button("Undo", icon=":material/undo:", on_click=_do, args=(game.undo,))
        if not game.current:
            st.button("Another round", icon=":material/replay:", type="primary", on_click=game.start_again)


def _do(action: Callable[[], object]) -> None:
    try:
        action()
    except UserError as error:
        st.session_state[_FAILED] = str(error)
