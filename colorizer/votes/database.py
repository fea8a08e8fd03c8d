"""The votes' file: one SQLite file, `data/votes.sqlite`.

Votes are data that people made on this computer, so they are where datasets are, which git leaves alone. Deleting
the file is safe: the votes are gone, and the next one starts a new file.

It is a database because several pages vote at once and a vote can be taken back. The journal is SQLite's ordinary
one, not WAL: between votes there is just this file, which can be copied, read where nothing may be written, and kept
on a network drive, none of which holds for WAL. That writers wait for each other does not matter at a few votes a
second.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from colorizer import workspace
from colorizer.errors import InputError

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


def votes_file() -> Path:
    """Where votes are kept; there need not be any yet."""
    return workspace.data_folder() / "votes.sqlite"


@contextmanager
def writing() -> Iterator[sqlite3.Connection]:
    """The database in a transaction, which counts only if nothing goes wrong; the file is made if there is none.

    Raises:
        InputError: the file cannot be written, is damaged, of another program or held by one.
    """
    with _open("rwc") as database:
        # Taken at once: who first reads and then wants to write may be refused instead of waiting.
        database.execute("BEGIN IMMEDIATE")
        yield database
        database.execute("COMMIT")


def rows(query: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """What a query finds; nothing where there is no file, which need not be writable. Errors as of `writing`."""
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
