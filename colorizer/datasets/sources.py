"""Where images come from: a folder, a ZIP file, or the photographs of the offline sample.

A source lists names first and reads one file at a time, so memory does not grow with its size.
Nothing is ever unpacked to disk.
"""

import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from colorizer import images
from colorizer.datasets import sample
from colorizer.errors import InputError

SAMPLE = "sample"
"""The word that stands for the offline sample dataset."""

_MAX_RATIO = 200
_UNIX = 3


class Source(Protocol):
    """A pile of image files."""

    label: str
    """What to call it in messages, the manifest and the card."""
    names: list[str]
    """Paths of its images inside it, with forward slashes, sorted."""

    def read(self, name: str) -> bytes:
        """The bytes of one file.

        Raises:
            InputError: it cannot be read.
        """
        ...


@contextmanager
def open_source(specification: str) -> Iterator[Source]:
    """Open what a person named: a folder, a `.zip` file, or the word `sample`.

    Raises:
        InputError: it does not exist, holds no images, or is not safe to read.
    """
    path = Path(specification).expanduser()
    if specification == SAMPLE:
        yield sample.SampleSource()
    elif path.is_dir():
        yield _checked(_Folder(readable(path.name or str(path)), _list_folder(path), path))
    elif not path.exists():
        raise InputError(
            f"There is no folder or ZIP file at {specification}: check the path, or use the word {SAMPLE!r}."
        )
    elif not zipfile.is_zipfile(path):
        raise InputError(f"{specification} is not a ZIP file (or is cut off): give a folder or a .zip file.")
    else:
        try:
            archive = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise InputError(f"{specification} cannot be opened as a ZIP file ({error}).") from None
        with archive:
            yield _checked(_Zip(readable(path.name), _list_zip(archive, path.name), archive))


def readable(name: str) -> str:
    """A file name as text that can be shown and written; on Linux a name may be no text at all."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def _checked(source: Source) -> Source:
    if not source.names:
        raise InputError(
            f"There are no images in {source.label}: it must hold {', '.join(images.SUFFIXES)} files, at any depth."
        )
    return source


def _is_image(path: PurePosixPath) -> bool:
    hidden = any(part.startswith((".", "__MACOSX")) for part in path.parts)
    return not hidden and path.suffix.lower() in images.SUFFIXES


@dataclass
class _Folder:
    label: str
    names: list[str]
    root: Path

    def read(self, name: str) -> bytes:
        path = self.root / name
        try:
            if path.stat().st_size > images.MAX_BYTES:
                raise InputError(f"{name} is larger than {images.MAX_BYTES / 2**20:.0f} MB.")
            return path.read_bytes()
        except OSError as error:
            raise InputError(f"{name} cannot be read: {error.strerror}.") from None


def _list_folder(root: Path) -> list[str]:
    names = []
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".")]
        relative = PurePosixPath(Path(folder).relative_to(root).as_posix())
        names += [str(relative / file) for file in files if _is_image(relative / file)]
    return sorted(names)


@dataclass
class _Zip:
    label: str
    names: list[str]
    archive: zipfile.ZipFile

    def read(self, name: str) -> bytes:
        try:
            return self.archive.read(name)
        except (zipfile.BadZipFile, OSError, EOFError, zlib.error, NotImplementedError, RuntimeError) as error:
            raise InputError(f"{name} in {self.label} is damaged ({error}).") from None


def _list_zip(archive: zipfile.ZipFile, label: str) -> list[str]:
    names = set()
    for entry in archive.infolist():
        path = PurePosixPath(entry.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in (path.parts or ("",))[0]:
            raise InputError(
                f"{label} was refused: it holds the unsafe path {entry.filename!r}. Make a new ZIP of the image folder."
            )
        if entry.create_system == _UNIX and stat.S_IFMT(entry.external_attr >> 16) not in (
            0,
            stat.S_IFREG,
            stat.S_IFDIR,
        ):
            raise InputError(f"{label} was refused: {entry.filename!r} in it is a link or a device, not a file.")
        if entry.is_dir() or not _is_image(path):
            continue
        if entry.flag_bits & 0x1:
            raise InputError(f"{label} is protected by a password: make a new ZIP without one.")
        too_dense = entry.file_size > _MAX_RATIO * max(entry.compress_size, 1) and entry.file_size > 2**20
        if entry.file_size > images.MAX_BYTES or too_dense:
            raise InputError(
                f"{label} was refused: {entry.filename!r} would unpack to {entry.file_size / 2**20:.0f} MB "
                f"from {entry.compress_size / 2**20:.2f} MB."
            )
        if entry.filename in names:
            raise InputError(f"{label} was refused: it holds {entry.filename!r} twice.")
        names.add(entry.filename)
    return sorted(names)
