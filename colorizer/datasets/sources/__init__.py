"""Where images come from: folders, archives, CIFAR, and the offline sample."""

from colorizer.datasets.sources.base import ArchiveSource, Entry, Source, Survey
from colorizer.datasets.sources.registry import ARCHIVE_SUFFIXES, NAMED_SOURCES, identify_archive, open_source

__all__ = [
    "ARCHIVE_SUFFIXES",
    "NAMED_SOURCES",
    "ArchiveSource",
    "Entry",
    "Source",
    "Survey",
    "identify_archive",
    "open_source",
]
