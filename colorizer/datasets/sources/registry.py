"""Find the source that a user means by a path or a name."""

from pathlib import Path
from typing import BinaryIO

from colorizer.datasets.sources.base import Source, readable
from colorizer.datasets.sources.cifar import VARIANTS, CifarSource
from colorizer.datasets.sources.folder import FolderSource
from colorizer.datasets.sources.rar import RarSource, is_rar
from colorizer.datasets.sources.sample import SampleSource
from colorizer.datasets.sources.tar import TarSource, first_name
from colorizer.datasets.sources.zip import ZipSource, is_zip
from colorizer.errors import InputError
from colorizer.text import shorten, unquote

NAMED_SOURCES = ("sample", *(variant.key for variant in VARIANTS))
"""Names of the sources that need no path."""
ARCHIVE_SUFFIXES = ("zip", "tar", "gz", "tgz", "bz2", "xz", "rar")
"""Suffixes of archives, for file dialogs. The kind of an archive is told by its first bytes."""
_UNSUPPORTED = {b"7z\xbc\xaf\x27\x1c": "7-Zip", b"\x28\xb5\x2f\xfd": "Zstandard"}


def open_source(specification: str) -> Source:
    """Return the source for a folder, an archive, or one of the `NAMED_SOURCES`.

    Raises:
        InputError: there is no such file, or it is not a folder or a supported archive.
    """
    if specification == "sample":
        return SampleSource()
    for variant in VARIANTS:
        if specification == variant.key:
            return CifarSource(variant.key, variant)
    specification = unquote(specification)
    shown = shorten(specification)
    try:
        path = Path(specification).expanduser()
        if not specification.strip() or not path.exists():
            raise InputError(
                f"There is no folder or archive at {shown!r}: check the path, or use one of the names "
                f"{', '.join(NAMED_SOURCES)}."
            )
        if path.is_dir():
            return FolderSource(readable(path.name or str(path)), path.resolve())
        if not path.is_file():  # A pipe or a device might never end.
            raise InputError(f"{shown} is neither a folder nor a file.")
        with path.open("rb") as file:
            return identify_archive(file, readable(path.name), path.resolve())
    except InputError:
        raise
    except OSError as error:
        raise InputError(f"{shown} cannot be read ({error.strerror}).") from None
    except (RuntimeError, ValueError) as error:  # An unknown user's home, or a null character.
        raise InputError(f"{shown!r} is not a valid path ({error}).") from None


def identify_archive(file: BinaryIO, label: str, path: Path) -> Source:
    """Return the source for an open archive.

    Args:
        file: the archive.
        label: its name in messages.
        path: where it can be read from later.

    Raises:
        InputError: it is not a supported archive.
    """
    if is_zip(file):
        return ZipSource(label, path)
    if is_rar(file):
        return RarSource(label, path)
    name = first_name(file)
    if name is not None:
        folder = name.partition("/")[0]
        variant = next((variant for variant in VARIANTS if variant.folder == folder), None)
        return CifarSource(label, variant, path) if variant else TarSource(label, path)
    file.seek(0)
    start = file.read(6)
    for magic, kind in _UNSUPPORTED.items():
        if start.startswith(magic):
            raise InputError(f"{label} is a {kind} archive, which is not supported: extract it and choose the folder.")
    raise InputError(
        f"{label} is not a ZIP, TAR, or RAR file, or its beginning is damaged: choose a folder or an archive."
    )
