"""The votes on disk: kept, taken back, written at once by many, and never half understood."""

import csv
import io
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from colorizer.errors import InputError
from colorizer.runs.config import TrainingConfig
from colorizer.runs.store import Run, create_run
from colorizer.votes import database, store
from colorizer.votes.database import votes_file
from colorizer.votes.store import TRUTH, Candidate, Picture, Tally, Vote

ONE, OTHER = Candidate("one", "aa"), Candidate("other", "bb")
PICTURE = Picture("tiny", "f00", "7")
NOBODY = 65534


def vote(left: Candidate, right: Candidate, answer: str, source: str = "tiny") -> int:
    return store.record(Vote("somebody", Picture(source, "f00", "7"), left, right, answer, 900))


def test_votes_are_counted_whichever_side_they_were_on() -> None:
    vote(ONE, OTHER, "left")
    vote(OTHER, ONE, "right")
    vote(OTHER, ONE, "left")
    vote(ONE, OTHER, "tie")
    vote(ONE, TRUTH, "right", source="elsewhere")
    assert store.tallies() == [Tally(ONE, OTHER, 2, 1, 1), Tally(ONE, TRUTH, 0, 1, 0)]
    assert store.tallies("elsewhere") == [Tally(ONE, TRUTH, 0, 1, 0)]
    assert store.sources() == ["elsewhere", "tiny"]
    assert store.totals() == store.Totals(votes=5, sessions=1)


def test_where_nobody_has_voted_there_is_nothing_and_no_file() -> None:
    assert (store.tallies(), store.sources(), store.totals().votes, store.delete_all()) == ([], [], 0, 0)
    assert len(store.as_csv().splitlines()) == 1
    assert not votes_file().exists()


def test_retrained_weights_are_another_contender(trained: Run) -> None:
    before = store.candidate(trained)
    vote(before, TRUTH, "left")
    trained.best_weights.write_bytes(trained.best_weights.read_bytes() + b"\0")
    after = store.candidate(trained)
    assert after.run == before.run == "trained"
    vote(after, TRUTH, "right")
    assert len(store.tallies()) == 2
    trained.best_weights.unlink()
    with pytest.raises(InputError, match="train it first"):
        store.candidate(trained)


