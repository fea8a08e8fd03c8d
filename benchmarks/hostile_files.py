"""Does any file take the app down?

Makes hundreds of hostile images, archives, folders, and paths, and opens each as the app does, in its own process: an
image is decoded, colorized for the preview, and saved at full size; an archive or a folder is surveyed, as when it is
dropped, and then made into a dataset. Prints for each the answer, the processor time until the answer, and the most
memory that its process has held. Ends with exit code 1 if one raised anything but a sentence for the user, or took more
than its share.

    python -m benchmarks.hostile_files [--only TEXT] [--quick] [--server]

`--server` drops each file on a running app instead, and prints by how much the memory of the server has grown.
Linux only.
"""

import argparse
import ast
import contextlib
import importlib
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from benchmarks.app_server import App, serve_app
from benchmarks.hostile import Case, cases
from benchmarks.machine import describe, memory_of
from colorizer.datasets.prepare import prepare
from colorizer.datasets.sources import identify_archive, open_source
from colorizer.errors import UserError
from colorizer.imaging import decode_image
from colorizer.inference import Colorizer, colorize_files, render
from colorizer.models.prediction import Prediction

MAX_CPU_SECONDS = 5.0
MAX_BYTES = 1_500_000_000
MAX_SERVER_BYTES = 300_000_000
"""How much more memory a server may hold after a drop than before."""
_PREVIEW_SIDE = 1400
_MOST_FILES = 100
"""Larger collections are surveyed only: how long they take depends on their number."""
_KILL_CPU_SECONDS, _KILL_BYTES = 60, 8 * 2**30
_PATIENCE = 120_000
"""Milliseconds to wait for a page."""


@dataclass(frozen=True)
class Outcome:
    """What became of a case."""

    answer: str
    """A result in words, or the sentence that the user reads."""
    is_expected: bool
    """Whether it is one of both."""
    cpu_seconds: float
    """Until the answer, without saving the picture at full size."""
    peak_bytes: int

    @property
    def problem(self) -> str:
        """What is wrong, or nothing."""
        if not self.is_expected:
            return "unexpected"
        if self.cpu_seconds > MAX_CPU_SECONDS:
            return "slow"
        return "memory" if self.peak_bytes > MAX_BYTES else ""


def measure(case: Case, folder: Path, colorizer: Colorizer) -> Outcome:
    """Make a case, and open it in a process of its own.

    Args:
        case: the case.
        folder: an empty folder to work in.
        colorizer: used to colorize images.
    """
    path = place(case, folder)
    _in_child(partial(case.write, path))
    answer, usage = _in_child(lambda: open_case(case, path, folder, colorizer))
    try:
        result = json.loads(answer)
    except ValueError:
        result = {"answer": answer or "killed", "is_expected": False, "cpu": usage.ru_utime + usage.ru_stime}
    return Outcome(result["answer"], result["is_expected"], result["cpu"], usage.ru_maxrss * 1024)


def place(case: Case, folder: Path) -> Path:
    """Return where to make a case."""
    return folder / (case.name if case.kind in ("image", "archive") else "case")


def open_case(case: Case, path: Path, folder: Path | None = None, colorizer: Colorizer | None = None) -> str:
    """Open a case that was made, in this process.

    Args:
        case: the case.
        path: where it is.
        folder: where to make a dataset of archives and folders; without it, they are only surveyed.
        colorizer: used to colorize images; without it, they are only decoded.

    Returns:
        JSON with the answer, whether it is expected, and the seconds it took.
    """
    match case.kind:
        case "image":
            return _open_image(path, colorizer)
        case "archive":
            return _open_archive(path, folder)
        case "folder":
            return _open_folder(path, folder)
    return _open_path(path)


