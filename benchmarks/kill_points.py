"""Does a process killed at any moment lose anything, or leave anything in the way?

Starts each action that changes files in a fork that is killed before its first file operation, its second, and so on:
each file opened, written to, renamed, or deleted, each folder made, each statement of SQL. After each kill, checks that
the next start finds all or nothing of the result, finishes it, changes nothing else, and leaves no remains. Ends with
exit code 1 if it does not.

    python -m benchmarks.kill_points [--only TEXT] [--step N]

Linux and macOS only.
"""

import argparse
import contextlib
import io
import json
import os
import shutil
import signal
import sys
import tempfile
import threading
import traceback
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, SimpleNamespace
from typing import Any
from unittest import mock

import numpy as np
from PIL import Image

from benchmarks.machine import describe
from colorizer import jobs, workspace
from colorizer.datasets import dataset_names, delete_dataset, load_dataset
from colorizer.datasets.prepare import PrepareConfig, list_preparations, prepare, resume, start_preparation
from colorizer.imaging import Picture
from colorizer.inference import Colorizer, colorize_files
from colorizer.runs import Run, advance_queue, load_run, load_runs
from colorizer.runs.config import TrainingConfig
from colorizer.runs.store import clean_leftovers

_AUDITED = ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.truncate", "sqlite3.connect")
_CALLED = {
    "write", "writelines", "writerow", "writerows", "flush", "truncate", "close", "__exit__", "fsync", "sendfile",
    "execute", "executemany", "commit",
}  # fmt: skip
"""Functions in C that change an open file or a database; Python raises no audit events for them."""
_LOCKS = (".lock", "lock")


@dataclass(frozen=True)
class Action:
    """An action to be killed. Its functions are called in the folder `COLORIZER_HOME`."""

    name: str
    before: Callable[[], object]
    """Makes what exists before."""
    act: Callable[[], object]
    after: Callable[[], object]
    """Is the next start: raises AssertionError if it finds what it should not, and finishes the action."""


def operations(action: Action, home: Path) -> list[str]:
    """Let an action finish, and return its file operations in words.

    Args:
        action: the action.
        home: an empty folder; what exists before is kept in it, for `problem`.
    """
    with _environment(home / "home"):
        (home / "home").mkdir()
        action.before()
        shutil.copytree(home / "home", home / "before", symlinks=True)
        receiving, sending = os.pipe()
        code = _fork(lambda: os.write(sending, json.dumps(_record(action.act)).encode()), 0)
        os.close(sending)
        with open(receiving, "rb") as pipe:
            text = pipe.read()
    assert code == 0, f"{action.name} fails without being killed"
    found: list[str] = json.loads(text)
    return found


def problem(action: Action, home: Path, number: int) -> str:
    """Kill an action before its operation of this number, and return what is wrong at the next start, or nothing.

    Args:
        action: the action.
        home: as `operations` left it.
        number: from 1.
    """
    shutil.rmtree(home / "home")
    shutil.copytree(home / "before", home / "home", symlinks=True)
    with _environment(home / "home"):
        code = _fork(action.act, number)
        if code not in (0, -signal.SIGKILL):
            return f"ended with {code} instead of being killed"
        left = _hidden_names(home / "home")
        try:
            action.after()
            _check_remains(home / "home")
        except Exception as error:
            place = next(frame for frame in reversed(traceback.extract_tb(error.__traceback__)))
            return f"{type(error).__name__}: {error} (line {place.lineno} of {Path(place.filename).name}; left {left})"
    return ""


@contextlib.contextmanager
def _environment(home: Path) -> Iterator[None]:
    """Work in a home folder; no process is started, and no network is needed."""
    ended = SimpleNamespace(pid=2**22 + 1, poll=lambda: 0)
    with (
        mock.patch.dict(os.environ, COLORIZER_HOME=str(home)),
        mock.patch("subprocess.Popen", return_value=ended),
        mock.patch.object(Colorizer, "load", return_value=_InstantColorizer()),
        mock.patch.object(workspace, "shipped_run_names", return_value=set()),
    ):
        yield
        jobs.reap()


class _InstantColorizer:
    """Stands in for a network."""

    name = "instant"

    def predict(self, pixels: np.ndarray, hints: object) -> None:
        """Predict nothing."""

    def export(self, picture: Picture, *arguments: object, overwrite: bool) -> tuple[str, bytes]:
        """Return a result."""
        return f"{Path(picture.name).stem}_colorized.png", b"a result"


