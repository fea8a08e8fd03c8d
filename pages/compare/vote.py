"""The blind vote: of two colorings of one picture, which looks more natural? The answer reveals who made them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from colorizer.comparison import Comparison, Sample, rows
from colorizer.errors import UserError
from colorizer.imaging.html import data_url
from colorizer.votes import ORIGINAL, Candidate, candidate, store
from colorizer.votes.results import candidate_labels
from colorizer.votes.session import Answer, Question, VotingSession, picture_set
from pages.compare.vote_results import show_results
from pages.shared.component import component
from pages.shared.models import colorizer_for
from pages.shared.pictures import to_enlarged_png, to_jpeg
from pages.shared.text import plain, show_error

_SESSION, _IS_VOTING, _ERROR, _BOARD = "vote-session", "vote-is-voting", "vote-error", "vote-board"
_VOTE, _RESULTS = "Vote", "Results"
_MAX_SIDES = {"png": 288, "jpeg": rows.MAX_SIDE}
"""Longest side in pixels at which thumbnails and photographs are shown."""
_REVEAL_SIDE = 112

_board = component("vote_board", Path(__file__).parent)


@st.fragment
def vote(comparison: Comparison) -> None:
    """Show the vote on the networks and the original, or the results of all votes."""
    view = st.segmented_control(
        "View", [_VOTE, _RESULTS], default=_VOTE, key="vote-view", label_visibility="collapsed", required=True
    )
    if error := st.session_state.pop(_ERROR, None):
        st.error(plain(error), icon=":material/error:")
    try:
        candidates = [*map(candidate, comparison.runs), ORIGINAL]
        if view == _RESULTS:
            show_results(comparison, candidates, on_delete=lambda: _try(store.delete_all))
        elif st.session_state.get(_IS_VOTING):
            _show_question(comparison, candidates)
        else:
            _show_invitation()
    except UserError as error:
        show_error(error)


def _show_invitation() -> None:
    with st.container(horizontal_alignment="center"):
        st.markdown("### Which looks more natural?", width="content", text_alignment="center")
        st.markdown(
            "You will see two colorings of the same picture. After you vote, you learn which networks made them.",
            width="content", text_alignment="center",
        )  # fmt: skip
        st.button("Start voting", icon=":material/how_to_vote:", type="primary", on_click=_start)
        st.caption(
            "Click the better picture or press an arrow key. Votes are anonymous and stay on this computer.",
            width="content", text_alignment="center",
        )  # fmt: skip


def _start() -> None:
    st.session_state[_IS_VOTING] = True


def _show_question(comparison: Comparison, candidates: list[Candidate]) -> None:
    session: VotingSession = st.session_state.setdefault(_SESSION, VotingSession(_colorize))
    session.update(candidates, picture_set(comparison.dataset_name))
    if session.current:
        _show_board(session, session.current, comparison.labels)
    else:
        st.info("You have voted on all of these pictures.", icon=":material/done_all:")
    with st.container(horizontal=True, horizontal_alignment="center", vertical_alignment="center"):
        score = session.score()
        names = candidate_labels((who for who, _, _ in score), comparison.labels)
        if score:
            st.caption("Preferred:", width="content")
        for who, won, shown_count in score:
            st.badge(f"{plain(names[who])} {won} of {shown_count}", color="gray")
        if session.past:
            st.button("Undo", icon=":material/undo:", on_click=_try, args=(session.undo,))
        if not session.current:
            st.button("Another round", icon=":material/replay:", type="primary", on_click=session.restart)


def _colorize(who: Candidate, sample: Sample) -> np.ndarray:
    return rows.colorize(colorizer_for(who.run), sample)


def _try(action: Callable[[], object]) -> None:
    """Run the callback of a widget; the next rerun shows its error."""
    try:
        action()
    except UserError as error:
        st.session_state[_ERROR] = str(error)


def _show_board(session: VotingSession, question: Question, titles: dict[str, str]) -> None:
    def on_answer() -> None:
        given = st.session_state[_BOARD].get("answer")
        if isinstance(given, dict):
            number, answer = int(given["number"]), str(given["answer"])
            _try(lambda: session.answer(number, answer, float(given["milliseconds"])))

    data = {
        "turn": session.turn,
        "current": _question_data(question),
        "upcoming": _question_data(session.upcoming) if session.upcoming else None,
        "last": _answer_data(session.past[-1], titles) if session.past else None,
    }
    _board(data=data, key=_BOARD, on_answer_change=on_answer)


def _question_data(question: Question) -> dict[str, Any]:
    """What the browser may know of a question: not who made which picture."""
    height, width = question.left_pixels.shape[:2]
    (left, kind), (right, _) = encode(question.left_pixels), encode(question.right_pixels)
    return {
        "number": question.number,
        "pictures": [data_url(left, kind), data_url(right, kind)],
        "small": kind == "png",
        "aspect": width / height,
        "widest": _MAX_SIDES[kind],
    }


def _answer_data(answer: Answer, titles: dict[str, str]) -> dict[str, Any]:
    """Who made the pictures of a question, the preferred one first."""
    question = answer.question
    names = candidate_labels((question.left, question.right), titles)
    sides = [(names[question.left], question.left_pixels), (names[question.right], question.right_pixels)]
    if answer.answer == "right":
        sides.reverse()
    is_decided = answer.preferred is not None
    return {
        "names": [name for name, _ in sides],
        "pictures": [data_url(*encode(pixels, _REVEAL_SIDE)) for _, pixels in sides],
        "decided": is_decided,
        "verdict": "looked better than" if is_decided else "looked as good as",
    }


def encode(pixels: np.ndarray, max_side: int | None = None) -> tuple[bytes, str]:
    """Encode a picture for the browser.

    Args:
        pixels: `(H, W, 3)` uint8.
        max_side: roughly the longest side at which it is shown; by default as in a question.

    Returns:
        An enlarged PNG for thumbnails, a JPEG for photographs; and `png` or `jpeg`.
    """
    if max(pixels.shape) <= rows.THUMBNAIL:
        return to_enlarged_png(pixels, max_side or _MAX_SIDES["png"]), "png"
    return to_jpeg(pixels, max_side or _MAX_SIDES["jpeg"]), "jpeg"
