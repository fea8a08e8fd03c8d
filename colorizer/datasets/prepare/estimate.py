"""How much disk space a dataset takes, estimated before it is made."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from colorizer.datasets.prepare.config import PrepareConfig
from colorizer.errors import OutputError
from colorizer.text import file_size

_PNG_RATIO = 0.75
"""Size of a photograph's PNG file relative to its pixels (CIFAR-10: 0.73 at 32 pixels)."""
_BLOCK = 4096
"""Files take whole blocks of a disk."""
_PLAN_BYTES = 500
"""Bytes per file in the plan while the dataset is made, and in its index afterwards (CIFAR-10: 455)."""


@dataclass(frozen=True)
class Estimate:
    """How many bytes a dataset takes, and how many are free."""

    files: int
    packed: int
    """The packed arrays."""
    images: int
    """The flat folder of PNG files."""
    temporary: int
    """What is needed in addition while the dataset is made."""
    free: int

    @property
    def peak(self) -> int:
        """Bytes taken at most, while the dataset is made."""
        return self.final + self.temporary

    @property
    def final(self) -> int:
        """Bytes taken by the finished dataset."""
        return self.packed + self.images

    @property
    def fits(self) -> bool:
        """Whether there is enough free space."""
        return self.peak <= self.free

    def validate(self) -> None:
        """
        Raises:
            OutputError: there is not enough free space.
        """
        if not self.fits:
            raise OutputError(
                f"There is not enough disk space: {self.files:,} images take about {file_size(self.peak)}, and "
                f"{file_size(self.free)} is free. Free some space, choose a smaller image size, or do not write PNG "
                "files."
            )


def estimate(files: int, unpacked: int, config: PrepareConfig, folder: Path) -> Estimate:
    """Estimate the disk space of a dataset.

    Args:
        files: number of files in its sources.
        unpacked: bytes that staging its sources takes.
        config: how it is made.
        folder: where it is made; need not exist.
    """
    pixels = config.size**2 * 3
    png = -(-int(pixels * _PNG_RATIO) // _BLOCK) * _BLOCK if config.images else 0
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    return Estimate(files, files * pixels, files * png, unpacked + files * _PLAN_BYTES, free)
