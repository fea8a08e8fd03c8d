"""Colorize files and folders into a folder of results, with a report from which an interrupted batch resumes.

The report, `colorizer-report.csv` in the output folder, has one row per file and attempt. When several processes share
a batch, each appends to a report of its own and reads all of them.
"""

import csv
import errno
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, field, fields
from pathlib import Path
from typing import TextIO

from colorizer import files
from colorizer.errors import InputError, UserError
from colorizer.imaging import SUFFIXES, Picture, SaveOptions, decode_image
from colorizer.imaging.decode import read_file
from colorizer.imaging.encode import DEFAULT_SAVING
from colorizer.inference.colorizer import Colorizer
from colorizer.inference.rendering import DEFAULT_OPTIONS, ColorOptions
from colorizer.inference.variants import find_variants
from colorizer.models.hints import Hint
from colorizer.runs import load_run
from colorizer.text import shorten, unquote

DONE, FAILED = "done", "failed"


@dataclass
class BatchSummary:
    """The outcome of a batch."""

    report: Path
    """The report; a single file has none."""
    done: int = 0
    skipped: int = 0
    """Files with an up-to-date result from an earlier start."""
    failures: list[str] = field(default_factory=list)
    """One sentence per file that could not be colorized."""


@dataclass(frozen=True)
class Shard:
    """The part of a batch that one of several processes colorizes."""

    index: int = 0
    count: int = 1

    @classmethod
    def from_environment(cls) -> "Shard":
        """Return this process's shard under `torchrun` (RANK of WORLD_SIZE), else the whole batch."""
        try:
            return cls(int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1")))
        except ValueError:
            raise InputError("RANK and WORLD_SIZE must be whole numbers, as torchrun sets them.") from None


@dataclass(frozen=True)
class ReportRow:
    """One row of the report."""

    input: str
    """Absolute path."""
    version: str
    """Size and modification time of the input, see `files.stamp`."""
    settings: str
    """Model, weights and options."""
    state: str
    """`done` or `failed`."""
    output: str = ""
    """Path of the result, relative to the output folder."""
    reason: str = ""
    """Why it failed, or what was dropped on the way."""


def colorize_files(
    inputs: Sequence[str],
    output: str | Path,
    *,
    model: str,
    options: ColorOptions = DEFAULT_OPTIONS,
    saving: SaveOptions = DEFAULT_SAVING,
    hints: Sequence[Hint] = (),
    variants: int = 1,
    shard: Shard = Shard(),
    on_result: Callable[[Path, Sequence[str]], None] = lambda path, notes: None,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
    on_note: Callable[[str], None] = lambda note: None,
) -> BatchSummary:
    """Colorize files, and the images in folders and their subfolders.

    A result is called `<name>_colorized.<suffix>` and lies in the same subfolder as its input. If that name is taken, a
    number is added: no file is ever overwritten. Files that an earlier start colorized with the same settings are
    skipped. One bad file does not stop the others.

    Args:
        inputs: paths of files and folders.
        output: folder for the results; created if missing.
        model: name of a run.
        options: saturation, warmth and vividness.
        saving: format, quality and metadata of the results.
        hints: colors given for some places; for a single image only.
        variants: number of different colorings; for a single image only.
        shard: which part of the files to colorize.
        on_result: called with the path of each result and sentences on what was dropped on the way.
        on_progress: called with the number of files processed so far and in all.
        on_note: called with a sentence on the files of a folder that are not colorized.

    Raises:
        InputError: an input or the model does not exist, or hints or variants are given for several images.
        OutputError: nothing can be written to the output folder.
    """
    output = _parse_path(str(output))
    tasks = [task for name in inputs for task in _find_images(_parse_path(name), output, on_note)]
    if len(tasks) > 1 and (hints or variants != 1):
        raise InputError("Color hints and variants need a single image: give one file.")
    is_single = len(tasks) == 1
    tasks = tasks[shard.index :: shard.count]
    report = output / ("colorizer-report.csv" if shard.count == 1 else f"colorizer-report-{shard.index}.csv")
    batch = _Batch(Colorizer.load(model), options, saving, output, BatchSummary(report), on_result)
    try:
        output.mkdir(parents=True, exist_ok=True)
        for folder in {folder for _, folder in tasks if folder.is_dir()}:
            files.remove_abandoned(folder)
        if is_single:
            for path, folder in tasks:
                for hint_set in batch.hint_sets(path, variants, hints):
                    batch.colorize(path, folder, hints=hint_set)
            return batch.summary
        finished = _finished_results(output)
        with _open_report(report) as write_row:
            for number, (path, folder) in enumerate(tasks, 1):
                batch.colorize(path, folder, finished=finished, write_row=write_row)
                on_progress(number, len(tasks))
    except BrokenPipeError:  # From `on_result`: nobody reads the output.
        raise
    except OSError as error:
        raise files.write_error(output, error) from None
    return batch.summary


def _parse_path(text: str) -> Path:
    """Return the absolute path that a user means; quotes around it are removed.

    Raises:
        InputError: it is no path.
    """
    text = unquote(text)
    if not text:
        raise InputError("A path is empty: give a file or folder.")
    try:
        return Path(text).expanduser().absolute()
    except (RuntimeError, ValueError) as error:  # An unknown user's home.
        raise InputError(f"The path {shorten(text)!r} cannot be used ({error}): check the path.") from None


def _find_images(path: Path, output: Path, on_ignored: Callable[[str], None]) -> list[tuple[Path, Path]]:
    """Return the images at `path`, each with the folder for its result."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        reason = "" if isinstance(error, FileNotFoundError) else f" ({getattr(error, 'strerror', None) or error})"
        raise InputError(f"There is no file or folder {shorten(str(path))}{reason}: check the path.") from None
    if stat.S_ISREG(mode):
        return [(path, output)]
    if not stat.S_ISDIR(mode):
        raise InputError(f"{path} is a pipe or a device: give an image file or a folder.")
    if path == output:
        raise InputError(f"The results would be mixed with the images in {path}: choose another output folder.")
    # Only folders need these: a single file is to be colorized without the code of datasets.
    from colorizer.datasets.sources.base import survey_of
    from colorizer.datasets.sources.folder import FolderSource

    # Results of an earlier start inside the input folder are not inputs.
    entries = FolderSource(path.name, path).entries()
    if path in output.parents:
        entries = (entry for entry in entries if output not in (path / entry.name).parents)
    listed = list(entries)
    if ignored := survey_of(listed).describe_ignored():
        on_ignored(f"Not images in {shorten(str(path))}: {ignored}.")
    found = sorted(path / entry.name for entry in listed if not entry.ignored)
    if not found:
        raise InputError(f"There are no images ({', '.join(SUFFIXES)}) in the folder {shorten(str(path))}.")
    return [(file, output / file.parent.relative_to(path)) for file in found]


_Finished = set[tuple[str, str, str]]
"""Input, version and settings of the results that exist."""
_COLUMNS = [column.name for column in fields(ReportRow)]


@dataclass
class _Batch:
    colorizer: Colorizer
    options: ColorOptions
    saving: SaveOptions
    output: Path
    summary: BatchSummary
    on_result: Callable[[Path, Sequence[str]], None]

    def __post_init__(self) -> None:
        weights = files.stamp(load_run(self.colorizer.name).best_weights)
        self._settings = " ".join(
            map(str, (self.colorizer.name, weights, *astuple(self.options), *astuple(self.saving)))
        )

    def colorize(
        self,
        path: Path,
        folder: Path,
        *,
        hints: Sequence[Hint] = (),
        finished: _Finished = frozenset(),  # type: ignore[assignment]
        write_row: Callable[[ReportRow], None] = lambda row: None,
    ) -> None:
        """Colorize one file into a folder, unless its result is there already."""
        version = ""
        try:
            version = files.stamp(path)
            if (str(path), version, self._settings) in finished:
                self.summary.skipped += 1
                return
            picture = _read(path)
            prediction = self.colorizer.predict(picture.pixels, hints)
            notes = (*picture.notes, *self.saving.losses(picture))
            name, data = self.colorizer.export(picture, prediction, self.options, self.saving, overwrite=True)
            folder.mkdir(parents=True, exist_ok=True)
            with files.write_unique(folder / name, data) as target:
                # The row is written before the file is complete, so that the next start finds an unfinished result.
                result = target.relative_to(self.output).as_posix()
                write_row(ReportRow(str(path), version, self._settings, DONE, result, " ".join(notes)))
        except (UserError, OSError) as error:
            if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
                raise
            reason = str(error)
            if not isinstance(error, UserError):
                reason = f"{path.name} could not be read, or its result not written ({error.strerror or error})."
            write_row(ReportRow(str(path), version, self._settings, FAILED, reason=reason))
            self.summary.failures.append(reason)
            return
        self.summary.done += 1
        self.on_result(target, notes)

    def hint_sets(self, path: Path, variants: int, hints: Sequence[Hint]) -> list[Sequence[Hint]]:
        """Return the hints that lead to each variant of an image."""
        if variants == 1:
            return [hints]
        return [variant.hints for variant in find_variants(self.colorizer, _read(path).pixels, variants, hints)]


def _read(path: Path) -> Picture:
    return decode_image(read_file(path), path.name)


def _finished_results(folder: Path) -> _Finished:
    """Read all reports in a folder; remove results that were begun but never completed."""
    results: dict[tuple[str, str, str], Path] = {}
    for report in sorted(folder.glob("colorizer-report*.csv")):
        with report.open(encoding="utf-8", newline="", errors="surrogateescape") as file:
            for values in csv.reader(file):
                # A row that was cut off has too few columns.
                if len(values) == len(_COLUMNS) and values != _COLUMNS:
                    row = ReportRow(*values)
                    if row.state == DONE:
                        results[row.input, row.version, row.settings] = folder / row.output
    finished = set()
    for key, path in results.items():
        if path.is_file():
            if path.stat().st_size:
                finished.add(key)
            else:
                path.unlink()
    return finished


@contextmanager
def _open_report(path: Path) -> Iterator[Callable[[ReportRow], None]]:
    """Open a report for appending, and yield a function that writes a row to disk."""
    with path.open("a+", encoding="utf-8", newline="", errors="surrogateescape") as file:
        writer = csv.writer(file)
        if file.tell() == 0:
            writer.writerow(_COLUMNS)
        else:
            _end_torn_line(file)

        def write_row(row: ReportRow) -> None:
            writer.writerow(astuple(row))
            file.flush()

        yield write_row


def _end_torn_line(file: TextIO) -> None:
    file.seek(file.tell() - 1)
    if file.read(1) != "\n":
        file.write("\r\n")