def _fork(action: Callable[[], object], kill_at: int) -> int:
    """Run an action in a fork, killed at the operation of this number; return its exit code."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            if kill_at:
                _watch(_Killer(kill_at))
            action()
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


class _Killer:
    """Kills this process at its n-th operation."""

    def __init__(self, number: int) -> None:
        self._left = number

    def __call__(self, operation: str) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def _record(action: Callable[[], object]) -> list[str]:
    found: list[str] = []
    _watch(found.append)
    action()
    return found


def _watch(on_operation: Callable[[str], None]) -> None:
    """Call a function before each file operation of this thread, until the process ends."""
    thread = threading.get_ident()
    home = os.environ["COLORIZER_HOME"]

    def audit(event: str, arguments: tuple[Any, ...]) -> None:
        is_operation = event in _AUDITED or (event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
        if is_operation and threading.get_ident() == thread and isinstance(arguments[0], str | bytes):
            path = os.fsdecode(arguments[0])  # Relative to an open folder where a tree is deleted.
            if path.startswith(home) or not path.startswith("/"):
                on_operation(f"{event} {Path(path).name}")

    def profile(frame: FrameType, event: str, function: Any) -> None:
        if event == "c_call" and function.__name__ in _CALLED:
            owner = getattr(function, "__self__", None)
            if not isinstance(owner, io.BytesIO | io.StringIO):
                on_operation(f"{type(owner).__name__}.{function.__name__} in {frame.f_code.co_name}")

    sys.addaudithook(audit)
    sys.setprofile(profile)


def _hidden_names(folder: Path) -> str:
    return ", ".join(sorted(str(path.relative_to(folder)) for path in folder.rglob(".*")))[:200]


def _check_remains(home: Path) -> None:
    remains = [path for path in home.rglob(".*") if path.name not in _LOCKS]
    assert not remains, f"remains: {remains}"


def _contents(folder: Path) -> dict[str, bytes]:
    """Return every file in a folder by its path."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*"))
            if path.is_file() and path.name not in _LOCKS}  # fmt: skip


# --- What is killed

_CONFIG = TrainingConfig("unet", "tiny", epochs=3)
_METRICS = dict.fromkeys(("epoch", "step", "seconds", "learning_rate", "train_loss", "test_loss"), 1.0)


def _home() -> Path:
    return Path(os.environ["COLORIZER_HOME"])


def _make_run(name: str = "old") -> None:
    run = Run.create(name, _CONFIG)
    run.append_metrics(_METRICS)
    run.write_notes("a note", ["a tag"])
    jobs.write_status(run.folder, "finished")
    (run.folder / "samples").mkdir()
    for file in ("best.safetensors", "samples/1.png", "samples/2.png"):
        (run.folder / file).write_bytes(file.encode())
    (run.folder / "README.md").write_text(f"# {name}\n\nWhat it is.\n")


def _run_contents(name: str) -> dict[str, bytes]:
    return _contents(_home() / "checkpoints" / name)


def _open_runs(*expected: set[str]) -> set[str]:
    """Do what the start of the app does, and check that all runs can be opened."""
    clean_leftovers()
    advance_queue()
    runs, damaged = load_runs()
    assert not damaged, damaged
    names = {run.name for run in runs}
    assert names in expected, names
    _check_remains(_home())
    return names


def _create() -> None:
    Run.create("new", _CONFIG).start()


def _after_create() -> None:
    before = _contents(_home().with_name("before") / "checkpoints" / "old")
    if "new" not in _open_runs({"old"}, {"old", "new"}):
        Run.create("new", _CONFIG)
    run = load_run("new")
    assert run.config == _CONFIG, run.config
    if run.status().state != "queued":
        run.resume()
    assert run.status().state == "interrupted", run.status()  # The process that was started is none.
    run.delete()
    assert _run_contents("old") == before
    _open_runs({"old"})


def _after_delete_run() -> None:
    before = _contents(_home().with_name("before") / "checkpoints" / "old")
    if "old" in _open_runs({"old", "other"}, {"other"}):
        assert _run_contents("old") == before
        load_run("old").delete()
    _open_runs({"other"})
    _make_run("old")


def _after_rename_run() -> None:
    before = _contents(_home().with_name("before") / "checkpoints" / "old")
    if "old" in _open_runs({"old"}, {"new"}):
        assert _run_contents("old") == before
        load_run("old").rename("new")
    contents = _run_contents("new")
    assert contents.pop("README.md") in (before.pop("README.md"), b"# new\n\nWhat it is.\n")
    assert contents == before
    _open_runs({"new"})


def _write_pictures(folder: Path) -> Path:
    for number in range(9):
        path = folder / ("test" if number < 3 else "train") / "ab"[number % 2] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        rows, columns = np.mgrid[:16, :16]
        pixels = np.stack([16 * rows, 16 * columns, 30 * number + 0 * rows], axis=-1)
        Image.fromarray(np.rot90(pixels, number).astype(np.uint8)).save(path)
    return folder


def _source() -> str:
    return str(_home().with_name("source"))


def _prepare() -> None:
    prepare([_source()], "made", 16)


def _before_prepare() -> None:
    _write_pictures(Path(_source()))
    prepare([_source()], "other", 16)
    _prepare()
    (_home() / "data" / "made").rename(_home().with_name("expected"))


