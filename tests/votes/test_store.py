"""The votes on disk: stored, undone, written concurrently, and safe from damage."""

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

from colorizer.errors import InputError, OutputError, UserError
from colorizer.runs import Run
from colorizer.runs.config import TrainingConfig
from colorizer.votes import database, store
from colorizer.votes.database import votes_file
from colorizer.votes.store import ORIGINAL, Candidate, Picture, Tally, Vote

ONE, OTHER = Candidate("one", "aa"), Candidate("other", "bb")
PICTURE = Picture("tiny", "f00", "7")
NOBODY = 65534


def vote(left: Candidate, right: Candidate, answer: str, source: str = "tiny") -> int:
    return store.record(Vote("somebody", Picture(source, "f00", "7"), left, right, answer, 900))


def test_tallies_ignore_sides() -> None:
    vote(ONE, OTHER, "left")
    vote(OTHER, ONE, "right")
    vote(OTHER, ONE, "left")
    vote(ONE, OTHER, "tie")
    vote(ONE, ORIGINAL, "right", source="elsewhere")
    assert store.tallies() == [Tally(ONE, OTHER, 2, 1, 1), Tally(ONE, ORIGINAL, 0, 1, 0)]
    assert store.tallies("elsewhere") == [Tally(ONE, ORIGINAL, 0, 1, 0)]
    assert store.sources() == ["elsewhere", "tiny"]
    assert store.totals() == store.Totals(votes=5, sessions=1)


def test_reading_without_votes_creates_no_file() -> None:
    assert (store.tallies(), store.sources(), store.totals().votes, store.delete_all()) == ([], [], 0, 0)
    assert len(store.as_csv().splitlines()) == 1
    assert not votes_file().exists()


def test_retrained_run_is_another_candidate(trained: Run) -> None:
    before = store.candidate(trained)
    vote(before, ORIGINAL, "left")
    trained.best_weights.write_bytes(trained.best_weights.read_bytes() + b"\0")
    after = store.candidate(trained)
    assert after.run == before.run == "trained"
    vote(after, ORIGINAL, "right")
    assert len(store.tallies()) == 2
    trained.best_weights.unlink()
    with pytest.raises(InputError, match="train it first"):
        store.candidate(trained)


