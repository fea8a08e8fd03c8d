"""RAR files. Their packing is secret: rarfile reads their directory, an installed program unpacks them."""

import shutil
import stat
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import rarfile

from colorizer.datasets.sources.base import (
    Entry,
    Progress,
    named_twice,
    not_a_file,
    safe_parts,
    validate_size,
)  # fmt: skip
from colorizer.datasets.sources.folder import FolderSource
from colorizer.errors import InputError
from colorizer.imaging.decode import is_image_path

_TOOLS = {
    "unar": ("-quiet", "-no-directory", "-force-overwrite", "-output-directory", "{folder}", "{archive}"),
    "bsdtar": ("-x", "-f", "{archive}", "-C", "{folder}"),
    "unrar": ("x", "-y", "-p-", "-inul", "{archive}", "{folder}/"),
}


@dataclass(frozen=True)
class RarSource:
    """A RAR file."""

    label: str
    path: Path

    def entries(self) -> Iterator[Entry]:
        """All image files in it."""
        with self.path.open("rb") as file:
            yield from list_rar(file, self.label)

    def stage(self, folder: Path, progress: Progress) -> None:
        """Unpack it into `folder`."""
        sizes = {entry.name: entry.size for entry in self.entries()}
        if not sizes:
            return
        command = [part.format(folder=folder, archive=self.path) for part in _tool(self.label)]
        total = sum(sizes.values())
        with subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            try:
                free = shutil.disk_usage(folder).free
                while process.poll() is None:
                    done = max(0, free - shutil.disk_usage(folder).free)
                    progress(f"Unpacking {self.label}", min(done, total), total)
                    time.sleep(0.05)
            except BaseException:
                process.kill()
                raise
        # The program's word is not taken for it: each file must be a plain one of the size that was promised.
        for name, size in sizes.items():
            try:
                status = (folder / name).lstat()
            except OSError:
                raise _damaged(self.label, f"{name} did not come out of it") from None
            if not stat.S_ISREG(status.st_mode) or status.st_size != size:
                raise _damaged(self.label, f"{name} came out of it with {status.st_size} of {size} bytes")
        if process.returncode:
            raise _damaged(self.label, f"{command[0]} ended with code {process.returncode}")

    def staged(self, folder: Path) -> FolderSource:
        """The folder it was unpacked into."""
        return FolderSource(self.label, folder)

    def read(self, entry: Entry) -> bytes:
        """Not before it is unpacked."""
        raise InputError(f"{self.label} must be unpacked first.")


def list_rar(file: BinaryIO, label: str) -> Iterator[Entry]:
    """The image files of a RAR file, in the order of its directory.

    Raises:
        InputError: it is damaged, or not safe to read.
    """
    length = file.seek(0, 2)
    file.seek(0)
    try:
        archive = rarfile.RarFile(file)
    except rarfile.NeedFirstVolume:
        raise _one_of_several(label) from None
    except (rarfile.Error, OSError, ValueError) as error:
        raise _damaged(label, str(error)) from None
    with archive:
        if archive.needs_password():
            raise InputError(f"{label} is protected by a password: extract it and give the folder instead.")
        if archive.volumelist()[1:]:
            raise _one_of_several(label)
        names: set[str] = set()
        for item in archive.infolist():
            name = item.filename or ""
            parts = safe_parts(name, label)
            kind = stat.S_IFMT(item.mode or 0) if item.host_os == rarfile.RAR_OS_UNIX else 0
            if item.is_symlink() or item.file_redir or kind not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise not_a_file(name, label)
            if item.volume or getattr(item, "header_offset", 0) + (item.compress_size or 0) > length:
                raise _damaged(label, f"{name} is cut off")
            if item.is_dir():
                continue
            validate_size(name, item.file_size or 0, item.compress_size or 0, label)
            if name in names:
                raise named_twice(name, label)
            names.add(name)
            if is_image_path(parts):
                yield Entry(name, item.file_size or 0)


def _tool(label: str) -> tuple[str, ...]:
    for name, arguments in _TOOLS.items():
        program = shutil.which(name)
        if program:
            return (program, *arguments)
    raise InputError(
        f"No program to unpack {label} is installed: extract it with any archive program and give the folder "
        f"instead, or install {' or '.join(_TOOLS)} (on Debian: apt-get install unar) and try again."
    )


def _one_of_several(label: str) -> InputError:
    return InputError(f"{label} is one of several parts: extract them together and give the folder instead.")


def _damaged(label: str, reason: str) -> InputError:
    return InputError(f"{label} is damaged or cut off and cannot be read as a RAR file ({reason}): copy it again.")