def _check_datasets(*, other: bool = True) -> None:
    """Check that the dataset was made as without a kill, and the other was left alone."""
    assert _contents(_home() / "data" / "made") == _contents(_home().with_name("expected"))
    if other:
        before = _home().with_name("before") / "data" / "other"
        assert _contents(load_dataset("other").folder) == _contents(before)
    assert set(os.listdir(_home() / "data")) == {"made", "other"}, os.listdir(_home() / "data")


def _after_prepare() -> None:
    assert {preparation.name for preparation in list_preparations()} <= {"made"}
    if "made" not in dataset_names():
        _prepare()
    _check_datasets()


def _before_delete_dataset() -> None:
    _before_prepare()
    shutil.copytree(_home().with_name("expected"), _home() / "data" / "made")


def _after_delete_dataset() -> None:
    assert list_preparations() == []
    if "made" in dataset_names():
        assert _contents(load_dataset("made").folder) == _contents(_home().with_name("expected"))
        delete_dataset("made")
    assert os.listdir(_home() / "data") == ["other"]
    _prepare()
    _check_datasets()


def _upload() -> None:
    start_preparation(PrepareConfig((), "made", 16), [("source.zip", io.BytesIO(_archive()))])


def _archive() -> bytes:
    return _home().with_name("source.zip").read_bytes()


def _before_upload() -> None:
    source = _write_pictures(Path(_source()))
    with zipfile.ZipFile(source.with_suffix(".zip"), "w") as archive:
        for path in sorted(source.rglob("*.png")):
            archive.write(path, path.relative_to(source))
    prepare([_source()], "other", 16)
    _upload()
    resume("made")
    (_home() / "data" / "made").rename(_home().with_name("expected"))


def _after_upload() -> None:
    if not list_preparations():
        assert os.listdir(_home() / "data") == ["other"]
        _upload()
    (preparation,) = list_preparations()
    assert Path(preparation.config.sources[0]).read_bytes() == _archive()
    resume("made")
    _check_datasets()


def _before_discard() -> None:
    _before_upload()
    _upload()


def _discard() -> None:
    (preparation,) = list_preparations()
    preparation.discard()


def _after_discard() -> None:
    if list_preparations():
        _discard()
    assert os.listdir(_home() / "data") == ["other"]
    _after_upload()


def _colorize(*names: str) -> None:
    photos = _home() / "photos"
    colorize_files([str(photos / name) for name in names] or [str(photos)], _home() / "out", model="instant")


def _before_colorize() -> None:
    _make_run("instant")
    for name in "ab":
        (_home() / "photos").mkdir(exist_ok=True)
        Image.new("L", (8, 8), ord(name)).save(_home() / "photos" / f"{name}.png")
    (_home() / "out").mkdir()
    (_home() / "out" / "a_colorized.png").write_bytes(b"somebody's own file")


def _after_colorize_folder() -> None:
    _colorize()
    _check_results("a_colorized-2.png", "b_colorized.png")


def _after_colorize_file() -> None:
    _colorize("a.png")
    has_finished = (_home() / "out" / "a_colorized-3.png").exists()  # The kill came after the last change.
    _check_results("a_colorized-2.png", *["a_colorized-3.png"] * has_finished)


def _check_results(*names: str) -> None:
    results = {path.name: path.read_bytes() for path in (_home() / "out").iterdir() if path.suffix == ".png"}
    assert results == {"a_colorized.png": b"somebody's own file", **dict.fromkeys(names, b"a result")}, results


def _make_runs() -> None:
    _make_run()
    _make_run("other")


ACTIONS = (
    Action("create a run", _make_run, _create, _after_create),
    Action("rename a run", _make_run, lambda: load_run("old").rename("new"), _after_rename_run),
    Action("delete a run", _make_runs, lambda: load_run("old").delete(), _after_delete_run),
    Action("prepare a dataset", _before_prepare, _prepare, _after_prepare),
    Action("store an upload", _before_upload, _upload, _after_upload),
    Action("discard an upload", _before_discard, _discard, _after_discard),
    Action("delete a dataset", _before_delete_dataset, lambda: delete_dataset("made"), _after_delete_dataset),
    Action("colorize a folder", _before_colorize, _colorize, _after_colorize_folder),
    Action("colorize a file", _before_colorize, lambda: _colorize("a.png"), _after_colorize_file),
)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="", help="actions whose name contains this")
    parser.add_argument("--step", type=int, default=1, help="kill at every n-th operation")
    options = parser.parse_args()
    print(describe(), end="\n\n")
    problems = 0
    for action in ACTIONS:
        if options.only not in action.name:
            continue
        with tempfile.TemporaryDirectory() as folder:
            found = operations(action, Path(folder))
            numbers = range(1, len(found) + 1, options.step)
            reasons = {number: reason for number in numbers if (reason := problem(action, Path(folder), number))}
        print(f"{action.name:20}{len(numbers):5} kills, {len(reasons)} problems", flush=True)
        for number, reason in reasons.items():
            print(f"    before {number}, {found[number - 1]}: {reason}")
        problems += len(reasons)
    sys.exit(problems > 0)


if __name__ == "__main__":
    main()
