"""Write files atomically, so that a reader sees the old version or the new one; read JSON without trusting it."""

import errno
import hashlib
import json
import math
import os
import platform
import re
import secrets
import shutil
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from colorizer.errors import OutputError
from colorizer.text import shorten

Record = TypeVar("Record")

MAX_JSON_BYTES = 4_000_000
"""Largest JSON file that is read."""
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_NO_PERMISSION = (errno.EACCES, errno.EPERM, errno.EROFS)
_STALE_SECONDS = 3600
_HIDDEN = re.compile(r"\.(?P<name>.+)\.(?P<host>[0-9a-f]{8})\.(?P<pid>\d+)\.[0-9a-f]{8}\.(tmp|creating|deleting)")


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`, and rename it to `path` on a clean exit.

    If the body raises, the temporary file is removed and `path` stays as it was.
    """
    temporary = hidden(path, "tmp")
    try:
        yield temporary
        _fsync(temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def write_unique(path: Path, data: bytes) -> Iterator[Path]:
    """Write a file without overwriting any: if `path` exists, a number is added to its name.

    Yields the chosen path while it is reserved but still empty, after `data` has been written beside it. On a clean
    exit the file is complete; if the body raises, it is removed.
    """
    temporary = hidden(path, "tmp")
    try:
        temporary.write_bytes(data)
        _fsync(temporary)
        target = _reserve(path)
        try:
            yield target
            os.replace(temporary, target)
        except BaseException:
            target.unlink(missing_ok=True)
            raise
    finally:
        temporary.unlink(missing_ok=True)


def write_bytes(path: Path, data: bytes) -> None:
    """Write `data` atomically. Links are followed; a device or a pipe such as /dev/stdout is appended to."""
    is_stream = path.is_symlink() and path.is_relative_to("/dev")  # such as /dev/stdout, a link to any kind of file
    if path.exists() and (is_stream or not path.is_file()):
        sys.stdout.flush()
        # A pipe that nobody reads would block.
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | getattr(os, "O_NONBLOCK", 0))
        with open(descriptor, "wb") as device:
            os.set_blocking(descriptor, True)
            device.write(data)
        return
    with atomic_write(Path(os.path.realpath(path))) as temporary:
        temporary.write_bytes(data)


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8, atomically."""
    write_bytes(path, text.encode("utf-8"))


def write_json(path: Path, value: Any) -> None:
    """Write `value` as indented JSON, atomically."""
    write_text(path, json.dumps(value, indent=2) + "\n")


def write_error(target: Path | str, error: OSError) -> OutputError:
    """Return the error to raise when `target` cannot be written, with the reason and what to do.

    Args:
        target: the file or folder, as the user knows it.
        error: what the operating system said.
    """
    if isinstance(error, OutputError):
        return error
    target = shorten(str(target))
    if error.errno in _FULL:
        reason = "the disk is full; free some space and try again"
    elif error.errno in _NO_PERMISSION:
        reason = "no permission; check the folder's permissions or choose another folder"
    else:
        reason = f"{error.strerror or error}; choose another file or folder"
    return OutputError(f"{target} cannot be written: {reason}.")


def read_json(path: Path, max_bytes: int = MAX_JSON_BYTES) -> Any:
    """Read a JSON file that a user may have damaged or changed.

    Raises:
        OSError: it is not a regular file or cannot be read.
        ValueError: it is longer than `max_bytes`, or `parse_json` rejects it.
    """
    if not path.is_file():  # A FIFO would block, a folder cannot be read.
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
    with path.open("rb") as file:
        data = file.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise ValueError(f"longer than {max_bytes:,} bytes")
    return parse_json(data)


def parse_json(data: str | bytes) -> Any:
    """Parse JSON whose numbers are finite and fit into 64 bits.

    Raises:
        ValueError: it is not valid, nested too deeply, or holds other numbers.
    """
    try:
        return json.loads(data, parse_constant=_number, parse_float=_number, parse_int=_number)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _number(text: str) -> int | float:
    number = float(text)
    if not math.isfinite(number) or (text.lstrip("-").isdigit() and abs(number) >= 2**63):
        raise ValueError(f"{text[:20]} is not a finite 64-bit number")
    return int(text) if text.lstrip("-").isdigit() else number


def stamp(path: Path) -> str:
    """Return a string that changes whenever a file does: its size and modification time."""
    status = path.stat()
    return f"{status.st_size} {status.st_mtime_ns}"


def require_regular(path: Path, max_bytes: int | None = None) -> None:
    """Check that a file can be read without blocking and is not too large.

    Raises:
        OSError: there is no such file.
        ValueError: it is a folder, a pipe or a device, or longer than `max_bytes`.
    """
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise ValueError(f"{path.name} is not a regular file")
    if max_bytes is not None and status.st_size > max_bytes:
        raise ValueError(f"{path.name} is too large")


def read_text(path: Path, max_bytes: int = MAX_JSON_BYTES) -> str:
    """Read UTF-8 text.

    Raises:
        OSError: it cannot be read.
        ValueError: it is not a regular file, too large, or not UTF-8.
    """
    require_regular(path, max_bytes)
    return path.read_text(encoding="utf-8")


def read_record(path: Path, kind: type[Record], max_bytes: int = MAX_JSON_BYTES) -> Record:
    """Read a dataclass from JSON, and check the type of every field.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is not valid JSON, or a field is missing, unknown, or of the wrong type.
    """
    return parse_record(read_json(path, max_bytes), kind)


def parse_record(value: Any, kind: Any, name: str = "the file") -> Any:
    """Convert a JSON value to a dataclass, tuple, dict or plain type; the rest is as for `read_record`."""
    origin, arguments = get_origin(kind), get_args(kind)
    if kind is Any:
        return value
    if is_dataclass(kind) and isinstance(value, dict):
        hints = get_type_hints(kind)
        required = {item.name for item in fields(kind) if item.default is MISSING and item.default_factory is MISSING}
        if not required <= set(value) <= set(hints):
            raise ValueError(f"{name} has missing or unknown fields")
        values = {key: parse_record(item, hints[key], key) for key, item in value.items()}
        return kind(**values)  # type: ignore[operator]
    if origin is tuple and isinstance(value, list):
        kinds = [arguments[0]] * len(value) if arguments[-1] is Ellipsis else arguments
        if len(kinds) == len(value):
            return tuple(parse_record(item, part, name) for item, part in zip(value, kinds, strict=True))
    if origin is dict and isinstance(value, dict):
        return {key: parse_record(item, arguments[1], name) for key, item in value.items()}
    if kind is float and type(value) is int:
        return float(value)
    if isinstance(kind, type) and type(value) is kind:
        return value
    raise ValueError(f"{name} has an invalid value")


def hidden(path: Path, what: str) -> Path:
    """Return a hidden path next to `path` that tells `remove_abandoned` which process made it.

    Args:
        path: a file or folder.
        what: `tmp` for a file being written, `creating` or `deleting` for a folder.
    """
    return path.with_name(f".{path.name}.{_host()}.{os.getpid()}.{secrets.token_hex(4)}.{what}")


def remove_abandoned(folder: Path) -> None:
    """Remove what killed processes left in `folder` at paths of `hidden`; files of live processes stay.

    An empty file with which `write_unique` had reserved a name is removed with its temporary file.
    """
    found = [path for path in folder.glob(".*") if _HIDDEN.fullmatch(path.name)]
    abandoned = [path for path in found if _is_abandoned(path)]
    in_use = {_name(path) for path in found} - {_name(path) for path in abandoned}
    for path in abandoned:
        if path.suffix == ".tmp" and _name(path) not in in_use:
            _remove_reserved(folder / _name(path))
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


def remove_temporary(folder: Path) -> None:
    """Remove all temporary files in `folder`. No other process may be writing there."""
    for path in folder.glob(".*"):
        if path.is_file() and (path.name.endswith(".tmp") or path.name.startswith(".tmp")):
            path.unlink(missing_ok=True)


def _name(hidden_path: Path) -> str:
    match = _HIDDEN.fullmatch(hidden_path.name)
    return match["name"] if match else ""


def _is_abandoned(path: Path) -> bool:
    """Return whether the process that made a hidden path is gone, judged only by age if it ran on another computer."""
    import psutil

    match = _HIDDEN.fullmatch(path.name)
    try:
        is_old = time.time() - path.stat().st_mtime > _STALE_SECONDS
    except OSError:
        return False
    return is_old or (match is not None and match["host"] == _host() and not psutil.pid_exists(int(match["pid"])))


def _host() -> str:
    return hashlib.sha256(platform.node().encode()).hexdigest()[:8]


def _remove_reserved(path: Path) -> None:
    reserved = re.compile(re.escape(path.stem) + r"(-\d+)?" + re.escape(path.suffix))
    for file in path.parent.iterdir():
        if reserved.fullmatch(file.name) and file.is_file() and file.stat().st_size == 0:
            file.unlink(missing_ok=True)


def _fsync(path: Path) -> None:
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
