"""RAR files. Their compression is proprietary: rarfile reads the directory, an installed program unpacks the files."""

import re
import shutil
import stat
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import rarfile

from colorizer.datasets.sources.base import LINK, NOT_A_FILE, ArchiveSource, Entry, OnProgress, why_ignored
from colorizer.datasets.sources.folder import FolderSource
from colorizer.errors import InputError

_TOOLS = {
    "unar": ("-quiet", "-no-directory", "-force-overwrite", "-output-directory", "{folder}", "{archive}"),
    "bsdtar": ("-x", "-f", "{archive}", "-C", "{folder}"),
    "unrar": ("x", "-y", "-p-", "-inul", "{archive}", "{folder}/"),
}


@dataclass(frozen=True)
class RarSource(ArchiveSource):
    """A RAR file."""

    @property
    def needs_staging(self) -> bool:
        return True

    def scan(self, file: BinaryIO) -> Iterator[Entry]:
        length = file.seek(0, 2)
        file.seek(0)
        try:
            archive = rarfile.RarFile(file)
        except rarfile.NeedFirstVolume:
            raise self._multi_volume() from None
        except Exception as error:  # The parser raises almost anything on damaged files.
            raise self.damaged(error) from None
        with archive:
            if archive.needs_password():
                raise InputError(f"{self.label} is password-protected: extract it and choose the folder instead.")
            if archive.volumelist()[1:]:
                raise self._multi_volume()
            links: set[tuple[str, ...]] = set()
            for item in archive.infolist():
                name = item.filename or ""
                parts = self.safe_parts(name)
                # Unlike the files of other archives, these are unpacked to disk.
                if name.startswith(("/", "\\")) or re.match("[A-Za-z]:", name) or links & set(_parents(parts)):
                    raise self.refused(f"it contains the unsafe path {name!r}")
                if item.volume or getattr(item, "header_offset", 0) + (item.compress_size or 0) > length:
                    raise self.damaged(f"{name} is incomplete")
                if item.is_dir():
                    continue
                kind = stat.S_IFMT(item.mode or 0) if item.host_os == rarfile.RAR_OS_UNIX else 0
                reason = why_ignored(parts)
                if item.is_symlink() or item.file_redir or kind == stat.S_IFLNK:
                    links.add(tuple(parts))
                    reason = LINK
                elif kind not in (0, stat.S_IFREG):
                    reason = NOT_A_FILE
                self.validate_size(name, item.file_size or 0, item.compress_size or 0)
                yield Entry(name, 0 if reason else item.file_size or 0, ignored=reason)

    def read(self, entry: Entry) -> bytes:
        raise InputError(f"{self.label} must be unpacked before it can be read.")

    def _stage(self, folder: Path, on_progress: OnProgress) -> None:
        sizes = {entry.name: entry.size for entry in self.entries() if not entry.ignored}
        if not sizes:
            raise self.no_images()
        command = [part.format(folder=folder, archive=self.path) for part in self._find_tool()]
        total = sum(sizes.values())
        with subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            try:
                free = shutil.disk_usage(folder).free
                while process.poll() is None:
                    done = max(0, free - shutil.disk_usage(folder).free)
                    on_progress(f"Unpacking {self.label}", min(done, total), total)
                    time.sleep(0.05)
            except BaseException:
                process.kill()
                raise
        # The program is not trusted: each file must be a regular one of the size that the directory states.
        for name, size in sizes.items():
            try:
                status = (folder / name).lstat()
            except OSError:
                raise self.damaged(f"{name} could not be unpacked") from None
            if not stat.S_ISREG(status.st_mode) or status.st_size != size:
                raise self.damaged(f"{name} was unpacked to {status.st_size} of {size} bytes")
        if process.returncode:
            raise self.damaged(f"{command[0]} ended with code {process.returncode}")

    def _staged(self, folder: Path) -> FolderSource:
        return FolderSource(self.label, folder, follows_links=False)

    def _find_tool(self) -> tuple[str, ...]:
        for name, arguments in _TOOLS.items():
            program = shutil.which(name)
            if program:
                return (program, *arguments)
        raise InputError(
            f"No program that can unpack {self.label} is installed: extract it yourself and choose the folder, or "
            "install unar, bsdtar, or unrar (on Debian: apt-get install unar) and try again."
        )

    def _multi_volume(self) -> InputError:
        return InputError(
            f"{self.label} is one part of a multi-part archive: extract all parts and choose the folder instead."
        )


def is_rar(file: BinaryIO) -> bool:
    """Return whether a file begins like a RAR file."""
    file.seek(0)
    return file.read(6) == b"Rar!\x1a\x07"


def _parents(parts: Sequence[str]) -> Iterator[tuple[str, ...]]:
    return (tuple(parts[:length]) for length in range(1, len(parts)))
