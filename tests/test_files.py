"""Atomic writes, and the error when a file cannot be written."""

import errno
import json
import os
from pathlib import Path

import pytest

from colorizer import files
from colorizer.errors import OutputError


def test_atomic_write_replaces_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    files.write_json(path, {"old": 1})
    files.write_json(path, {"new": "é"})
    assert json.loads(path.read_text(encoding="utf-8")) == {"new": "é"}
    assert [file.name for file in tmp_path.iterdir()] == ["a.json"]


def test_failed_atomic_write_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    files.write_text(path, "old")

    def write_half() -> None:
        with files.atomic_write(path) as temporary:
            temporary.write_text("half")
            raise RuntimeError("halfway")

    with pytest.raises(RuntimeError, match="halfway"):
        write_half()
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["a.txt"]


def test_value_that_is_not_json_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    files.write_json(path, 1)
    with pytest.raises(TypeError):
        files.write_json(path, {1, 2})
    assert json.loads(path.read_text()) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["a.json"]


def test_devices_and_links_are_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe, link, file = tmp_path / "pipe", tmp_path / "link", tmp_path / "file"
    os.mkfifo(pipe)
    with pytest.raises(OSError, match="No such device"):  # nobody reads
        files.write_text(pipe, "text")
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    files.write_text(pipe, "text")
    assert os.read(reader, 100) == b"text"
    os.close(reader)
    assert pipe.is_fifo()
    link.symlink_to(file)
    files.write_text(link, "text")
    assert link.is_symlink()
    assert file.read_text() == "text"


def test_write_unique_adds_a_number(tmp_path: Path) -> None:
    for data in (b"one", b"two", b"three"):
        with files.write_unique(tmp_path / "a.jpg", data):
            pass
    contents = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert contents == {"a.jpg": b"one", "a-2.jpg": b"two", "a-3.jpg": b"three"}


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.ENOSPC, "disk is full"), (errno.EROFS, "no permission"), (errno.EACCES, "no permission"),
     (errno.EISDIR, "Is a directory")],
)  # fmt: skip
def test_write_error_names_the_reason(number: int, words: str) -> None:
    error = files.write_error("out.png", OSError(number, os.strerror(number)))
    assert isinstance(error, OutputError)
    assert str(error).startswith("out.png cannot be written: ")
    assert words in str(error)
    assert files.write_error("elsewhere", error) is error


@pytest.mark.parametrize("text", ["NaN", "-Infinity", "1e999", "9" * 400, "[" * 100_000, "{", "", "\xff"])
def test_json_that_could_harm_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(ValueError, match=r".*"):
        files.read_json(path)


def test_json_is_read_as_it_was_written(tmp_path: Path) -> None:
    value = {"a": [1, -2, 0.5, 1e-7, 2**53, "text", None, True]}
    files.write_json(tmp_path / "a.json", value)
    assert files.read_json(tmp_path / "a.json") == value
    with pytest.raises(ValueError, match="longer"):
        files.read_json(tmp_path / "a.json", max_bytes=5)
    with pytest.raises(OSError, match="No such file"):
        files.read_json(tmp_path)


def test_what_killed_processes_left_is_removed(tmp_path: Path) -> None:
    def leave(name: str, what: str, pid: int = 2**22 + 1, host: str = "") -> Path:
        path = files.hidden(tmp_path / name, what)
        parts = path.name.split(".")
        parts[-3] = str(pid)
        parts[-4] = host or parts[-4]
        path = path.with_name(".".join(parts))
        path.mkdir() if what != "tmp" else path.touch()
        return path

    left = [leave("a.b", "creating"), leave("c", "deleting"), leave("d.json", "tmp"), leave("e", "tmp", host="0" * 8)]
    os.utime(left[-1], (0, 0))
    kept = [leave("f", "deleting", os.getpid()), leave("g", "creating", host="0" * 8), leave("h", "tmp", os.getpid())]
    for name in ("d.json", "d-2.json", "h", ".other.tmp"):  # The first two were reserved.
        (tmp_path / name).touch()
    (left[0] / "file").touch()
    files.remove_abandoned(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        [".other.tmp", "h", *(path.name for path in kept)]
    )
