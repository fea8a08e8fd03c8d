"""The plan of a preparation: every file, where it goes, and what was decided about it.

It is an SQLite file in the preparation's folder, for two reasons. Memory use stays flat: a million files are a million
rows on disk. And an interrupted preparation resumes from it: the outcome of each file is committed in the same
transaction as the number of images that are packed.
"""

import hashlib
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Self

from colorizer.datasets.prepare.config import PrepareConfig
from colorizer.datasets.prepare.naming import flat_name, is_test, parse, split_hash
from colorizer.datasets.sources import Entry, Source
from colorizer.datasets.sources.base import REPLACED, OnProgress, readable

_PAGE = 2048
_SCHEMA = """
CREATE TABLE facts(key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE listing(
    name BLOB, number INTEGER, size INTEGER, offset INTEGER, stored INTEGER, method INTEGER, crc INTEGER,
    ignored TEXT, PRIMARY KEY(name, number)
) WITHOUT ROWID;
CREATE TABLE files(
    id INTEGER PRIMARY KEY, source INTEGER, name BLOB, size INTEGER, offset INTEGER, stored INTEGER,
    method INTEGER, crc INTEGER, class TEXT, split TEXT, hash INTEGER, file TEXT,
    row INTEGER, step TEXT, reason TEXT, width INTEGER, height INTEGER
);
CREATE TABLE taken(name TEXT PRIMARY KEY, next INTEGER) WITHOUT ROWID;
CREATE TABLE digests(digest BLOB PRIMARY KEY, id INTEGER) WITHOUT ROWID;
CREATE TABLE findings(step TEXT, id INTEGER, other INTEGER, pixels BLOB, other_pixels BLOB);
CREATE TABLE statistics(split TEXT, start INTEGER, images INTEGER, value TEXT, PRIMARY KEY(split, start)) WITHOUT ROWID;
"""


class File(NamedTuple):
    """A file that is still to be decoded."""

    id: int
    source: int
    entry: Entry


class Outcome(NamedTuple):
    """What was decided about a file."""

    row: int | None
    """Its row in the packed array of its split, or None if it was left out."""
    step: str | None
    """The cleaning step that left it out."""
    reason: str | None
    width: int
    height: int
    id: int


class Cursor(NamedTuple):
    """Progress of packing a split."""

    packed: int = 0
    """Images in the packed array."""
    last_id: int = 0
    """The last file that was decoded."""
    decoded: int = 0
    """Files that were decoded."""


