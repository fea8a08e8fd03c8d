"""A folder of images, at any depth."""

import errno
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from colorizer.datasets.sources.base import HIDDEN, LINK, NOT_A_FILE, TOO_DEEP, Entry, Source, readable, why_ignored
from colorizer.errors import InputError
from colorizer.imaging import MAX_BYTES

_LONGEST_NAME = 100
"""Beginning of a path that is too long, for messages."""


@dataclass(frozen=True)
class FolderSource(Source):
    """A folder on this computer."""

    root: Path
    follows_links: bool = True
    """Whether links to files and folders are followed; a folder is read only once."""

    def entries(self) -> Iterator[Entry]:
        folders, links, seen = [""], list[str](), set[tuple[int, int]]()
        while folders or links:
            # Links come last, so that an image is found in its own folder rather than in one that links there.
            relative = folders.pop() if folders else links.pop()
            try:
                status = os.stat(self.root / relative)
                if (status.st_dev, status.st_ino) in seen:
                    yield Entry(relative.rstrip("/"), 0, ignored=LINK)
                    continue
                seen.add((status.st_dev, status.st_ino))
                with os.scandir(self.root / relative) as items:
                    for item in items:
                        yield from self._visit(f"{relative}{item.name}", item, folders, links)
            except OSError as error:
                if error.errno == errno.ENAMETOOLONG:
                    yield Entry(relative[:_LONGEST_NAME], 0, ignored=TOO_DEEP)
                    continue
                raise InputError(
                    f"The folder {readable(str(self.root / relative))} cannot be read ({error.strerror}): "
                    "check its permissions."
                ) from None
            links.sort(reverse=True)

    def _visit(self, path: str, item: os.DirEntry[str], folders: list[str], links: list[str]) -> Iterator[Entry]:
        """Yield a file, or add a folder to those that are still to be read."""
        if item.is_symlink() and not self.follows_links:
            yield Entry(path, 0, ignored=LINK)
        elif item.is_dir():
            if item.name.startswith((".", "__MACOSX")):
                yield Entry(path, 0, ignored=HIDDEN)
            else:
                (links if item.is_symlink() else folders).append(f"{path}/")
        elif reason := why_ignored((item.name,)) or ("" if item.is_file() else NOT_A_FILE):
            yield Entry(path, 0, ignored=reason)
        else:
            status = item.stat()
            yield Entry(path, status.st_size, status.st_mtime_ns)

    def read(self, entry: Entry) -> bytes:
        path = self.root / entry.name
        try:
            if path.stat().st_size > MAX_BYTES:
                raise InputError(f"{readable(entry.name)} is larger than {MAX_BYTES / 2**20:.0f} MB.")
            return path.read_bytes()
        except OSError as error:
            raise InputError(f"{readable(entry.name)} cannot be read: {error.strerror}.") from None
