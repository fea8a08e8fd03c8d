"""The vote: two colourings of one gray picture, which looks more natural? Who made them is told afterwards."""

from collections.abc import Callable

import streamlit as st

from colorizer.errors import InputError
from colorizer.runs.store import Run
from colorizer.votes import store
from colorizer.votes.store import TRUTH, Contender
from pages.compare.vote_board import board
from pages.compare.vote_game import Game
from pages.compare.vote_pictures import album, album_names, contender_of
from pages.compare.vote_results import results
from pages.shared.text import plain

_GAME, _PLAYING, _FAILED = "vote-game", "vote-playing", "vote-failed"
_PLAY, _RESULTS = "Play", "Results"


@st.fragment
def vote(runs: list[Run]) -> None:
    """Let people vote on these runs and the truth, and show what all votes say. It draws itself anew alone."""
    views, albums = st.columns([1, 1], vertical_alignment="center")
    view = views.segmented_control(
        "View", [_PLAY, _RESULTS], default=_PLAY, key="vote-view", label_visibility="collapsed", required=True
    )
    if failed := st.session_state.pop(_FAILED, None):
        st.error(plain(failed), icon=":material/error:")
    try:
        contenders = [*(contender_of(run.name) for run in runs), TRUTH]
        if view == _RESULTS:
            results(contenders, on_delete=lambda: _do(store.delete_all))
        elif st.session_state.get(_PLAYING):
            names = album_names()
            with albums.container(horizontal=True, horizontal_alignment="right"):
                name = _choose_album(names) if len(names) > 1 else names[0]
            _play(contenders, name)
        else:
            _invite()
    except InputError as error:
        st.error(plain(str(error)), icon=":material/error:")


def _invite() -> None:
    with st.container(horizontal_alignment="center"):
        st.markdown("### Which looks more natural?", width="content", text_alignment="center")
        st.markdown(
            "Two colourings of one gray picture; who made them you learn after your vote.",
            width="content", text_alignment="center",
        )  # fmt: skip
        st.button("Start voting", icon=":material/how_to_vote:", type="primary", on_click=_start)
        st.caption(
            "Press the better picture, or an arrow key. Votes stay on this computer, without a name.",
            width="content", text_alignment="center",
        )  # fmt: skip


def _start() -> None:
    st.session_state[_PLAYING] = True


def _choose_album(names: list[str]) -> str:
    return st.selectbox("Pictures from", names, key="vote-album", label_visibility="collapsed", width=240)


def _play(contenders: list[Contender], name: str) -> None:
    game: Game = st.session_state.setdefault(_GAME, Game())
    game.play(contenders, album(name))
    if game.current:
        board(game, game.current, lambda *answer: _do(lambda: game.answer(*answer)))
    else:
        st.info("You have judged all of these pictures.", icon=":material/done_all:")
    _bar(game)


def _bar(game: Game) -> None:
    """The score of this sitting, and the buttons."""
    with st.container(horizontal=True, horizontal_alignment="center", vertical_alignment="center"):
        score = game.score()
        if score:
            st.caption("Preferred:", width="content")
        for who, won, shown in score:
            st.badge(f"{plain(who.label)} {won} of {shown}", color="gray")
        if game.past:
            st.button("Undo", icon=":material/undo:", on_click=_do, args=(game.undo,))
        if not game.current:
            st.button("Another round", icon=":material/replay:", type="primary", on_click=game.start_again)


def _do(action: Callable[[], object]) -> None:
    try:
        action()
    except InputError as error:
        st.session_state[_FAILED] = str(error)