def _in_child(action: Callable[[], object]) -> tuple[str, resource.struct_rusage]:
    """Run an action in a fork of this process; return what it returned as text, and what it used."""
    receiving, sending = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(receiving)
        text = ""
        try:
            resource.setrlimit(resource.RLIMIT_CPU, (_KILL_CPU_SECONDS, _KILL_CPU_SECONDS))
            resource.setrlimit(resource.RLIMIT_DATA, (_KILL_BYTES, _KILL_BYTES))
            text = str(action())
        except BaseException as error:
            text = "".join(traceback.format_exception_only(error)).strip()
        finally:
            with contextlib.suppress(OSError):
                os.write(sending, text.encode("utf-8", "backslashreplace")[:60_000])
            os._exit(0)
    os.close(sending)
    with open(receiving, "rb") as pipe:
        text = pipe.read().decode("utf-8", "replace")
    return text, os.wait4(child, 0)[2]


def _answered(action: Callable[[], str], after: Callable[[], object] = lambda: None) -> str:
    """Run an action, and then what its time does not count; return the outcome as JSON."""
    before, is_expected = os.times(), True
    try:
        answer = action()
    except UserError as error:
        answer = str(error)
        is_expected = "\n" not in answer and len(answer) < 1000
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        answer, is_expected = f"{type(error).__name__}: {error} ({Path(place.filename).name}:{place.lineno})", False
    used = sum(os.times()[:4]) - sum(before[:4])
    if is_expected:
        try:
            after()
        except UserError:
            pass
        except Exception as error:
            answer, is_expected = f"afterwards {type(error).__name__}: {error}", False
    return json.dumps({"answer": answer, "is_expected": is_expected, "cpu": used})


def _open_image(path: Path, colorizer: Colorizer | None) -> str:
    data = path.read_bytes()
    predictions: list[Prediction] = []

    def show() -> str:
        picture = decode_image(data, path.name)
        if colorizer:
            small = picture.thumbnail(_PREVIEW_SIDE)
            predictions.append(colorizer.predict(small.pixels))
            render(small.pixels, predictions[0])
        notes = " ".join(picture.notes)
        return f"{picture.size[0]} x {picture.size[1]} pixels. {notes}".strip()

    def save() -> None:
        if colorizer and predictions:
            colorizer.export(decode_image(data, path.name), predictions[0], overwrite=True)

    return _answered(show, save)


def _open_archive(path: Path, folder: Path | None) -> str:
    def survey() -> str:
        with path.open("rb") as file:
            return _described(identify_archive(file, path.name, Path(path.name)).survey(file))

    return _answered(lambda: _prepared(survey(), path, folder))


def _open_folder(path: Path, folder: Path | None) -> str:
    answer = _answered(lambda: _prepared(_described(open_source(str(path)).survey()), path, folder))
    for below, _, _ in os.walk(path):  # So that the folder can be deleted.
        os.chmod(below, 0o700)
    return answer


def _open_path(path: Path) -> str:
    text = ast.literal_eval(path.read_text())

    def open_both() -> str:
        with contextlib.suppress(UserError):
            colorize_files([text], path.parent / "out", model="photo")
        return _described(open_source(text).survey())

    return _answered(open_both)


def _described(survey: Any) -> str:
    return f"{survey.files} images. {survey.describe_ignored()}".strip()


def _prepared(answer: str, path: Path, folder: Path | None) -> str:
    """Make a dataset, if the survey found a few images."""
    if folder and 0 < int(answer.split()[0]) <= _MOST_FILES:
        os.environ["COLORIZER_HOME"] = str(folder)
        try:
            manifest = prepare([str(path)], "made").manifest
            answer += f"; {manifest.train} + {manifest.test} prepared"
        except UserError as error:
            answer += f"; {error}"
    return answer


