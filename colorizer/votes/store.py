"""Votes on disk: one SQLite file, `data/votes.sqlite`.

Votes are data that people made on this computer, so they are where datasets are, which git leaves alone. Deleting
the file is safe: the votes are gone, and the next one starts a new file.

It is a database because several pages vote at once and a vote can be taken back. The journal is SQLite's ordinary
one, not WAL: between votes there is just this file, which can be copied, read where nothing may be written, and kept
on a network drive, none of which holds for WAL. That writers wait for each other does not matter at a few votes a
second.
"""

import csv
import io
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from colorizer import workspace
from colorizer.errors import InputError
from colorizer.evaluation.kept import network_digest
from colorizer.runs.store import Run

ANSWERS = ("left", "right", "tie")
"""What a vote can say; `tie`: cannot tell."""

_APPLICATION = 0x436F6C76
"""Written into the file's header, so that a database of another program is never touched."""
_PATIENCE = 10.0
"""Seconds to wait for others who are voting."""

_STEPS: tuple[tuple[str, ...], ...] = (
    (
        """
        CREATE TABLE votes (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            at TEXT NOT NULL,
            session TEXT NOT NULL,
            source TEXT NOT NULL,
            fingerprint TEXT NOT NULL,
            picture TEXT NOT NULL,
            left_run TEXT NOT NULL,
            left_weights TEXT NOT NULL,
            right_run TEXT NOT NULL,
            right_weights TEXT NOT NULL,
            answer TEXT NOT NULL CHECK (answer IN ('left', 'right', 'tie')),
            milliseconds INTEGER NOT NULL CHECK (milliseconds >= 0)
        )
        """,
    ),
)
"""What makes each version of the file out of the one before; SQLite's user_version counts the steps done."""


@dataclass(frozen=True, order=True)
class Contender:
    """Who coloured a picture. A run whose weights have changed is another contender."""

    run: str
    """Name of the run, or `truth`."""
    weights: str
    """Their SHA-256, as of `network_digest`; empty for the truth."""


TRUTH = Contender("truth", "")
"""The picture's own colours."""


@dataclass(frozen=True)
class Picture:
    """Which picture was judged."""

    source: str
    """A dataset's name, or what the page calls the photographs that come along."""
    fingerprint: str
    """The dataset's fingerprint; empty for photographs that come along."""
    name: str
    """Its row in the test set, or the photograph's name."""


@dataclass(frozen=True)
class Vote:
    """One answer."""

    session: str
    """Random; the same for all votes of one sitting, and nothing else is known of the person."""
    picture: Picture
    left: Contender
    right: Contender
    answer: str
    """One of `ANSWERS`."""
    milliseconds: int
    """How long the pictures were looked at."""


@dataclass(frozen=True)
class Tally:
    """All votes on two contenders, whichever side they were on."""

    first: Contender
    second: Contender
    first_wins: int
    second_wins: int
    ties: int

    @property
    def votes(self) -> int:
        """How many there are."""
        return self.first_wins + self.second_wins + self.ties


def votes_file() -> Path:
    """Where votes are kept; there need not be any yet."""
    return workspace.data_folder() / "votes.sqlite"


def contender(run: Run) -> Contender:
    """A run with the weights it has now.

    Raises:
        InputError: its weights cannot be read.
    """
    digest = network_digest(run)
    if not digest:
        raise InputError(f"The weights of run {run.name!r} cannot be read: train it first, or restore them.")
    return Contender(run.name, digest)


def record(vote: Vote) -> int:
    """Keep a vote and return its number, for `take_back`.

    Raises:
        InputError: the file cannot be written, is damaged or not one of votes.
    """
    picture, left, right = vote.picture, vote.left, vote.right
    values = (
        datetime.now(UTC).isoformat(timespec="milliseconds"), vote.session,
        picture.source, picture.fingerprint, picture.name,
        left.run, left.weights, right.run, right.weights, vote.answer, vote.milliseconds,
    )  # fmt: skip
    with _writing() as database:
        cursor = database.execute(
            "INSERT INTO votes (at, session, source, fingerprint, picture, left_run, left_weights, right_run,"
            " right_weights, answer, milliseconds) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            values,
        )
        return int(cursor.lastrowid or 0)


def take_back(number: int) -> None:
    """Remove a vote; nothing happens if it is gone already.

    Raises:
        InputError: as of `record`.
    """
    with _writing() as database:
        database.execute("DELETE FROM votes WHERE id = ?", (number,))


