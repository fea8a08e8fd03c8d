"""The command `votes`."""

from pathlib import Path

import pytest

from colorizer.cli import main
from colorizer.votes import store
from colorizer.votes.store import ORIGINAL, Candidate, Picture, Vote


@pytest.fixture
def two_votes() -> None:
    for answer in ("left", "tie"):
        store.record(Vote("somebody", Picture("tiny", "f00", "7"), Candidate("one", "aa"), ORIGINAL, answer, 900))


@pytest.mark.usefixtures("two_votes")
def test_votes_prints_win_rates(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["votes"]) == 0
    first, last = capsys.readouterr().out.splitlines()
    assert first == "one over the original: 100% (95% CI: 21% to 100%) of 1 decided, 1 undecided"
    assert last.startswith("No ranking: one never lost")


def test_votes_without_votes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["votes"]) == 0
    assert capsys.readouterr().out == "There are no votes yet.\n"


@pytest.mark.usefixtures("two_votes")
def test_votes_are_exported_and_deleted_after_confirmation(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "votes.csv"
    assert main(["votes", "--csv", str(tmp_path / "nowhere" / "votes.csv")]) == 3
    assert "choose another file" in capsys.readouterr().err
    assert main(["votes", "--csv", str(tmp_path / "nowhere" / "votes.csv"), "--delete", "--yes"]) == 3
    assert main(["votes", "--delete"]) == 2
    assert "Delete 2 votes? Nothing was deleted: add --yes" in capsys.readouterr().err
    assert store.totals().votes == 2
    assert main(["votes", "--csv", str(file), "--delete", "--yes"]) == 0
    assert "2 votes deleted" in capsys.readouterr().out
    assert len(file.read_text(encoding="utf-8").splitlines()) == 3
    assert store.totals().votes == 0
