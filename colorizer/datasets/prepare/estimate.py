"""How much disk a dataset will take, told before it is made."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from colorizer.datasets.prepare.config import PrepareConfig
from colorizer.datasets.sources import Entry, Source
from colorizer.datasets.sources.cifar import COUNT, CifarSource
from colorizer.datasets.sources.rar import RarSource, list_rar
from colorizer.datasets.sources.tar import TarSource, list_tar
from colorizer.datasets.sources.zip import ZipSource, list_zip
from colorizer.errors import InputError
from colorizer.text import file_size

_PNG_SHARE = 0.75
"""PNG files of photographs are about so much smaller than their pixels (CIFAR-10: 0.73 at 32 pixels)."""
_BLOCK = 4096
"""Files take whole blocks of a disk."""
_PLAN_BYTES = 500
"""What a file takes in the plan while the dataset is made (CIFAR-10: 455), and in the index afterwards."""


@dataclass(frozen=True)
class Survey:
    """What is in a source."""

    label: str
    files: int
    expanded: int
    """Bytes that unpacking it takes, for as long as the dataset is being made."""


@dataclass(frozen=True)
class Estimate:
    """How many bytes a dataset will take, and how many there are."""

    files: int
    packed: int
    images: int
    meanwhile: int
    """What else it takes while it is made."""
    free: int

    @property
    def most(self) -> int:
        """What it takes at most, while it is made."""
        return self.packed + self.images + self.meanwhile

    @property
    def lasting(self) -> int:
        """What it takes in the end."""
        return self.packed + self.images


def survey(source: Source, file: BinaryIO | None = None) -> Survey:
    """Count the files of a source.

    Args:
        source: any.
        file: the archive, if it is on no disk yet.

    Raises:
        InputError: it is damaged, or not safe to read.
    """
    if isinstance(source, CifarSource):
        size = source.variant.archive_bytes
        return Survey(source.label, COUNT, COUNT * 32 * 32 * 3 + (0 if source.archive else size))
    files = size = 0
    for entry in _entries(source, file):
        files += 1
        size += entry.size
    return Survey(source.label, files, size if isinstance(source, RarSource | TarSource) else 0)


def _entries(source: Source, file: BinaryIO | None) -> Iterator[Entry]:
    if file is None:
        return source.entries()
    if isinstance(source, ZipSource):
        return list_zip(file, source.label)
    if isinstance(source, RarSource):
        return list_rar(file, source.label)
    return list_tar(file, source.label)


def estimate(files: int, expanded: int, config: PrepareConfig, folder: Path) -> Estimate:
    """What a dataset of so many files takes.

    Args:
        files: how many there are.
        expanded: bytes of what has to be unpacked.
        config: how the dataset is made.
        folder: where; the nearest one that exists is looked at.
    """
    pixels = config.size**2 * 3
    png = -(-int(pixels * _PNG_SHARE) // _BLOCK) * _BLOCK if config.flat_images else 0
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    return Estimate(files, files * pixels, files * png, expanded + files * _PLAN_BYTES, free)


def validate_room(needed: Estimate) -> None:
    """Refuse what will not fit.

    Raises:
        InputError: there is less room on the disk than it will take.
    """
    if needed.most > needed.free:
        raise InputError(
            f"There is not enough room: {needed.files:,} pictures take about {file_size(needed.most)}, and "
            f"{file_size(needed.free)} are free. Free some disk space, choose a smaller size, or leave out the flat "
            "folder."
        )
