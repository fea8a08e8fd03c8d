"""Base classes of all sources.

A source lists its files one by one and reads any of them, so memory does not grow with their number. It is small and
picklable: worker processes get a copy and read for themselves.
"""

import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

from colorizer import files
from colorizer.errors import InputError
from colorizer.imaging import MAX_BYTES
from colorizer.imaging.decode import is_image_path

MAX_RATIO = 200
"""Largest ratio of unpacked to packed size; no collection of photographs compresses that well."""

OnProgress = Callable[[str, int, int], None]
"""Called with the current task, how much of it is done, and the total (0 if unknown)."""


class Entry(NamedTuple):
    """One image file of a source."""

    name: str
    """Path inside the source."""
    size: int
    """Length in bytes."""
    offset: int = 0
    """Where it starts in the archive. For a file in a folder: its modification time."""
    stored: int = 0
    """Compressed length in bytes."""
    method: int = 0
    """Compression method of a ZIP file."""
    crc: int = 0
    ignored: str = ""
    """Why it is not used, one of the constants below; empty for an image."""


NOT_AN_IMAGE = "no known image suffix"
HIDDEN = "hidden"
ARCHIVE = "an archive: unpack it first"
LINK = "a link"
NOT_A_FILE = "not a regular file"
REPLACED = "replaced by a later file of the same name"
UNUSUAL = "compressed by an unusual method"
TOO_DEEP = "a path longer than the system allows"
MISPLACED = "damaged: not where the directory says"

_ARCHIVE_SUFFIXES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".rar", ".7z", ".zst")


class Survey(NamedTuple):
    """What a source holds."""

    files: int
    unpacked: int
    """Bytes of disk that staging takes while the dataset is being made."""
    ignored: dict[str, tuple[int, str]]
    """By reason, how many files are not used, and the name of the first."""

    def describe_ignored(self) -> str:
        """Return how many files are not used and why, or an empty string if all are used."""
        parts = [f"{name} ({reason})" if number == 1 else f"{number:,} files such as {name} ({reason})"
                 for reason, (number, name) in self.ignored.items()]  # fmt: skip
        return "; ".join(parts)


def survey_of(entries: Iterable[Entry]) -> Survey:
    """Count files; `unpacked` is the size of all that are used."""
    count = size = 0
    ignored: dict[str, tuple[int, str]] = {}
    for entry in entries:
        if entry.ignored:
            number, first = ignored.get(entry.ignored, (0, readable(entry.name)))
            ignored[entry.ignored] = (number + 1, first)
        else:
            count += 1
            size += entry.size
    return Survey(count, size, ignored)


@dataclass(frozen=True)
class Source(ABC):
    """A collection of image files.

    Subclasses whose files cannot be read in place set `needs_staging` and implement `_stage` and `_staged`.
    """

    label: str
    """Its name in messages, the manifest and the dataset card."""

    @abstractmethod
    def entries(self) -> Iterator[Entry]:
        """Yield all files, in any order, including those that are ignored.

        Raises:
            InputError: the source is damaged or not safe to read.
        """

    @abstractmethod
    def read(self, entry: Entry) -> bytes:
        """Return the content of one file.

        Raises:
            InputError: it cannot be read.
        """

    @property
    def needs_staging(self) -> bool:
        """Whether its files must be unpacked or downloaded before they can be read."""
        return False

    @property
    def version(self) -> str:
        """A string that changes when the archive to be staged does."""
        return ""

    def stage(self, folder: Path, on_progress: OnProgress) -> "Source":
        """Unpack or download into `folder` if needed, and return the source that can be read.

        What an earlier call has unpacked is used again, unless the archive has changed.

        Raises:
            InputError: it cannot be unpacked or downloaded.
        """
        if not self.needs_staging:
            return self
        marker, version = folder.with_suffix(".done"), self.version
        if not (marker.is_file() and marker.read_text(encoding="utf-8") == version):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            self._stage(folder, on_progress)
            marker.write_text(version, encoding="utf-8")
        return self._staged(folder)

    def _stage(self, folder: Path, on_progress: OnProgress) -> None:
        """Unpack or download into `folder`."""
        raise NotImplementedError

    def _staged(self, folder: Path) -> "Source":
        """Return the source that reads from `folder`."""
        raise NotImplementedError

    def survey(self, file: BinaryIO | None = None) -> Survey:
        """Count the files.

        Args:
            file: the content of an archive that is not on disk yet.

        Raises:
            InputError: the source is damaged or not safe to read.
        """
        survey = survey_of(self._entries_of(file))
        return survey if self._is_staged(file) else survey._replace(unpacked=0)

    def no_images(self) -> InputError:
        """Return the error for a source without images."""
        ignored = self.survey().describe_ignored()
        return InputError(
            f"There are no images in {self.label}: it must hold image files (.jpg, .png, .webp and so on), in folders "
            f"of any depth.{ignored and f' Ignored: {ignored}.'}"
        )

    def _entries_of(self, file: BinaryIO | None) -> Iterator[Entry]:
        return self.entries()

    def _is_staged(self, file: BinaryIO | None) -> bool:
        return self.needs_staging


