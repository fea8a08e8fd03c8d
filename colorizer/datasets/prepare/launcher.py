"""Start, pause, resume and discard preparations in background processes."""

import contextlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import BinaryIO

from colorizer import files, jobs, workspace
from colorizer.datasets.prepare.config import PrepareConfig
from colorizer.datasets.prepare.workdir import (
    lock,
    read_request,
    request_discard,
    unfinished_names,
    workdir,
    write_request,
)  # fmt: skip
from colorizer.datasets.sources import open_source
from colorizer.errors import InputError, UserError

_BLOCK = 2**22


@dataclass(frozen=True)
class Preparation:
    """An unfinished dataset, being prepared or interrupted."""

    name: str
    config: PrepareConfig

    @property
    def folder(self) -> Path:
        """Where it is made."""
        return workdir(self.name)

    def status(self) -> jobs.Status:
        """Return its state and progress."""
        return jobs.read_status(self.folder)

    def resume(self) -> None:
        """Resume it in a new process.

        Raises:
            InputError: it is being prepared.
            OutputError: its folder cannot be written.
        """
        if self.status().is_active:
            raise InputError(f"The dataset {self.name!r} is already being prepared.")
        _launch(self.name)

    def pause(self) -> None:
        """Stop its process, within a second or two. Progress is saved."""
        jobs.request_stop(self.folder)

    def discard(self) -> None:
        """Stop its process and delete what it has made. The sources stay."""
        request_discard(self.name)


def load_preparation(name: str) -> Preparation:
    """Load an unfinished dataset.

    Raises:
        InputError: there is none of that name.
    """
    return Preparation(name, read_request(name))


def list_preparations() -> list[Preparation]:
    """Return all unfinished datasets by name."""
    found = []
    for name in unfinished_names():
        with contextlib.suppress(UserError):
            found.append(load_preparation(name))
    return found


def start_preparation(config: PrepareConfig, uploads: Sequence[tuple[str, BinaryIO]] = ()) -> Preparation:
    """Prepare a dataset in a new process.

    Args:
        config: of the dataset.
        uploads: names and contents of archives that are not on disk; they are added to its sources.

    Raises:
        InputError: the name is taken, or a source cannot be used.
        OutputError: nothing can be written.
    """
    folder = workdir(config.name)
    try:
        _require_free(config.name)
        with lock(config.name):
            _require_free(config.name)
            try:
                folder.mkdir()
                paths = [_store(folder / "uploads" / str(n), *upload) for n, upload in enumerate(uploads)]
                config = replace(config, sources=config.sources + tuple(paths))
                config.require_sources()
                for source in config.sources:
                    open_source(source)
                write_request(config.name, config)  # Last: a folder without it is a leftover.
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise
    except OSError as error:
        raise files.write_error(f"The dataset {config.name!r}", error) from None
    _launch(config.name)
    return Preparation(config.name, config)


def _require_free(name: str) -> None:
    if (workspace.data_folder() / name).exists():
        raise InputError(f"There is already a dataset {name!r}: choose another name.", setting="name")
    if name in unfinished_names():
        raise InputError(
            f"There is already an unfinished dataset {name!r}: resume it, discard it, or choose another name.",
            setting="name",
        )


def _launch(name: str) -> None:
    try:
        jobs.launch(workdir(name), ["prepare", "--name", name])
    except OSError as error:
        raise files.write_error(f"The dataset {name!r}", error) from None


def _store(folder: Path, name: str, file: BinaryIO) -> str:
    folder.mkdir(parents=True)
    path = folder / PurePath(name).name
    with path.open("xb") as copy:
        file.seek(0)
        shutil.copyfileobj(file, copy, _BLOCK)
    return str(path)
