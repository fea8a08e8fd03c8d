"""What all sources have in common.

A source lists its files one after the other and reads any one of them, so memory does not grow with
their number. It is small and can be sent to other processes, which read for themselves.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

from colorizer.errors import InputError
from colorizer.imaging import MAX_BYTES

MAX_RATIO = 200
"""No pile of photographs is packed more than so many times smaller than it is."""

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done and how much there is (0 if not known)."""


class Entry(NamedTuple):
    """One file of a source."""

    name: str
    """Path inside the source."""
    size: int
    """Its length in bytes."""
    offset: int = 0
    """Where it begins in the file that holds it; a folder's file has its time of change here."""
    stored: int = 0
    """How many bytes hold it there, if it is compressed."""
    method: int = 0
    crc: int = 0


class Source(Protocol):
    """A pile of image files."""

    @property
    def label(self) -> str:
        """What to call it in messages, the manifest and the card."""
        ...

    def entries(self) -> Iterator[Entry]:
        """All its image files, in any order.

        Raises:
            InputError: it is not safe to read, or damaged.
        """
        ...

    def stage(self, folder: Path, progress: Progress) -> None:
        """Bring every file to hand: unpack or fetch it into `folder`, where need be.

        Raises:
            InputError: it cannot be unpacked or fetched.
        """
        ...

    def staged(self, folder: Path) -> "Source":
        """The same source, after `stage`."""
        ...

    def read(self, entry: Entry) -> bytes:
        """The bytes of one file.

        Raises:
            InputError: it cannot be read.
        """
        ...


def readable(name: str) -> str:
    """A file name as text that can be shown and written; on Linux a name may be no text at all."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def safe_parts(name: str, label: str) -> list[str]:
    """The folders and the file name in the path of an archive's entry.

    Raises:
        InputError: it leads out of the archive.
    """
    parts = split_path(name)
    if name[:1] in ("/", "\\") or ".." in parts or (parts and ":" in parts[0]) or "\0" in name:
        raise InputError(
            f"{label} was refused: it holds the unsafe path {readable(name)!r}. Make a new archive of the image folder."
        )
    return parts


def split_path(name: str) -> list[str]:
    """The parts of a path inside a source; some archives come from Windows."""
    return [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]


def validate_size(name: str, size: int, stored: int, label: str) -> None:
    """Refuse what would unpack to far more than an image is.

    Raises:
        InputError: it is too large, or packed too densely to be an image.
    """
    if size > MAX_BYTES or (size > MAX_RATIO * max(stored, 1) and size > 2**20):
        raise InputError(
            f"{label} was refused: {readable(name)!r} would unpack to {size / 2**20:.0f} MB "
            f"from {stored / 2**20:.2f} MB. Make a new archive of the image folder."
        )


def not_a_file(name: str, label: str) -> InputError:
    """The error for links, devices and the like."""
    return InputError(
        f"{label} was refused: {readable(name)!r} in it is a link or a device, not a file. "
        "Make a new archive of the image folder."
    )


def named_twice(name: str, label: str) -> InputError:
    """The error for two files of one name."""
    return InputError(
        f"{label} was refused: it holds {readable(name)!r} twice. Make a new archive of the image folder."
    )


def read_range(path: Path, offset: int, length: int, label: str) -> bytes:
    """Bytes from the middle of a file.

    Raises:
        InputError: it cannot be read or ends before.
    """
    try:
        with path.open("rb") as file:
            file.seek(offset)
            data = file.read(length)
    except OSError as error:
        raise InputError(f"{label} cannot be read: {error.strerror}.") from None
    if len(data) != length:
        raise InputError(f"{label} is cut off.")
    return data


def stamp(path: Path) -> str:
    """A text that changes when a file does: its size and time of change."""
    status = os.stat(path)
    return f"{status.st_size} {status.st_mtime_ns}"
