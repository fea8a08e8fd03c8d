"""The plan of a preparation: every file, where it goes and what became of it.

It is an SQLite file in the folder of the half-made dataset, for two reasons. Memory stays flat: a million
files are a million rows on disk. And it is where a preparation that was interrupted goes on: a row is
written in the same transaction as the note of how many images are packed.
"""

import hashlib
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Self

from colorizer.datasets.prepare.config import PrepareConfig
from colorizer.datasets.prepare.naming import flat_name, is_test, parse, share_of
from colorizer.datasets.sources import Entry, Progress, Source, readable
from colorizer.datasets.sources.base import named_twice

_PAGE = 2048
_TABLES = """
CREATE TABLE notes(key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE listing(
    name BLOB PRIMARY KEY, size INTEGER, offset INTEGER, stored INTEGER, method INTEGER, crc INTEGER
) WITHOUT ROWID;
CREATE TABLE files(
    id INTEGER PRIMARY KEY, source INTEGER, name BLOB, size INTEGER, offset INTEGER, stored INTEGER,
    method INTEGER, crc INTEGER, class TEXT, split TEXT, share INTEGER, file TEXT,
    row INTEGER, step TEXT, reason TEXT, width INTEGER, height INTEGER
);
CREATE TABLE taken(name TEXT PRIMARY KEY, next INTEGER) WITHOUT ROWID;
CREATE TABLE digests(digest BLOB PRIMARY KEY, id INTEGER) WITHOUT ROWID;
CREATE TABLE findings(step TEXT, id INTEGER, other INTEGER, pixels BLOB, other_pixels BLOB);
CREATE TABLE measured(split TEXT, start INTEGER, value TEXT, PRIMARY KEY(split, start)) WITHOUT ROWID;
"""


class File(NamedTuple):
    """A row of the plan that is still to be read."""

    id: int
    source: int
    entry: Entry