def test_default_vividness_is_part_of_a_distribution_candidate(trained: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    photo = Run.create("photo", TrainingConfig("photo", "tiny"))
    photo.best_weights.write_bytes(b"weights")
    before = [store.candidate(run) for run in (photo, trained)]
    monkeypatch.setattr("colorizer.models.prediction.NATURAL", 0.7)
    after = [store.candidate(run) for run in (photo, trained)]
    assert [one == other for one, other in zip(before, after, strict=True)] == [False, True]


def test_run_named_truth_is_not_the_original() -> None:
    impostor = Candidate("truth", "cc")
    vote(impostor, ORIGINAL, "left")
    assert store.tallies() == [Tally(ORIGINAL, impostor, 0, 1, 0)]


def test_undo_does_not_reuse_numbers() -> None:
    vote(ONE, OTHER, "left")
    number = vote(ONE, OTHER, "right")
    store.undo(number)
    store.undo(number)
    assert store.tallies() == [Tally(ONE, OTHER, 1, 0, 0)]
    assert vote(ONE, OTHER, "right") > number


def test_csv_contains_all_columns() -> None:
    session = 'a,"b"\n'
    store.record(Vote(session, PICTURE, ONE, ORIGINAL, "tie", 1234))
    [row] = csv.DictReader(io.StringIO(store.as_csv()))
    assert row.pop("at").endswith("+00:00")
    assert row == {
        "number": "1", "session": session, "source": "tiny", "fingerprint": "f00", "picture": "7", "left_run": "one",
        "left_weights": "aa", "right_run": "truth", "right_weights": "", "answer": "tie", "milliseconds": "1234",
    }  # fmt: skip


def test_deleted_votes_are_overwritten_in_the_file() -> None:
    store.record(Vote("unmistakable-session", PICTURE, ONE, OTHER, "left", 1))
    assert b"unmistakable-session" in votes_file().read_bytes()
    assert store.delete_all() == 1
    assert b"unmistakable-session" not in votes_file().read_bytes()
    assert store.tallies() == []
    vote(ONE, OTHER, "left")
    assert store.totals().votes == 1


def test_concurrent_writers_create_one_database() -> None:
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


def test_killed_writer_leaves_earlier_votes_intact() -> None:
    for _ in range(100):
        vote(ONE, OTHER, "left")
    code = """
import os
from colorizer.votes.database import transaction
with transaction() as votes:
    votes.execute("PRAGMA cache_size = 1")  # Flush pages before the commit.
    votes.execute("DELETE FROM votes")
    os._exit(9)
"""
    whole = votes_file().read_bytes()
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 9
    assert votes_file().read_bytes() != whole, "the write was not interrupted"
    assert store.tallies() == [Tally(ONE, OTHER, 100, 0, 0)]


def test_locked_database_is_reported_after_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    vote(ONE, OTHER, "left")
    monkeypatch.setattr(database, "_LOCK_TIMEOUT", 0.05)
    holder = sqlite3.connect(votes_file())
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(InputError, match="locked by another program"):
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
def test_damaged_database_is_reported_and_unchanged(damage: Callable[[Path], None]) -> None:
    for _ in range(60):
        vote(ONE, OTHER, "left")
    damage(votes_file())
    found = votes_file().read_bytes()
    for action in (store.tallies, store.as_csv, store.delete_all, lambda: vote(ONE, OTHER, "left")):
        with pytest.raises(InputError, match=r"votes\.sqlite are damaged .* move the file away"):
            action()
    assert votes_file().read_bytes() == found


def test_database_of_another_program_is_unchanged() -> None:
    votes_file().parent.mkdir()
    other = sqlite3.connect(votes_file())
    other.execute("CREATE TABLE votes (recipe TEXT)")
    other.close()
    found = votes_file().read_bytes()
    for action in (store.tallies, store.delete_all, lambda: vote(ONE, OTHER, "left")):
        with pytest.raises(InputError, match="of another program: move it away"):
            action()
    assert votes_file().read_bytes() == found


def test_empty_file_becomes_a_database() -> None:
    votes_file().parent.mkdir()
    votes_file().touch()
    assert store.tallies() == []
    vote(ONE, OTHER, "left")
    assert store.totals().votes == 1


def test_older_database_is_migrated(monkeypatch: pytest.MonkeyPatch) -> None:
    vote(ONE, OTHER, "left")
    older = database._MIGRATIONS
    newer = (*older, ("ALTER TABLE votes ADD COLUMN screen TEXT NOT NULL DEFAULT 'unknown'",))
    monkeypatch.setattr(database, "_MIGRATIONS", newer)
    assert store.tallies() == [Tally(ONE, OTHER, 1, 0, 0)]
    vote(ONE, OTHER, "right")
    newest = sqlite3.connect(votes_file())
    assert newest.execute("SELECT screen FROM votes").fetchall() == [("unknown",)] * 2
    newest.close()
    monkeypatch.setattr(database, "_MIGRATIONS", older)
    with pytest.raises(InputError, match="newer version of Colorizer: update"):
        store.tallies()


def test_failed_migration_is_rolled_back(monkeypatch: pytest.MonkeyPatch) -> None:
    vote(ONE, OTHER, "left")
    older = database._MIGRATIONS
    monkeypatch.setattr(database, "_MIGRATIONS", (*older, ("ALTER TABLE votes ADD COLUMN screen TEXT", "no statement")))
    with pytest.raises(UserError):
        store.tallies()
    monkeypatch.setattr(database, "_MIGRATIONS", older)
    assert store.tallies() == [Tally(ONE, OTHER, 1, 0, 0)]


@pytest.fixture
def plain_home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home outside the temporary folder of pytest, which other users may not enter."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        monkeypatch.setenv("COLORIZER_HOME", name)
        yield folder
        os.chmod(folder / "data", 0o755)


@pytest.fixture
def unprivileged() -> Iterator[Callable[[], None]]:
    user = os.geteuid() if hasattr(os, "geteuid") else None
    if user is None:
        pytest.skip("no POSIX permissions")
    yield lambda: os.seteuid(NOBODY) if user == 0 else None
    os.seteuid(user)


def test_read_only_folder_can_be_read_but_not_written(plain_home: Path, unprivileged: Callable[[], None]) -> None:
    vote(ONE, OTHER, "left")
    votes_file().chmod(0o444)
    votes_file().parent.chmod(0o555)
    unprivileged()
    assert store.tallies() == [Tally(ONE, OTHER, 1, 0, 0)]
    assert len(store.as_csv().splitlines()) == 2
    for action in (store.delete_all, lambda: vote(ONE, OTHER, "left")):
        with pytest.raises(OutputError, match=r"cannot be opened or written .* check its permissions"):
            action()


def test_unwritable_data_folder_is_reported(plain_home: Path, unprivileged: Callable[[], None]) -> None:
    (plain_home / "data").mkdir(mode=0o555)
    unprivileged()
    with pytest.raises(OutputError, match="check its permissions"):
        vote(ONE, OTHER, "left")


def test_folder_in_place_of_the_database_is_reported(home: Path) -> None:
    votes_file().mkdir(parents=True)
    with pytest.raises(OutputError, match="cannot be opened"):
        store.tallies()
