"""The SQLite database of votes, `data/votes.sqlite`. Deleting the file deletes the votes and nothing else.

It uses a rollback journal, not WAL: between votes there is a single file, which can be copied, read from a read-only
folder and kept on a network drive. That writers wait for each other does not matter at a few votes per second.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from colorizer import workspace
from colorizer.errors import InputError, OutputError, UserError

_APPLICATION_ID = 0x436F6C76
"""Stored in the file's header, so that the database of another program is never changed."""
_LOCK_TIMEOUT = 10.0
"""Seconds to wait for other writers."""

_MIGRATIONS: tuple[tuple[str, ...], ...] = (
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
"""The statements of each migration; SQLite's user_version is the number of migrations applied."""


def votes_file() -> Path:
    """Return the path of the database; it need not exist yet."""
    return workspace.data_folder() / "votes.sqlite"


@contextmanager
def transaction() -> Iterator[sqlite3.Connection]:
    """Yield a connection in a transaction that is committed on a clean exit. Creates the database if necessary.

    Raises:
        InputError: the file is damaged, belongs to another program or is locked by one.
        OutputError: it cannot be written.
    """
    with _open("rwc") as database:
        # Take the write lock at once: a reader that upgrades to a writer may be refused instead of waiting.
        database.execute("BEGIN IMMEDIATE")
        yield database
        database.execute("COMMIT")


def query(sql: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the rows of a query; none if there is no database. A read-only file is fine.

    Raises:
        InputError: the file cannot be read, is damaged, belongs to another program or is locked by one.
    """
    if not votes_file().exists():
        return []
    with _open("rw") as database:  # SQLite falls back to reading if the file is read-only.
        return database.execute(sql, values).fetchall()


@contextmanager
def _open(mode: str) -> Iterator[sqlite3.Connection]:
    """Open the database and migrate it if necessary.

    Args:
        mode: SQLite's: `rw`, or `rwc` to create it.
    """
    path = votes_file()
    try:
        if mode == "rwc":
            path.parent.mkdir(parents=True, exist_ok=True)
        # isolation_level=None: transactions are begun and committed here, not by the module.
        address = f"{path.absolute().as_uri()}?mode={mode}"
        with closing(sqlite3.connect(address, uri=True, timeout=_LOCK_TIMEOUT, isolation_level=None)) as database:
            if _needs_migration(database, path):
                _migrate(database, path)
            database.execute("PRAGMA secure_delete = ON")  # Overwrite deleted rows in the file.
            yield database
    except (OSError, sqlite3.Error) as error:
        raise _to_user_error(error, path) from None


def _needs_migration(database: sqlite3.Connection, path: Path) -> bool:
    [application] = database.execute("PRAGMA application_id").fetchone()
    [version] = database.execute("PRAGMA user_version").fetchone()
    [tables] = database.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
    if application != _APPLICATION_ID and (application or version or tables):
        raise InputError(f"{path} is the database of another program: move it away to store votes there.")
    if version > len(_MIGRATIONS):
        raise InputError(
            f"The votes in {path} were written by a newer version of Colorizer: update it, or move the file away."
        )
    return bool(version < len(_MIGRATIONS))


def _migrate(database: sqlite3.Connection, path: Path) -> None:
    database.execute("BEGIN IMMEDIATE")
    if _needs_migration(database, path):  # Another process may have been faster.
        [version] = database.execute("PRAGMA user_version").fetchone()
        for statement in (statement for migration in _MIGRATIONS[version:] for statement in migration):
            database.execute(statement)
        database.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
        database.execute(f"PRAGMA user_version = {len(_MIGRATIONS)}")
    database.execute("COMMIT")


def _to_user_error(error: OSError | sqlite3.Error, path: Path) -> UserError:
    code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_ERROR):
        return InputError(f"The votes in {path} are damaged ({error}): move the file away or delete it to start over.")
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return InputError(f"The votes in {path} are locked by another program: close it and try again.")
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return OutputError(
        f"The votes in {path} cannot be opened or written ({reason}): check its permissions and the free disk space."
    )
