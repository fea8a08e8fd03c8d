"""How long until a network is good: a test MSE under 0.0050 on CIFAR-10, from the start of the program?

Ours is the command `train`, a process of its own, with settings for a few epochs: a high learning rate that falls to
nothing, averaged weights, and no shifts, which only help a network that could learn by heart. The other side is the
study's plain loop with luma kept and the study's settings (Adam, learning rate 0.0001, constant), which looks at the
test pictures after each epoch too; the seconds of its start are left out. It is given up after so many times as long
as ours took, so what stands there then is a lower bound.

    python -m colorizer prepare cifar10.zip --name cifar10
    python -m benchmarks.time_to_quality [ARCHITECTURE ...] [--patience 4.6]
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.machine import describe
from benchmarks.plain_loop import Plain, Setup
from colorizer import workspace
from colorizer.datasets.dataset import Dataset, load_dataset
from colorizer.study import STUDY_RUNS, study_sum

EPOCHS = {"fc512": 4, "fc2048": 3, "unet": 2}
"""Of ours: the fewest that get there."""
SETTINGS = ("--learning-rate", "0.003", "--shift", "0", "--averaging", "0.99")
GOOD = 0.0050


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("architectures", nargs="*", metavar="ARCHITECTURE", default=list(STUDY_RUNS))
    parser.add_argument("--dataset", default="cifar10")
    parser.add_argument("--patience", type=float, default=4.6, help="times as long as ours that the plain loop gets")
    options = parser.parse_args()
    dataset = load_dataset(options.dataset)
    print(describe())
    print(f"\n{'':>7} {'ours':>7} {'epochs':>7} {'MSE':>9} {'plain':>8} {'epochs':>7} {'MSE':>9} {'times as long':>14}")
    for name in options.architectures:
        seconds, epochs, error = ours(name, options.dataset)
        print(f"{name:>7} {seconds:5.0f} s {epochs:7} {error:9.6f}", end=" ", flush=True)
        plain_seconds, plain_epochs, plain_error = plain(name, dataset, options.patience * seconds)
        more = ">" if plain_error > GOOD else ""
        ratio = f"{more}{plain_seconds / seconds:.1f}"
        print(f"{plain_seconds:6.0f} s {plain_epochs:7} {plain_error:9.6f} {ratio:>14}", flush=True)


def ours(name: str, dataset: str) -> tuple[float, int, float]:
    """Seconds from the start of the command until the first good epoch, its number and its error."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "data").symlink_to(workspace.data_folder().resolve())
        command = [sys.executable, "-m", "colorizer", "train", "--architecture", name, "--dataset", dataset]
        started = time.perf_counter()
        with subprocess.Popen(
            [*command, "--run", "quick", "--epochs", str(EPOCHS[name]), *SETTINGS],
            env={**os.environ, "COLORIZER_HOME": folder}, stdout=subprocess.PIPE, text=True,
        ) as process:  # fmt: skip
            metrics = Path(folder) / "checkpoints" / "quick" / "metrics.jsonl"
            for _ in process.stdout or ():  # A line for each epoch.
                seconds = time.perf_counter() - started
                lines = metrics.read_text().splitlines() if metrics.exists() else []
                last = json.loads(lines[-1]) if lines else {}
                if last.get("test_loss", 1) < GOOD:
                    process.terminate()
                    process.communicate()
                    return seconds, last["epoch"], last["test_loss"]
    raise SystemExit(f"{name} was not good after {EPOCHS[name]} epochs: {last}")


def plain(name: str, dataset: Dataset, patience: float) -> tuple[float, int, float]:
    """Seconds of the plain loop, epochs and error, when it was good or had run out of patience."""
    loop = Plain(name, dataset, Setup(layout_mistake=False, keep_luma=True))
    pictures, epochs, error = len(dataset.images("test")), 0, 1.0
    started = time.perf_counter()
    while error > GOOD and time.perf_counter() < started + patience:
        for _ in loop.steps():
            pass
        epochs, error = epochs + 1, loop.test_sum() / study_sum(1, pictures)
    return time.perf_counter() - started, epochs, error


if __name__ == "__main__":
    main()
