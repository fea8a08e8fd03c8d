"""The vote on the Compare page: blind until answered, stored, undone and counted."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from colorizer.datasets.dataset import delete_dataset
from colorizer.runs import Run
from colorizer.votes import store
from colorizer.votes.database import votes_file
from colorizer.votes.session import VotingSession
from colorizer.votes.store import ORIGINAL, Candidate, Picture, Vote

Open = Callable[[str], AppTest]


def button(page: AppTest, label: str):
    return next(button for button in page.button if button.label == label)


def opened(open_page: Open) -> AppTest:
    """Return the page after the start of a vote."""
    page = open_page("compare")
    page.query_params["tab"] = "Vote"
    return button(page.run(), "Start voting").click().run()


def board(page: AppTest) -> dict[str, Any]:
    """Return the data sent to the browser."""
    [found] = [element for element in page.get("bidi_component") if "vote-board" in element.proto.id]
    return json.loads(found.proto.json)


def press(page: AppTest, answer: str, number: int | None = None) -> AppTest:
    """Answer as the browser does when a picture is pressed."""
    [found] = [element for element in page.get("bidi_component") if "vote-board" in element.proto.id]
    value = {"number": board(page)["current"]["number"] if number is None else number, "answer": answer,
             "milliseconds": 1234}  # fmt: skip
    states = page._tree.get_widget_states()
    states.widgets.add(
        id=f"$$STREAMLIT_INTERNAL_KEY_{found.proto.id}__events",
        json_trigger_value=json.dumps([{"event": "answer", "value": value}]),
    )
    return page._run(states)


def show_results(page: AppTest) -> AppTest:
    return next(group for group in page.button_group if group.key == "vote-view").set_value("Results").run()


def test_vote_is_blind_until_answered(open_page: Open, trained: Run) -> None:
    page = opened(open_page)
    assert "trained" not in json.dumps(board(page))
    assert board(page)["last"] is None
    asked, upcoming = board(page)["current"], board(page)["upcoming"]
    press(page, "left")
    assert not page.exception
    assert sorted(board(page)["last"]["names"]) == ["the original", "trained"]
    assert board(page)["last"]["decided"]
    assert board(page)["current"] == upcoming != asked
    [tally] = store.tallies()
    assert (tally.votes, tally.ties) == (1, 0)
    line = store.as_csv().splitlines()[1]
    assert ",tiny," in line
    assert line.endswith("left,1234")


def test_late_and_repeated_answers_are_ignored(open_page: Open, trained: Run) -> None:
    page = opened(open_page)
    number = board(page)["current"]["number"]
    press(page, "tie")
    turn = board(page)["turn"]
    press(page, "right", number)
    assert board(page)["turn"] != turn, "the browser learns that the next answer is awaited"
    press(page, "nonsense")
    assert [(tally.votes, tally.ties) for tally in store.tallies()] == [(1, 1)]


def test_undo_shows_the_same_pair_again(open_page: Open, trained: Run) -> None:
    page = opened(open_page)
    first = board(page)["current"]
    press(page, "left")
    button(page, "Undo").click().run()
    assert not page.exception
    assert store.totals().votes == 0
    assert board(page)["current"] == first
    assert not any(found.label == "Undo" for found in page.button)


def test_another_round_after_the_last_picture(open_page: Open, trained: Run) -> None:
    page = opened(open_page)
    session: VotingSession = page.session_state["vote-session"]
    while session.current and session.pictures:
        session.answer(session.current.number, "left", 10)
        session.update(session.candidates, session.pictures)
    page.run()
    assert "You have voted on all" in page.info[0].value
    button(page, "Another round").click().run()
    assert board(page)["current"]


def test_photographs_are_used_without_a_dataset(open_page: Open, trained: Run) -> None:
    delete_dataset("tiny")
    page = opened(open_page)
    press(page, "right")
    assert not page.exception
    assert store.sources() == ["photographs"]


def test_results_show_win_rates_and_ranking(open_page: Open, trained: Run) -> None:
    page = opened(open_page)
    assert "No votes yet." in [caption.value for caption in show_results(page).caption]
    picture, who = Picture("tiny", "f00", "1"), store.candidate(trained)
    for answer in ("left", "left", "tie"):
        store.record(Vote("somebody", picture, who, ORIGINAL, answer, 10))
    page.run()
    assert not page.exception
    table = page.dataframe[0].value
    assert table[["one", "other", "wins", "losses", "ties"]].values.tolist() == [["trained", "the original", 2, 0, 1]]
    assert table.low[0] == pytest.approx(0.342, abs=1e-3)
    assert any("trained never lost" in caption.value for caption in page.caption)
    for _ in range(30):
        store.record(Vote("somebody", picture, ORIGINAL, who, "left", 10))
        store.record(Vote("somebody", picture, ORIGINAL, who, "right", 10))
    page.run()
    assert any("Bradley" in caption.value for caption in page.caption)


def test_votes_on_earlier_weights_are_separate(open_page: Open, trained: Run) -> None:
    store.record(
        Vote("somebody", Picture("tiny", "f00", "1"), Candidate("trained", "0123456789"), ORIGINAL, "left", 10)
    )
    page = show_results(opened(open_page))
    assert not page.dataframe
    page.toggle(key="vote-others").set_value(True).run()
    assert page.dataframe[0].value.one[0] == "trained"


def test_votes_are_deleted_after_confirmation(open_page: Open, trained: Run) -> None:
    page = opened(open_page)
    press(page, "left")
    show_results(page)
    button(page, "Delete permanently").click().run()
    assert not page.exception
    assert store.totals().votes == 0


def test_damaged_database_does_not_break_the_page(open_page: Open, trained: Run) -> None:
    page = opened(open_page)
    votes_file().write_bytes(b"no database at all" * 99)
    press(page, "left")
    assert not page.exception
    assert "move the file away" in page.error[0].value
    assert page.tabs
    assert "move the file away" in show_results(page).error[0].value
    votes_file().unlink()
    page.run()
    assert not page.error