class Plan:
    """The plan on disk. Nothing is kept in memory but a page of rows at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows = sqlite3.connect(path)
        # A killed process loses nothing by this; after a power cut the file is checked and made anew.
        self.rows.execute("PRAGMA synchronous = OFF")
        self.rows.execute("PRAGMA temp_store = MEMORY")
        if not self.rows.execute("SELECT 1 FROM sqlite_master").fetchone():
            self.rows.executescript(_TABLES)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *details: object) -> None:
        self.rows.close()

    @contextmanager
    def saved_together(self) -> Iterator[None]:
        """Everything written inside is on disk at the end, or nothing of it."""
        with self.rows:
            yield

    def note(self, key: str, default: str = "") -> str:
        """A fact kept under a key."""
        found = self.rows.execute("SELECT value FROM notes WHERE key = ?", (key,)).fetchone()
        return found[0] if found else default

    def keep(self, key: str, value: Any) -> None:
        """Keep a fact under a key."""
        self.rows.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (key, str(value)))

    def add_source(self, number: int, source: Source, config: PrepareConfig, progress: Progress) -> int:
        """List a source and give each of its files a split and a flat name; the number of files.

        Raises:
            InputError: the source is not safe to read, or holds a name twice.
        """
        with self.rows:
            self.keep(f"listing {number}", self._list(source, progress))
            self._organize(number, config, progress)
            self.rows.execute("DELETE FROM listing")
        return int(self._one("SELECT count(*) FROM files WHERE source = ?", number))

    def is_as_listed(self, number: int, source: Source, progress: Progress) -> bool:
        """Whether a source still holds what it held when it was listed."""
        with self.rows:
            digest = self._list(source, progress)
            self.rows.execute("DELETE FROM listing")
        return digest == self.note(f"listing {number}")

    def _list(self, source: Source, progress: Progress) -> str:
        """Fill the listing with the files of a source; a digest of it."""
        self.rows.execute("DELETE FROM listing")
        for count, entry in enumerate(source.entries()):
            try:
                self.rows.execute(
                    "INSERT INTO listing VALUES (?, ?, ?, ?, ?, ?)", (os.fsencode(entry.name), *entry[1:])
                )
            except sqlite3.IntegrityError:
                raise named_twice(entry.name, source.label) from None
            if count % _PAGE == 0:
                progress(f"Listing {source.label}", count, 0)
        digest = hashlib.sha256()
        for row in self.rows.execute("SELECT * FROM listing ORDER BY name"):
            digest.update(repr(row).encode())
        return digest.hexdigest()

    def _organize(self, number: int, config: PrepareConfig, progress: Progress) -> None:
        first = int(self._one("SELECT coalesce(max(id), 0) FROM files")) + 1
        splits: set[str | None] = set()
        writing = self.rows.cursor()
        for count, row in enumerate(self.rows.execute("SELECT * FROM listing ORDER BY name")):
            parsed = parse(os.fsdecode(row[0]))
            splits.add(parsed.split)
            writing.execute(
                "INSERT INTO files(id, source, name, size, offset, stored, method, crc, class, split, share, file) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (first + count, number, *row, readable(parsed.group), parsed.split, share_of(parsed, config.seed),
                 flat_name(parsed)),
            )  # fmt: skip
        keeps_own = config.split == "own" and splits >= {"train", "test"}
        lowest, highest = self.rows.execute(
            "SELECT min(share), max(share) FROM files WHERE source = ?", (number,)
        ).fetchone()
        for page in self._pages("SELECT id, split, share, file FROM files WHERE id > ? ORDER BY id LIMIT ?", first - 1):
            changes = []
            for identity, own_split, share, name in page:
                if keeps_own:
                    split = own_split or "train"
                else:
                    split = "test" if is_test(share, config.test_share, lowest, highest) else "train"
                changes.append((split, self._free_name(split, name), identity))
            self.rows.executemany("UPDATE files SET split = ?, file = ? WHERE id = ?", changes)
            progress("Organizing", page[-1][0] - first, 0)

    def _free_name(self, split: str, base: str) -> str:
        """The flat name of an image: `base.png`, or with a number where that is taken."""
        # Lower case, because Windows and macOS take A.png and a.png for the same file.
        key, name = f"{split}/{base}".lower(), base
        while not self.rows.execute("INSERT OR IGNORE INTO taken VALUES (?, 2)", (f"{split}/{name}".lower(),)).rowcount:
            number = self._one("SELECT next FROM taken WHERE name = ?", key)
            self.rows.execute("UPDATE taken SET next = next + 1 WHERE name = ?", (key,))
            name = f"{base}-{number}"
        return f"{name}.png"

    def finish_listing(self) -> None:
        """All sources are in: make ready for reading."""
        with self.rows:
            self.rows.execute("CREATE INDEX IF NOT EXISTS by_split ON files(split, id)")
            self.keep("listed", 1)

    def total(self) -> int:
        """The number of files."""
        return int(self._one("SELECT count(*) FROM files"))

    def waiting(self, split: str, after: int) -> Iterator[File]:
        """The files of a split after a row, in the order of the listing."""
        query = (
            "SELECT id, source, name, size, offset, stored, method, crc FROM files "
            f"WHERE split = '{split}' AND id > ? ORDER BY id LIMIT ?"
        )
        for page in self._pages(query, after):
            for identity, source, name, *rest in page:
                yield File(identity, source, Entry(os.fsdecode(name), *rest))

    def _pages(self, query: str, after: int) -> Iterator[list[Any]]:
        while page := self.rows.execute(query, (after, _PAGE)).fetchall():
            yield page
            after = page[-1][0]

    def settle(self, outcomes: Iterable[tuple[int | None, str | None, str | None, int, int, int]]) -> None:
        """Note what became of files: row, step that left it out, reason, width, height, id."""
        self.rows.executemany(
            "UPDATE files SET row = ?, step = ?, reason = ?, width = ?, height = ? WHERE id = ?", outcomes
        )

    def first_with(self, digest: bytes, identity: int) -> int:
        """The first file with these pixels; from now on that is this one, if there was none."""
        self.rows.execute("INSERT OR IGNORE INTO digests VALUES (?, ?)", (digest, identity))
        return int(self._one("SELECT id FROM digests WHERE digest = ?", digest))

    def add_finding(
        self, step: str, identity: int, other: int | None, pixels: bytes | None, other_pixels: bytes | None
    ) -> None:
        """Note that a step of cleaning found a file, and which other file it has to do with."""
        self.rows.execute("INSERT INTO findings VALUES (?, ?, ?, ?, ?)", (step, identity, other, pixels, other_pixels))

    def add_measured(self, split: str, start: int, value: str) -> None:
        """Keep the figures of some rows of a packed array."""
        self.rows.execute("INSERT OR REPLACE INTO measured VALUES (?, ?, ?)", (split, start, value))

    def kept(self) -> Iterator[tuple[Any, ...]]:
        """Split, row, flat name, class, source, original path, width and height of each packed picture."""
        for split, row, file, group, source, name, width, height in self.rows.execute(
            "SELECT split, row, file, class, source, name, width, height FROM files WHERE row IS NOT NULL ORDER BY id"
        ):
            yield split, row, file, group, source, readable(os.fsdecode(name)), width, height

    def left_out(self) -> Iterator[tuple[Any, ...]]:
        """Step, source, original path and reason of each file that was left out."""
        for step, source, name, reason in self.rows.execute(
            "SELECT step, source, name, reason FROM files WHERE step IS NOT NULL ORDER BY id"
        ):
            yield step, source, readable(os.fsdecode(name)), reason

    def original(self, identity: int) -> str:
        """The original path of a file."""
        return readable(os.fsdecode(self._one("SELECT name FROM files WHERE id = ?", identity)))

    def query(self, text: str, *values: Any) -> Iterator[tuple[Any, ...]]:
        """The rows of a query, one at a time."""
        return iter(self.rows.execute(text, values))

    def _one(self, text: str, *values: Any) -> Any:
        return self.rows.execute(text, values).fetchone()[0]


def open_plan(path: Path) -> Plan:
    """The plan of a preparation, new or as it was left; a damaged one is made anew."""
    try:
        plan = Plan(path)
        if plan._one("PRAGMA quick_check(1)") == "ok":
            return plan
        plan.rows.close()
    except sqlite3.OperationalError:
        raise  # a full disk, say
    except sqlite3.DatabaseError:
        pass
    for name in (path.name, f"{path.name}-journal"):
        path.with_name(name).unlink(missing_ok=True)
    return Plan(path)