class Plan:
    """The plan on disk. At most a page of rows is in memory."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path)
        # Without syncing, a killed process loses nothing; after a power cut, `open` checks the file.
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute("PRAGMA temp_store = MEMORY")
        if not self._rows("SELECT 1 FROM sqlite_master").fetchone():
            self._database.executescript(_SCHEMA)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the plan of an interrupted preparation, or a new one if there is none or it is damaged."""
        try:
            plan = cls(path)
            if plan._value("PRAGMA quick_check(1)") == "ok":
                return plan
            plan.close()
        except sqlite3.OperationalError:
            raise  # Such as a full disk.
        except sqlite3.DatabaseError:
            pass
        for name in (path.name, f"{path.name}-journal"):
            path.with_name(name).unlink(missing_ok=True)
        return cls(path)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *details: object) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit everything written inside, or nothing of it."""
        with self._database:
            yield

    # Listing

    def add_source(self, number: int, source: Source, config: PrepareConfig, on_progress: OnProgress) -> int:
        """List a source and give each of its images a split and a flat name. Return the number of images.

        Raises:
            InputError: the source is not safe to read.
        """
        with self._database:
            self._set_fact(f"listing {number}", self._list(source, on_progress))
            self._assign(number, config, on_progress)
            self._rows("DELETE FROM listing")
        return int(self._value("SELECT count(*) FROM files WHERE source = ? AND split NOT NULL", number))

    def is_unchanged(self, number: int, source: Source, on_progress: OnProgress) -> bool:
        """Return whether a source still holds what it held when it was listed."""
        with self._database:
            digest = self._list(source, on_progress)
            self._rows("DELETE FROM listing")
        return digest == self._fact(f"listing {number}")

    def finish_listing(self) -> None:
        """Prepare for decoding, after the last source was added."""
        with self._database:
            self._rows("CREATE INDEX IF NOT EXISTS by_split ON files(split, id)")
            self._set_fact("listed", "1")

    @property
    def is_listed(self) -> bool:
        """Whether all sources have been added."""
        return bool(self._fact("listed"))

    def _list(self, source: Source, on_progress: OnProgress) -> str:
        """Fill the table `listing` with the files of a source. Return its digest."""
        self._rows("DELETE FROM listing")
        for number, entry in enumerate(source.entries()):
            row = os.fsencode(entry.name), number, *entry[1:]
            self._rows("INSERT INTO listing VALUES (?, ?, ?, ?, ?, ?, ?, ?)", *row)
            if number % _PAGE == 0:
                on_progress(f"Listing {source.label}", number, 0)
        self._rows(
            "UPDATE listing SET ignored = ? WHERE ignored = '' AND EXISTS (SELECT 1 FROM listing AS later "
            "WHERE later.name = listing.name AND later.number > listing.number AND later.ignored = '')", REPLACED,
        )  # fmt: skip
        digest = hashlib.sha256()
        for values in self._rows(
            "SELECT name, size, offset, stored, method, crc FROM listing WHERE ignored = '' ORDER BY name"
        ):
            digest.update(repr(values).encode())
        return digest.hexdigest()

    def _assign(self, number: int, config: PrepareConfig, on_progress: OnProgress) -> None:
        """Move the listing to the table `files`, with a split and a flat name for each image."""
        first = int(self._value("SELECT coalesce(max(id), 0) FROM files")) + 1
        splits: set[str | None] = set()
        writer = self._database.cursor()
        images = self._rows(
            "SELECT name, size, offset, stored, method, crc FROM listing WHERE ignored = '' ORDER BY name"
        )
        for count, row in enumerate(images):
            path = parse(os.fsdecode(row[0]))
            splits.add(path.split)
            writer.execute(
                "INSERT INTO files(id, source, name, size, offset, stored, method, crc, class, split, hash, file) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (first + count, number, *row, readable(path.class_name), path.split, split_hash(path, config.seed),
                 flat_name(path)),
            )  # fmt: skip
        self._rows(
            "INSERT INTO files(source, name, step, reason) SELECT ?, name, 'ignored', ignored FROM listing "
            "WHERE ignored != '' ORDER BY name, number", number,
        )  # fmt: skip
        keeps_folders = config.split == "folders" and splits >= {"train", "test"}
        (limits,) = self._rows("SELECT min(hash), max(hash) FROM files WHERE source = ?", number)
        query = "SELECT id, split, hash, file FROM files WHERE id > ? AND hash NOT NULL ORDER BY id LIMIT ?"
        for page in self._pages(query, first - 1):
            changes = []
            for identity, folder_split, value, name in page:
                if keeps_folders:
                    split = folder_split or "train"
                else:
                    split = "test" if is_test(value, config.test_fraction, *limits) else "train"
                changes.append((split, self._unique_name(split, name), identity))
            self._database.executemany("UPDATE files SET split = ?, file = ? WHERE id = ?", changes)
            on_progress("Assigning splits and names", page[-1][0] - first, 0)

    def _unique_name(self, split: str, base: str) -> str:
        """Return `base.png`, with a number if that is taken."""
        # In lower case, because A.png and a.png are the same file on Windows and macOS.
        key, name = f"{split}/{base}".lower(), base
        while not self._rows("INSERT OR IGNORE INTO taken VALUES (?, 2)", f"{split}/{name}".lower()).rowcount:
            number = self._value("SELECT next FROM taken WHERE name = ?", key)
            self._rows("UPDATE taken SET next = next + 1 WHERE name = ?", key)
            name = f"{base}-{number}"
        return f"{name}.png"

    # Decoding and cleaning

    def file_count(self) -> int:
        """Return the number of files to be decoded."""
        return int(self._value("SELECT count(*) FROM files WHERE split NOT NULL"))

    def pending(self, split: str, last_id: int) -> Iterator[File]:
        """Yield the files of a split after `last_id`, in the order of the listing."""
        query = (
            "SELECT id, source, name, size, offset, stored, method, crc FROM files "
            f"WHERE split = '{split}' AND id > ? ORDER BY id LIMIT ?"
        )
        for page in self._pages(query, last_id):
            for identity, source, name, *rest in page:
                yield File(identity, source, Entry(os.fsdecode(name), *rest))

    def cursor(self, split: str) -> Cursor:
        """Return the progress of a split."""
        values = self._fact(f"cursor {split}")
        return Cursor(*map(int, values.split())) if values else Cursor()

    def save_cursor(self, split: str, cursor: Cursor) -> None:
        """Save the progress of a split."""
        self._set_fact(f"cursor {split}", " ".join(map(str, cursor)))

    def record_outcomes(self, outcomes: Iterable[Outcome]) -> None:
        """Save what was decided about files."""
        self._database.executemany(
            "UPDATE files SET row = ?, step = ?, reason = ?, width = ?, height = ? WHERE id = ?", outcomes
        )

    def first_with_digest(self, digest: bytes, identity: int) -> int:
        """Return the first file with these pixels; if there is none yet, `identity` becomes it."""
        self._rows("INSERT OR IGNORE INTO digests VALUES (?, ?)", digest, identity)
        return int(self._value("SELECT id FROM digests WHERE digest = ?", digest))

    def add_finding(
        self, step: str, identity: int, other: int | None, pixels: bytes | None, other_pixels: bytes | None
    ) -> None:
        """Save that a cleaning step found a file, and the file that it duplicates."""
        self._rows("INSERT INTO findings VALUES (?, ?, ?, ?, ?)", step, identity, other, pixels, other_pixels)

    def finding_counts(self) -> dict[str, int]:
        """Return how many files each cleaning step has found."""
        return dict(self._rows("SELECT step, count(*) FROM findings GROUP BY step"))

    def findings(self, step: str) -> list[tuple[str, bytes, bytes | None]]:
        """Return the examples of a cleaning step: original path, pixels, and pixels of what it duplicates."""
        rows = self._rows(
            "SELECT name, pixels, other_pixels FROM findings JOIN files USING (id) "
            "WHERE findings.step = ? AND pixels NOT NULL ORDER BY findings.rowid", step,
        )  # fmt: skip
        return [(readable(os.fsdecode(name)), *pixels) for name, *pixels in rows]

    def original(self, identity: int) -> str:
        """Return the original path of a file."""
        return readable(os.fsdecode(self._value("SELECT name FROM files WHERE id = ?", identity)))

    def packed_ids(self, split: str) -> list[int]:
        """Return the files in the packed array of a split, by row."""
        rows = self._rows("SELECT id FROM files WHERE split = ? AND row IS NOT NULL ORDER BY id", split)
        return [identity for (identity,) in rows]

    # Measuring and writing

    def packed_count(self, split: str) -> int:
        """Return the number of images in the packed array of a split."""
        return self.cursor(split).packed

    def packed_names(self, split: str) -> Iterator[str]:
        """Yield the flat name of each image in a packed array, by row."""
        for (name,) in self._rows("SELECT file FROM files WHERE split = ? AND row IS NOT NULL ORDER BY id", split):
            yield name

    def add_statistics(self, split: str, start: int, images: int, value: str) -> None:
        """Save the statistics of some rows of a packed array, as text."""
        self._rows("INSERT OR REPLACE INTO statistics VALUES (?, ?, ?, ?)", split, start, images, value)

    def measured(self) -> dict[tuple[str, int], int]:
        """Return split and first row of what `add_statistics` has saved, with the number of images."""
        return {
            (split, start): images for split, start, images in self._rows("SELECT split, start, images FROM statistics")
        }

    def statistics(self, split: str) -> Iterator[str]:
        """Yield what `add_statistics` has saved, by row."""
        for (value,) in self._rows("SELECT value FROM statistics WHERE split = ? ORDER BY start", split):
            yield value

    def packed_files(self) -> Iterator[tuple[Any, ...]]:
        """Yield split, row, flat name, class, source, original path, width and height of each packed image."""
        for *start, name, width, height in self._rows(
            "SELECT split, row, file, class, source, name, width, height FROM files WHERE row IS NOT NULL ORDER BY id"
        ):
            yield *start, readable(os.fsdecode(name)), width, height

    def left_out(self, step: str | None = None) -> Iterator[tuple[str, int, str, str]]:
        """Yield step, source, original path and reason of each file that was left out, or only those of one step."""
        query = (
            "SELECT step, source, name, reason FROM files WHERE step IS NOT NULL AND coalesce(step = ?, 1) ORDER BY id"
        )
        for step_name, source, name, reason in self._rows(query, step):
            yield step_name, source, readable(os.fsdecode(name)), reason

    def left_out_count(self, step: str) -> int:
        """Return how many files a step has left out."""
        return int(self._value("SELECT count(*) FROM files WHERE step = ?", step))

    def source_counts(self, number: int) -> tuple[int, int, int]:
        """Return how many files of a source are in the training split, in the test split, and left out."""
        (counts,) = self._rows(
            "SELECT sum(row IS NOT NULL AND split = 'train'), sum(row IS NOT NULL AND split = 'test'), "
            "sum(row IS NULL) FROM files WHERE source = ?", number,
        )  # fmt: skip
        return counts

    def original_sizes(self, limit: int) -> list[tuple[int, int, int]]:
        """Return width, height and number of packed images, the most frequent sizes first."""
        rows = self._rows(
            "SELECT width, height, count(*) FROM files WHERE row IS NOT NULL "
            "GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT ?", limit,
        )  # fmt: skip
        return list(rows)

    def other_sizes(self, size: int, limit: int) -> tuple[int, list[str]]:
        """Return the number of files whose size is not `size`, and the original paths of the first few."""
        where = "FROM files WHERE width > 0 AND (width != ?1 OR height != ?1)"
        rows = self._rows(f"SELECT name {where} ORDER BY id LIMIT {limit}", size)
        return int(self._value(f"SELECT count(*) {where}", size)), [readable(os.fsdecode(name)) for (name,) in rows]

    def class_counts(self) -> list[tuple[str, int, int]]:
        """Return the number of training and test images of each class."""
        rows = self._rows(
            "SELECT class, sum(split = 'train'), sum(split = 'test') FROM files WHERE row IS NOT NULL "
            "GROUP BY 1 ORDER BY 1"
        )
        return list(rows)

    def _fact(self, key: str) -> str:
        found = self._rows("SELECT value FROM facts WHERE key = ?", key).fetchone()
        return found[0] if found else ""

    def _set_fact(self, key: str, value: str) -> None:
        self._rows("INSERT OR REPLACE INTO facts VALUES (?, ?)", key, value)

    def _pages(self, query: str, last_id: int) -> Iterator[list[Any]]:
        while page := self._rows(query, last_id, _PAGE).fetchall():
            yield page
            last_id = page[-1][0]

    def _rows(self, query: str, *values: Any) -> sqlite3.Cursor:
        return self._database.execute(query, values)

    def _value(self, query: str, *values: Any) -> Any:
        return self._rows(query, *values).fetchone()[0]
