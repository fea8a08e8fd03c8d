"""Where images come from: folders, archives, CIFAR, or the photographs of the offline sample.

One file per kind; `open_source` tells which kind a person means.
"""

import zipfile
from pathlib import Path
from typing import BinaryIO

import rarfile

from colorizer.datasets.sources import cifar, sample
from colorizer.datasets.sources.base import Entry, Progress, Source, readable
from colorizer.datasets.sources.cifar import CifarSource
from colorizer.datasets.sources.folder import FolderSource
from colorizer.datasets.sources.rar import RarSource
from colorizer.datasets.sources.tar import TarSource, is_tar
from colorizer.datasets.sources.zip import ZipSource
from colorizer.errors import InputError

__all__ = ["ARCHIVES", "SAMPLE", "WORDS", "Entry", "Progress", "Source", "identify", "open_source", "readable"]

SAMPLE = "sample"
"""The word that stands for the offline sample dataset."""
WORDS = (SAMPLE, *(variant.word for variant in cifar.VARIANTS))
"""Words that stand for sources."""
ARCHIVES = ("zip", "tar", "gz", "tgz", "bz2", "xz", "rar")
"""Endings of archives. What a file is, its first bytes tell."""


def open_source(specification: str) -> Source:
    """What a person named: a folder, an archive, or one of the `WORDS`.

    Raises:
        InputError: there is no such thing, or it is nothing that holds images.
    """
    if specification == SAMPLE:
        return sample.SampleSource()
    for variant in cifar.VARIANTS:
        if specification == variant.word:
            return CifarSource(variant.word, variant)
    path = Path(specification).expanduser()
    try:
        if path.is_dir():
            return FolderSource(readable(path.name or str(path)), path.resolve())
        if not path.exists():
            raise InputError(
                f"There is no folder or archive at {readable(specification)}: check the path, or use one of the "
                f"words {', '.join(WORDS)}."
            )
        with path.open("rb") as file:
            return identify(file, readable(path.name), path.resolve())
    except OSError as error:
        raise InputError(f"{readable(specification)} cannot be read ({error.strerror}).") from None


def identify(file: BinaryIO, label: str, path: Path) -> ZipSource | RarSource | TarSource | CifarSource:
    """What an open archive is.

    Args:
        file: the archive.
        label: what to call it.
        path: where its files are to be read from later.

    Raises:
        InputError: it is no archive that is read.
    """
    file.seek(0)
    if file.read(4) in (b"PK\3\4", b"PK\5\6") or zipfile.is_zipfile(file):
        return ZipSource(label, path)
    file.seek(0)
    if rarfile.is_rarfile(file):
        return RarSource(label, path)
    if is_tar(file):
        variant = cifar.variant_in(file)
        return CifarSource(label, variant, path) if variant else TarSource(label, path)
    raise InputError(
        f"{label} is not a ZIP file, a TAR file or a RAR file, or is cut off at its beginning: "
        "give a folder or an archive."
    )
