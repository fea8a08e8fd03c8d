"""Find the source that a user means by a path or a name."""

import zipfile
from pathlib import Path
from typing import BinaryIO

import rarfile

from colorizer.datasets.sources.base import Source, readable
from colorizer.datasets.sources.cifar import VARIANTS, CifarSource, find_variant
from colorizer.datasets.sources.folder import FolderSource
from colorizer.datasets.sources.rar import RarSource
from colorizer.datasets.sources.sample import SampleSource
from colorizer.datasets.sources.tar import TarSource, is_tar
from colorizer.datasets.sources.zip import ZipSource
from colorizer.errors import InputError

NAMED_SOURCES = ("sample", *(variant.key for variant in VARIANTS))
"""Names of the sources that need no path."""
ARCHIVE_SUFFIXES = ("zip", "tar", "gz", "tgz", "bz2", "xz", "rar")
"""Suffixes of archives, for file dialogs. The kind of an archive is told by its first bytes."""


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
    path = Path(specification).expanduser()
    try:
        if path.is_dir():
            return FolderSource(readable(path.name or str(path)), path.resolve())
        if not path.exists():
            raise InputError(
                f"There is no folder or archive at {readable(specification)}: check the path, or use one of the "
                f"names {', '.join(NAMED_SOURCES)}."
            )
        with path.open("rb") as file:
            return identify_archive(file, readable(path.name), path.resolve())
    except OSError as error:
        raise InputError(f"{readable(specification)} cannot be read ({error.strerror}).") from None


def identify_archive(file: BinaryIO, label: str, path: Path) -> Source:
    """Return the source for an open archive.

    Args:
        file: the archive.
        label: its name in messages.
        path: where it can be read from later.

    Raises:
        InputError: it is not a supported archive.
    """
    file.seek(0)
    if file.read(4) in (b"PK\3\4", b"PK\5\6") or zipfile.is_zipfile(file):
        return ZipSource(label, path)
    file.seek(0)
    if rarfile.is_rarfile(file):
        return RarSource(label, path)
    if is_tar(file):
        variant = find_variant(file)
        return CifarSource(label, variant, path) if variant else TarSource(label, path)
    raise InputError(
        f"{label} is not a ZIP, TAR or RAR file, or its beginning is damaged: choose a folder or an archive."
    )