def tallies(source: str | None = None) -> list[Tally]:
    """How often each of two contenders was preferred.

    Args:
        source: only votes on pictures from there; by default all.

    Returns:
        One for each two contenders that met, in the order of their names.

    Raises:
        InputError: the file cannot be read, is damaged or not one of votes.
    """
    counts: dict[tuple[Contender, Contender], dict[str, int]] = {}
    for *sides, answer, count in _rows(
        "SELECT left_run, left_weights, right_run, right_weights, answer, COUNT(*) FROM votes"
        " WHERE ? IS NULL OR source = ? GROUP BY 1, 2, 3, 4, 5",
        (source, source),
    ):
        left, right = Contender(*sides[:2]), Contender(*sides[2:])
        winner = {"left": left, "right": right}.get(answer)
        first, second = sorted((left, right))
        entry = counts.setdefault((first, second), {"first": 0, "second": 0, "tie": 0})
        entry["tie" if winner is None else "first" if winner == first else "second"] += count
    return [
        Tally(*pair, entry["first"], entry["second"], entry["tie"]) for pair, entry in sorted(counts.items())
    ]  # fmt: skip


@dataclass(frozen=True)
class Totals:
    """How much there is."""

    votes: int
    sessions: int


def totals() -> Totals:
    """How many votes there are, and of how many sittings. Errors as of `tallies`."""
    for row in _rows("SELECT COUNT(*), COUNT(DISTINCT session) FROM votes"):
        return Totals(*row)
    return Totals(0, 0)


def sources() -> list[str]:
    """Where the pictures of all votes come from, sorted. Errors as of `tallies`."""
    return [source for (source,) in _rows("SELECT DISTINCT source FROM votes ORDER BY 1")]


def as_csv() -> str:
    """All votes in the order they were given, a line each under a line of names. Errors as of `tallies`."""
    names = ("number", "at", "session", "source", "fingerprint", "picture", "left_run", "left_weights", "right_run",
             "right_weights", "answer", "milliseconds")  # fmt: skip
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(names)
    table.writerows(_rows(f"SELECT id AS {', '.join(names)} FROM votes ORDER BY id"))
    return text.getvalue()


def delete_all() -> int:
    """Delete all votes and return how many there were. Errors as of `record`."""
    if not votes_file().exists():
        return 0
    with _writing() as database:
        return database.execute("DELETE FROM votes").rowcount


@contextmanager
def _writing() -> Iterator[sqlite3.Connection]:
    """The database in a transaction, which counts only if nothing goes wrong."""
    with _open("rwc") as database:
        # Taken at once: who first reads and then wants to write may be refused instead of waiting.
        database.execute("BEGIN IMMEDIATE")
        yield database
        database.execute("COMMIT")


def _rows(query: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if not votes_file().exists():
        return []
    with _open("rw") as database:  # A file that may not be written is opened for reading all the same.
        return database.execute(query, values).fetchall()


@contextmanager
def _open(mode: str) -> Iterator[sqlite3.Connection]:
    """The database as this version writes it.

    Args:
        mode: SQLite's: `rw`, or `rwc` to make it if there is none.
    """
    path = votes_file()
    try:
        if mode == "rwc":
            path.parent.mkdir(parents=True, exist_ok=True)
        # Transactions are begun and ended here, not by the module.
        address = f"{path.absolute().as_uri()}?mode={mode}"
        with closing(sqlite3.connect(address, uri=True, timeout=_PATIENCE, isolation_level=None)) as database:
            if _needs_steps(database, path):
                _take_steps(database, path)
            database.execute("PRAGMA secure_delete = ON")  # What is deleted cannot be read from the file either.
            yield database
    except (OSError, sqlite3.Error) as error:
        raise _explained(error, path) from None


def _needs_steps(database: sqlite3.Connection, path: Path) -> bool:
    [application] = database.execute("PRAGMA application_id").fetchone()
    [version] = database.execute("PRAGMA user_version").fetchone()
    [tables] = database.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
    if application != _APPLICATION and (application or version or tables):
        raise InputError(f"{path} is the database of another program: move it away, and votes can be kept there.")
    if version > len(_STEPS):
        raise InputError(
            f"The votes in {path} were written by a newer Colorizer: update this one, or move the file away."
        )
    return bool(version < len(_STEPS))


def _take_steps(database: sqlite3.Connection, path: Path) -> None:
    database.execute("BEGIN IMMEDIATE")
    if _needs_steps(database, path):  # Somebody else may have been faster.
        [version] = database.execute("PRAGMA user_version").fetchone()
        for statement in (statement for step in _STEPS[version:] for statement in step):
            database.execute(statement)
        database.execute(f"PRAGMA application_id = {_APPLICATION}")
        database.execute(f"PRAGMA user_version = {len(_STEPS)}")
    database.execute("COMMIT")


def _explained(error: OSError | sqlite3.Error, path: Path) -> InputError:
    code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_ERROR):
        return InputError(
            f"The votes in {path} are damaged ({error}): move the file away or delete it, and voting starts anew."
        )
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return InputError(f"The votes in {path} are held by another program: close it and try again.")
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return InputError(
        f"The votes in {path} cannot be opened or written ({reason}): check its permissions and the free disk space."
    )
