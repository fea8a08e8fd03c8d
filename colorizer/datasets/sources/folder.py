"""A folder of images, at any depth."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from colorizer.datasets.sources.base import Entry, Source, readable
from colorizer.errors import InputError
from colorizer.imaging import MAX_BYTES
from colorizer.imaging.decode import is_image_path


@dataclass(frozen=True)
class FolderSource(Source):
    """A folder on this computer. Links to files are followed, links to folders are not."""

    root: Path

    def entries(self) -> Iterator[Entry]:
        pending = [""]
        while pending:
            relative = pending.pop()
            try:
                with os.scandir(self.root / relative) as items:
                    for item in items:
                        path = f"{relative}{item.name}"
                        if item.is_dir(follow_symlinks=False):
                            if not item.name.startswith("."):
                                pending.append(f"{path}/")
                        elif is_image_path((item.name,)) and item.is_file():
                            status = item.stat()
                            yield Entry(path, status.st_size, status.st_mtime_ns)
            except OSError as error:
                raise InputError(
                    f"The folder {readable(str(self.root / relative))} cannot be read ({error.strerror}): "
                    "check its permissions."
                ) from None

    def read(self, entry: Entry) -> bytes:
        path = self.root / entry.name
        try:
            if path.stat().st_size > MAX_BYTES:
                raise InputError(f"{readable(entry.name)} is larger than {MAX_BYTES / 2**20:.0f} MB.")
            return path.read_bytes()
        except OSError as error:
            raise InputError(f"{readable(entry.name)} cannot be read: {error.strerror}.") from None
