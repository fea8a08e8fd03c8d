"""The command `votes`: what they say, written to a file, deleted only on request."""

from pathlib import Path

import pytest

from colorizer.cli import main
from colorizer.votes import store
from colorizer.votes.store import TRUTH, Candidate, Picture, Vote


@pytest.fixture
def two_votes() -> None:
    for answer in ("left", "tie"):
        store.record(Vote("somebody", Picture("tiny", "f00", "7"), Candidate("one", "aa"), TRUTH, answer, 900))


@pytest.mark.usefixtures("two_votes")
def test_it_says_what_the_votes_say(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["votes"]) == 0
    first, last = capsys.readouterr().out.splitlines()
    assert first == "one over the truth: 100% (95 %: 21% to 100%) of 1 decided, 1 cannot tell"
    assert last.startswith("No ranking: So far, one never lost")


def test_without_votes_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["votes"]) == 0
    assert capsys.readouterr().out == "There are no votes yet.\n"


@pytest.mark.usefixtures("two_votes")
def test_votes_are_written_and_deleted_only_when_that_is_sure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "votes.csv"
    assert main(["votes", "--csv", str(tmp_path / "nowhere" / "votes.csv")]) == 2
    assert "choose another file" in capsys.readouterr().err
    assert main(["votes", "--csv", str(tmp_path / "nowhere" / "votes.csv"), "--delete", "--yes"]) == 2
    assert main(["votes", "--delete"]) == 2
    assert "Delete all 2 votes? Nothing was deleted: add --yes" in capsys.readouterr().err
    assert store.totals().votes == 2
    assert main(["votes", "--csv", str(file), "--delete", "--yes"]) == 0
    assert "2 votes were deleted" in capsys.readouterr().out
    assert len(file.read_text(encoding="utf-8").splitlines()) == 3
    assert store.totals().votes == 0
