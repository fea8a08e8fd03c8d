"""What became of each file of a batch, so that a second start goes on where the first ended.

The report is a table, `colorizer-report.csv` in the output folder, with one line per file and attempt. When
several processes share a batch, each writes one of its own and all read all of them.
"""

import csv
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import TextIO

DONE, FAILED = "done", "failed"


@dataclass(frozen=True)
class Entry:
    """One line: what became of one file."""

    input: str
    """Absolute path."""
    version: str
    """Size in bytes and time of the last change of the input, as `stat` gives them."""
    settings: str
    """Model and how it was used."""
    state: str
    """`done` or `failed`."""
    output: str = ""
    """Path of the result inside the output folder."""
    reason: str = ""
    """Why it failed."""


_COLUMNS = [field.name for field in fields(Entry)]


Finished = dict[tuple[str, str, str], Path]
"""Input, version and settings of a result, to its path."""


def finished(folder: Path) -> Finished:
    """Results that are there.

    Results that were announced but never completely written are removed.
    """
    found: Finished = {}
    for report in sorted(folder.glob("colorizer-report*.csv")):
        with report.open(encoding="utf-8", newline="", errors="replace") as file:
            for row in csv.reader(file):
                # A line that was cut off has too few columns.
                if len(row) != len(_COLUMNS) or row == _COLUMNS:
                    continue
                entry = Entry(*row)
                if entry.state == DONE:
                    found[entry.input, entry.version, entry.settings] = folder / entry.output
    for key, path in list(found.items()):
        if not path.is_file():
            del found[key]
        elif path.stat().st_size == 0:
            path.unlink()
            del found[key]
    return found


class Report:
    """The open table of one process."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._writer = csv.writer(file)

    def add(self, entry: Entry) -> None:
        """Append a line; it is in the file when this returns."""
        self._writer.writerow(astuple(entry))
        self._file.flush()


@contextmanager
def writing(path: Path) -> Iterator[Report]:
    """Go on writing the table at `path`, or begin it."""
    is_new = not path.exists() or path.stat().st_size == 0
    with path.open("a+", encoding="utf-8", newline="") as file:
        if not is_new:
            file.seek(0, os.SEEK_END)
            file.seek(file.tell() - 1)
            if file.read(1) != "\n":
                file.write("\r\n")
        report = Report(file)
        if is_new:
            csv.writer(file).writerow(_COLUMNS)
            file.flush()
        yield report


def report_path(folder: Path, part: int | None = None) -> Path:
    """Where the table of a process is.

    Args:
        folder: where results go.
        part: number of this process where several share a batch.
    """
    return folder / ("colorizer-report.csv" if part is None else f"colorizer-report-{part}.csv")
