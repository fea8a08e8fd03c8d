"""How do time and memory grow with pictures, pixels, epochs and runs?

Each line is a command of its own, imports and all. `each further` is what one more costs, from the line above to
this one: where these are alike, the growth is a straight line.

    python -m benchmarks.growth [WHAT ...]
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from benchmarks.machine import describe
from benchmarks.many_files import write_zip
from benchmarks.photographs import photograph
from benchmarks.preparing import memory

MEGAPIXEL = (1152, 864)
Make = Callable[[int, Path], list[str]]
"""Makes what is needed in a folder, and gives the command to measure."""


def prepare(count: int, folder: Path) -> list[str]:
    """Tiny pictures in a ZIP file."""
    write_zip(folder / "many.zip", count)
    return ["prepare", str(folder / "many.zip"), "--name", "many", "--size", "8", "--no-images"]


def colorize(count: int, folder: Path) -> list[str]:
    """Photographs of 1 MP."""
    _link_runs(folder)
    (folder / "in").mkdir()
    data = photograph(*MEGAPIXEL)
    for number in range(count):
        (folder / "in" / f"{number}.jpg").write_bytes(data)
    return ["colorize", str(folder / "in"), "--output", str(folder / "out")]


def enlarge(count: int, folder: Path) -> list[str]:
    """One photograph of so many MP."""
    _link_runs(folder)
    (folder / "large.jpg").write_bytes(photograph(*(round(side * count**0.5) for side in MEGAPIXEL)))
    return ["colorize", str(folder / "large.jpg"), "--output", str(folder / "out")]


def train(count: int, folder: Path) -> list[str]:
    """Epochs of FC-512 on the sample."""
    subprocess.run(
        _command(["prepare", "sample", "--name", "sample"]), env=_home(folder), check=True, capture_output=True
    )
    return ["train", "--architecture", "fc512", "--dataset", "sample", "--run", "long", "--epochs", str(count)]


def list_runs(count: int, folder: Path) -> list[str]:
    """Runs of 100 epochs each."""
    for number in range(count):
        run = folder / "checkpoints" / f"run-{number}"
        run.mkdir(parents=True)
        (run / "config.json").write_text('{"architecture": "fc512", "dataset": "sample", "epochs": 100}')
        lines = (f'{{"epoch": {epoch}, "train_loss": 0.005, "test_loss": 0.005}}\n' for epoch in range(1, 101))
        (run / "metrics.jsonl").write_text("".join(lines))
        (run / "status.json").write_text('{"state": "finished"}')
    return ["runs", "list"]


GROWTHS: dict[str, tuple[str, Make, tuple[int, ...]]] = {
    "prepare": ("pictures", prepare, (5_000, 20_000, 80_000)),
    "colorize": ("photographs of 1 MP", colorize, (1, 10, 20, 40)),
    "enlarge": ("megapixels", enlarge, (1, 12, 24, 48)),
    "train": ("epochs", train, (1, 10, 20, 40)),
    "runs": ("runs", list_runs, (10, 500, 1000, 2000)),
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", nargs="*", metavar="WHAT", help=", ".join(GROWTHS), default=list(GROWTHS))
    options = parser.parse_args()
    print(describe())
    for name in options.what:
        unit, make, counts = GROWTHS[name]
        print(f"\n{unit:>20} {'seconds':>8} {'each further':>13} {'MB':>6} {'each further':>13}")
        before: tuple[int, float, float] | None = None
        for count in counts:
            with tempfile.TemporaryDirectory() as folder:
                seconds, megabytes = measure(make(count, Path(folder)), Path(folder))
            print(f"{count:20,} {seconds:8.2f}", end=" ")
            if before:
                further = count - before[0]
                each = (seconds - before[1]) / further * 1e3, (megabytes - before[2]) / further * 1e3
                print(f"{each[0]:10.2f} ms {megabytes:6.0f} {each[1]:10.1f} kB", flush=True)
            else:
                print(f"{'':13} {megabytes:6.0f}", flush=True)
            before = count, seconds, megabytes


def measure(command: list[str], folder: Path) -> tuple[float, float]:
    """Seconds of a command, and the most megabytes its processes held."""
    started, most = time.perf_counter(), 0
    with subprocess.Popen(
        _command(command), env=_home(folder), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        while process.poll() is None:
            most = max(most, memory(psutil.Process(process.pid)))
            time.sleep(0.05)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return time.perf_counter() - started, most / 1e6


def _command(arguments: list[str]) -> list[str]:
    return [sys.executable, "-m", "colorizer", *arguments]


def _home(folder: Path) -> dict[str, str]:
    return {**os.environ, "COLORIZER_HOME": str(folder)}


def _link_runs(folder: Path) -> None:
    (folder / "checkpoints").symlink_to(Path("checkpoints").resolve())


if __name__ == "__main__":
    main()