def test_another_vividness_is_another_contender_where_it_matters(trained: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    photo = create_run("photo", TrainingConfig("photo", "tiny"))
    photo.best_weights.write_bytes(b"weights")
    before = [store.candidate(run) for run in (photo, trained)]
    monkeypatch.setattr("colorizer.models.prediction.NATURAL", 0.7)
    after = [store.candidate(run) for run in (photo, trained)]
    assert [one == other for one, other in zip(before, after, strict=True)] == [False, True]


def test_a_run_called_truth_is_not_the_truth() -> None:
    impostor = Candidate("truth", "cc")
    vote(impostor, TRUTH, "left")
    assert store.tallies() == [Tally(TRUTH, impostor, 0, 1, 0)]


def test_a_vote_is_taken_back_and_its_number_not_given_again() -> None:
    vote(ONE, OTHER, "left")
    number = vote(ONE, OTHER, "right")
    store.undo(number)
    store.undo(number)
    assert store.tallies() == [Tally(ONE, OTHER, 1, 0, 0)]
    assert vote(ONE, OTHER, "right") > number


def test_the_csv_file_has_all_that_is_known() -> None:
    session = 'a,"b"\n'
    store.record(Vote(session, PICTURE, ONE, TRUTH, "tie", 1234))
    [row] = csv.DictReader(io.StringIO(store.as_csv()))
    assert row.pop("at").endswith("+00:00")
    assert row == {
        "number": "1", "session": session, "source": "tiny", "fingerprint": "f00", "picture": "7", "left_run": "one",
        "left_weights": "aa", "right_run": "truth", "right_weights": "", "answer": "tie", "milliseconds": "1234",
    }  # fmt: skip


def test_deleted_votes_are_gone_from_the_file() -> None:
    store.record(Vote("unmistakable-session", PICTURE, ONE, OTHER, "left", 1))
    assert b"unmistakable-session" in votes_file().read_bytes()
    assert store.delete_all() == 1
    assert b"unmistakable-session" not in votes_file().read_bytes()
    assert store.tallies() == []
    vote(ONE, OTHER, "left")
    assert store.totals().votes == 1


def test_many_processes_vote_at_once_on_a_new_file() -> None:
    code = """
import sys
from colorizer.votes import database, store
from colorizer.votes.store import Candidate, Picture, Vote
for number in range(25):
    picture = Picture("tiny", "f00", str(number))
    kept = store.record(Vote(sys.argv[1], picture, Candidate("one", "aa"), Candidate("other", "bb"), "left", 1))
    if number % 5 == 0:
        store.undo(kept)
    store.tallies()
"""
    running = [subprocess.Popen([sys.executable, "-c", code, str(number)]) for number in range(4)]
    assert [process.wait(60) for process in running] == [0] * 4
    assert store.tallies() == [Tally(ONE, OTHER, 80, 0, 0)]
    assert store.totals().sessions == 4
    assert sorted(path.name for path in votes_file().parent.iterdir()) == ["votes.sqlite"]


def test_who_dies_while_voting_leaves_the_other_votes_whole() -> None:
    for _ in range(100):
        vote(ONE, OTHER, "left")
    code = """
import os
from colorizer.votes.database import writing
with writing() as votes:
    votes.execute("PRAGMA cache_size = 1")  # So that pages are written before the end.
    votes.execute("DELETE FROM votes")
    os._exit(9)
"""
    whole = votes_file().read_bytes()
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 9
    assert votes_file().read_bytes() != whole, "nothing was half written"
    assert store.tallies() == [Tally(ONE, OTHER, 100, 0, 0)]


def test_somebody_who_holds_the_file_is_waited_for_and_then_named(monkeypatch: pytest.MonkeyPatch) -> None:
    vote(ONE, OTHER, "left")
    monkeypatch.setattr(database, "_PATIENCE", 0.05)
    holder = sqlite3.connect(votes_file())
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(InputError, match="held by another program"):
        vote(ONE, OTHER, "left")
    holder.close()
    vote(ONE, OTHER, "left")
    assert store.totals().votes == 2


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def scribble(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4096:4200] = b"\xff" * 104
    path.write_bytes(data)


def drop_table(path: Path) -> None:
    found = sqlite3.connect(path)
    found.execute("DROP TABLE votes")
    found.close()


@pytest.mark.parametrize(
    "damage", [lambda path: path.write_bytes(b"no database at all" * 99), cut, scribble, drop_table]
)
def test_a_damaged_file_is_named_and_left_alone(damage: Callable[[Path], None]) -> None:
    for _ in range(60):
        vote(ONE, OTHER, "left")
    damage(votes_file())
    found = votes_file().read_bytes()
    for action in (store.tallies, store.as_csv, store.delete_all, lambda: vote(ONE, OTHER, "left")):
        with pytest.raises(InputError, match=r"votes\.sqlite are damaged .* move the file away"):
            action()
    assert votes_file().read_bytes() == found


def test_the_database_of_another_program_is_left_alone() -> None:
    votes_file().parent.mkdir()
    other = sqlite3.connect(votes_file())
    other.execute("CREATE TABLE votes (recipe TEXT)")
    other.close()
    found = votes_file().read_bytes()
    for action in (store.tallies, store.delete_all, lambda: vote(ONE, OTHER, "left")):
        with pytest.raises(InputError, match="of another program: move it away"):
            action()
    assert votes_file().read_bytes() == found


def test_an_empty_file_is_one_that_somebody_was_about_to_write() -> None:
    votes_file().parent.mkdir()
    votes_file().touch()
    assert store.tallies() == []
    vote(ONE, OTHER, "left")
    assert store.totals().votes == 1


def test_an_older_file_is_brought_up_to_date_with_its_votes(monkeypatch: pytest.MonkeyPatch) -> None:
    vote(ONE, OTHER, "left")
    older = database._STEPS
    newer = (*older, ("ALTER TABLE votes ADD COLUMN screen TEXT NOT NULL DEFAULT 'unknown'",))
    monkeypatch.setattr(database, "_STEPS", newer)
    assert store.tallies() == [Tally(ONE, OTHER, 1, 0, 0)]
    vote(ONE, OTHER, "right")
    newest = sqlite3.connect(votes_file())
    assert newest.execute("SELECT screen FROM votes").fetchall() == [("unknown",)] * 2
    newest.close()
    monkeypatch.setattr(database, "_STEPS", older)
    with pytest.raises(InputError, match="newer Colorizer: update"):
        store.tallies()


def test_a_failing_step_leaves_the_older_file(monkeypatch: pytest.MonkeyPatch) -> None:
    vote(ONE, OTHER, "left")
    older = database._STEPS
    monkeypatch.setattr(database, "_STEPS", (*older, ("ALTER TABLE votes ADD COLUMN screen TEXT", "no statement")))
    with pytest.raises(InputError):
        store.tallies()
    monkeypatch.setattr(database, "_STEPS", older)
    assert store.tallies() == [Tally(ONE, OTHER, 1, 0, 0)]


@pytest.fixture
def plain_home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home that is looked at by somebody who may not do everything, as the administrator may."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        monkeypatch.setenv("COLORIZER_HOME", name)
        yield folder
        os.chmod(folder / "data", 0o755)


@pytest.fixture
def unprivileged() -> Iterator[Callable[[], None]]:
    was = os.geteuid() if hasattr(os, "geteuid") else None
    if was is None:
        pytest.skip("permissions are other things on this system")
    yield lambda: os.seteuid(NOBODY) if was == 0 else None
    os.seteuid(was)


def test_a_read_only_folder_can_be_read_and_says_why_not_written(
    plain_home: Path, unprivileged: Callable[[], None]
) -> None:
    vote(ONE, OTHER, "left")
    votes_file().chmod(0o444)
    votes_file().parent.chmod(0o555)
    unprivileged()
    assert store.tallies() == [Tally(ONE, OTHER, 1, 0, 0)]
    assert len(store.as_csv().splitlines()) == 2
    for action in (store.delete_all, lambda: vote(ONE, OTHER, "left")):
        with pytest.raises(InputError, match=r"cannot be opened or written .* check its permissions"):
            action()


def test_where_no_file_can_be_made_it_says_so(plain_home: Path, unprivileged: Callable[[], None]) -> None:
    (plain_home / "data").mkdir(mode=0o555)
    unprivileged()
    with pytest.raises(InputError, match="check its permissions"):
        vote(ONE, OTHER, "left")


def test_a_folder_in_the_place_of_the_file_is_named(home: Path) -> None:
    votes_file().mkdir(parents=True)
    with pytest.raises(InputError, match="cannot be opened"):
        store.tallies()
