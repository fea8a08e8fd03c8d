"""Files that are either the old version or the new one, never half of each."""

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on a clean exit it takes the place of `path`.

    If the body raises, the temporary file is removed and `path` is left as it was.
    """
    temporary = _beside(path)
    try:
        yield temporary
        _flush(temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def write_unique(path: Path, data: bytes) -> Iterator[Path]:
    """Write a file that takes nobody's place: where `path` exists, a number is added to its name.

    Yields the chosen path while it is reserved but still empty, once `data` are safely beside it. On a clean
    exit the file is there, whole; if the body raises, nothing is.
    """
    temporary = _beside(path)
    try:
        temporary.write_bytes(data)
        _flush(temporary)
        target = _reserve(path)
        try:
            yield target
            os.replace(temporary, target)
        except BaseException:
            target.unlink(missing_ok=True)
            raise
    finally:
        temporary.unlink(missing_ok=True)


def _beside(path: Path) -> Path:
    """A temporary name, unlike that of any other writer's."""
    return path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.tmp")


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _reserve(path: Path) -> Path:
    number, free = 1, path
    while True:
        try:
            free.touch(exist_ok=False)
            return free
        except FileExistsError:
            number += 1
            free = path.with_stem(f"{path.stem}-{number}")


def write_json(path: Path, value: Any) -> None:
    """Write `value` as indented JSON, atomically."""
    with atomic_write(path) as temporary:
        temporary.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8, atomically."""
    with atomic_write(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def remove_leftovers(folder: Path) -> None:
    """Remove temporary files that a killed writer left in `folder`; nobody may be writing there now."""
    for path in folder.glob(".*"):
        if path.is_file() and (path.name.endswith(".tmp") or path.name.startswith(".tmp")):
            path.unlink(missing_ok=True)