@dataclass(frozen=True)
class ArchiveSource(Source):
    """A source that is one file."""

    path: Path

    @abstractmethod
    def scan(self, file: BinaryIO) -> Iterator[Entry]:
        """Yield the files in the opened archive, including those that are ignored.

        Raises:
            InputError: it is damaged or not safe to read.
        """

    def entries(self) -> Iterator[Entry]:
        with self.path.open("rb") as file:
            yield from self.scan(file)

    @property
    def version(self) -> str:
        return files.stamp(self.path)

    def _entries_of(self, file: BinaryIO | None) -> Iterator[Entry]:
        return self.scan(file) if file else self.entries()

    def damaged(self, reason: object) -> InputError:
        """Return the error for an archive that cannot be read to its end."""
        return InputError(f"{self.label} is damaged or incomplete ({reason}): copy or download it again.")

    def refused(self, reason: str) -> InputError:
        """Return the error for an archive that is not safe to read."""
        return InputError(f"{self.label} was rejected: {reason}. Make a new archive of the image folder.")

    def safe_parts(self, name: str) -> list[str]:
        """Return the folders and the file name of an entry's path.

        Raises:
            InputError: it leads out of the archive.
        """
        parts = split_path(name)
        if ".." in parts or "\0" in name:
            raise self.refused(f"it contains the unsafe path {readable(name)!r}")
        return parts

    def validate_size(self, name: str, size: int, stored: int) -> None:
        """Refuse an entry that would unpack to far more than an image.

        Raises:
            InputError: it is too large, or compressed too well to be an image.
        """
        if size > MAX_BYTES or (size > MAX_RATIO * max(stored, 1) and size > 2**20):
            raise self.refused(f"{readable(name)!r} would unpack to {size / 2**20:.0f} MB from {stored / 2**20:.2f} MB")


def readable(name: str) -> str:
    """Return a file name as text that can be shown and written; on Linux, a name may be any bytes."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def why_ignored(parts: Sequence[str]) -> str:
    """Return why a file with these folders and file name is not used, or an empty text for an image."""
    if is_image_path(parts):
        return ""
    if any(part.startswith((".", "__MACOSX")) for part in parts):
        return HIDDEN
    return ARCHIVE if parts and parts[-1].lower().endswith(_ARCHIVE_SUFFIXES) else NOT_AN_IMAGE


def split_path(name: str) -> list[str]:
    """Return the parts of a path inside a source. Archives made on Windows may use backslashes."""
    return [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]


def read_range(path: Path, offset: int, length: int, label: str) -> bytes:
    """Return bytes from the middle of a file.

    Raises:
        InputError: it cannot be read or is too short.
    """
    try:
        with path.open("rb") as file:
            file.seek(offset)
            data = file.read(length)
    except OSError as error:
        raise InputError(f"{label} cannot be read: {error.strerror}.") from None
    if len(data) != length:
        raise InputError(f"{label} is incomplete.")
    return data