def measure_all(chosen: Sequence[Case]) -> int:
    """Print the table; return how many cases have a problem."""
    torch.set_num_threads(1)  # Forking a process with threads is not safe.
    colorizer = Colorizer.load()
    colorizer.predict(np.zeros((64, 64, 3), np.uint8))
    importlib.import_module("pandas")  # Loaded late by the product; a case should not pay for it.
    problems, worst_cpu, worst_bytes = 0, 0.0, 0
    for case in chosen:
        folder = tempfile.mkdtemp()
        outcome = measure(case, Path(folder), colorizer)
        subprocess.run(["rm", "-rf", folder], check=True)  # shutil.rmtree recurses, and some folders are deep.
        problems += bool(outcome.problem)
        worst_cpu, worst_bytes = max(worst_cpu, outcome.cpu_seconds), max(worst_bytes, outcome.peak_bytes)
        _print_row(
            case, f"{outcome.cpu_seconds:6.2f} s {outcome.peak_bytes / 1e6:6.0f} MB", outcome.problem, outcome.answer
        )
    print(f"\n{len(chosen)} cases, {problems} with problems; at most {worst_cpu:.2f} s and {worst_bytes / 1e6:.0f} MB")
    return problems


def _print_row(case: Case, figures: str, problem: str, answer: str) -> None:
    answer = " ".join(answer.encode("ascii", "backslashreplace").decode().split())
    print(f"{case.kind:8}{case.name[:44]:44} {figures} {problem:10} {answer[:80]}", flush=True)


def drop_all(chosen: Sequence[Case]) -> int:
    """Drop images and archives on a running app; return after how many the server holds too much memory."""
    from playwright.sync_api import sync_playwright

    problems, worst = 0, 0
    home = tempfile.TemporaryDirectory()
    os.environ["COLORIZER_HOME"] = home.name
    with home, serve_app() as app, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        usual = Case("usual.png", "image", lambda path: Image.new("L", (600, 400)).save(path))
        for case in (usual, *chosen):  # With the first, the server loads the network.
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / case.name
                _in_child(partial(case.write, path))
                before, after, peak, shown = _drop(
                    browser, app, path, "colorize" if case.kind == "image" else "prepare"
                )
            if case is usual:
                continue
            problem = "memory" if after - before > MAX_SERVER_BYTES or peak > MAX_BYTES else ""
            problems += bool(problem)
            worst = max(worst, after - before)
            _print_row(case, f"{(after - before) / 1e6:5.0f} MB more, peak {peak / 1e6:5.0f} MB", problem, shown)
        browser.close()
    print(f"\n{len(chosen)} drops, {problems} with problems; at most {worst / 1e6:.0f} MB more")
    return problems


def _drop(browser: Any, app: App, path: Path, name: str) -> tuple[int, int, int, str]:
    """Drop a file on a page; return the server's memory before, after, and at its peak, and the alert on the page."""
    page = browser.new_page()
    page.goto(f"{app.url}/{name}")
    page.locator("input[type=file]").first.wait_for(state="attached", timeout=_PATIENCE)
    _wait_until_idle(page)
    before = peak = memory_of(app.process)
    page.locator("input[type=file]").first.set_input_files(path)
    ended = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not ended.wait(0.1):
            peak = max(peak, memory_of(app.process))

    watcher = threading.Thread(target=watch)
    watcher.start()
    page.wait_for_timeout(1000)
    _wait_until_idle(page)
    ended.set()
    watcher.join()
    alerts = page.locator("[data-testid=stAlert], [data-testid=stException], [data-testid=stMain] .stMarkdown p")
    shown = " ".join(alerts.all_inner_texts())
    after = memory_of(app.process)
    page.close()
    return before, after, peak, shown


def _wait_until_idle(page: Any) -> None:
    page.wait_for_timeout(500)
    page.wait_for_function(
        "document.querySelector('[data-testid=stApp][data-test-script-state=notRunning]')", timeout=_PATIENCE
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="", help="cases whose kind or name contains this")
    parser.add_argument("--quick", action="store_true", help="cases that take little")
    parser.add_argument("--server", action="store_true", help="drop them on a running app")
    options = parser.parse_args()
    print(describe(), end="\n\n")
    chosen = [
        case for case in cases() if options.only in f"{case.kind} {case.name}" and (case.is_quick or not options.quick)
    ]
    if options.server:
        sys.exit(drop_all([case for case in chosen if case.kind in ("image", "archive")]) > 0)
    sys.exit(measure_all(chosen) > 0)


if __name__ == "__main__":
    main()
