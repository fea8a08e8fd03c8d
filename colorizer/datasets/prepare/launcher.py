"""Start, pause, go on with and discard preparations in processes of their own."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePath
from typing import BinaryIO

from colorizer import jobs, workspace
from colorizer.datasets.prepare.config import PrepareConfig
from colorizer.datasets.prepare.workdir import (
    Preparation,
    load_preparation,
    not_written,
    workdir,
    write_request,
)  # fmt: skip
from colorizer.datasets.sources import open_source
from colorizer.errors import InputError, UserError

_BLOCK = 2**22


def start(config: PrepareConfig, dropped: Sequence[tuple[str, BinaryIO]] = ()) -> Preparation:
    """Prepare a dataset in a new process.

    Args:
        config: what it is to become.
        dropped: names and contents of archives that are on no disk yet; they become sources too.

    Raises:
        InputError: the name is taken, a source does not exist, or nothing can be written.
    """
    folder, target = workdir(config.name), workspace.data_folder() / config.name
    if target.exists():
        raise InputError(f"There is a dataset {config.name!r} already: choose another name or delete that one.")
    if folder.exists():
        raise InputError(
            f"A dataset {config.name!r} is half made already: go on with it, discard it, or choose another name."
        )
    uploads = folder / "uploads"
    try:
        try:
            folder.mkdir(parents=True)
            paths = [_keep(uploads / str(number), *archive) for number, archive in enumerate(dropped)]
            config = replace(config, sources=config.sources + tuple(paths))
            config.require_sources()
            for source in config.sources:
                open_source(source)
            write_request(folder, config)
            jobs.launch(folder, ["prepare", "--name", config.name])
        except OSError as error:
            raise not_written(target, error) from None
    except UserError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return load_preparation(config.name)


def _keep(folder: Path, name: str, file: BinaryIO) -> str:
    folder.mkdir(parents=True)
    path = folder / PurePath(name).name
    with path.open("xb") as copy:
        file.seek(0)
        shutil.copyfileobj(file, copy, _BLOCK)
    return str(path)


def resume(preparation: Preparation) -> None:
    """Go on with a half-made dataset in a new process.

    Raises:
        InputError: it is being prepared.
    """
    if preparation.status().is_active:
        raise InputError(f"The dataset {preparation.name!r} is being prepared already.")
    jobs.launch(preparation.folder, ["prepare", "--name", preparation.name])


def pause(preparation: Preparation) -> None:
    """Ask a preparation to end; it does so within a second or two, and what was done is kept."""
    jobs.request_stop(preparation.folder)
