"""How long until a network reaches a test MSE below 0.0050 on CIFAR-10, from the start of the program?

Ours is the command `train` in a process of its own, with settings for few epochs: a high learning rate that anneals
to zero, averaged weights, and no random shifts, which only help a network trained long enough to memorize. The other
side is the study's plain loop with luma kept and the study's settings (Adam, constant learning rate 0.0001), evaluated
after each epoch too, without its start-up time. It is stopped after so many times as long as ours took; its ratio is
then a lower bound.

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

from benchmarks.baseline import PlainLoop, Setup
from benchmarks.machine import describe
from colorizer import workspace
from colorizer.datasets.dataset import Dataset, load_dataset
from colorizer.study import STUDY_RUNS, study_sum

EPOCHS = {"fc512": 4, "fc2048": 3, "unet": 2}
"""For ours: the fewest that reach the target."""
SETTINGS = ("--learning-rate", "0.003", "--random-shift", "0", "--ema-decay", "0.99")
TARGET = 0.0050


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("architectures", nargs="*", metavar="ARCHITECTURE", default=list(STUDY_RUNS))
    parser.add_argument("--dataset", default="cifar10")
    parser.add_argument("--patience", type=float, default=4.6, help="stop the plain loop after so many times our time")
    options = parser.parse_args()
    dataset = load_dataset(options.dataset)
    print(describe())
    print(f"\n{'':>7} {'ours':>7} {'epochs':>7} {'MSE':>9} {'plain':>8} {'epochs':>7} {'MSE':>9} {'ratio':>7}")
    for name in options.architectures:
        seconds, epochs, error = train_ours(name, options.dataset)
        print(f"{name:>7} {seconds:5.0f} s {epochs:7} {error:9.6f}", end=" ", flush=True)
        plain_seconds, plain_epochs, plain_error = train_plain(name, dataset, options.patience * seconds)
        ratio = f"{'>' if plain_error > TARGET else ''}{plain_seconds / seconds:.1f}"
        print(f"{plain_seconds:6.0f} s {plain_epochs:7} {plain_error:9.6f} {ratio:>7}", flush=True)


def train_ours(name: str, dataset: str) -> tuple[float, int, float]:
    """Return the seconds from the start of `train` to the first epoch that reaches the target, its number and MSE."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "data").symlink_to(workspace.data_folder().resolve())
        command = [sys.executable, "-m", "colorizer", "train", "--architecture", name, "--dataset", dataset]
        started = time.perf_counter()
        with subprocess.Popen(
            [*command, "--run", "quick", "--epochs", str(EPOCHS[name]), *SETTINGS],
            env={**os.environ, "COLORIZER_HOME": folder}, stdout=subprocess.PIPE, text=True,
        ) as process:  # fmt: skip
            metrics = Path(folder) / "checkpoints" / "quick" / "metrics.jsonl"
            for _ in process.stdout or ():  # One line per epoch.
                seconds = time.perf_counter() - started
                lines = metrics.read_text().splitlines() if metrics.exists() else []
                last = json.loads(lines[-1]) if lines else {}
                if last.get("test_loss", 1) < TARGET:
                    process.terminate()
                    process.communicate()
                    return seconds, last["epoch"], last["test_loss"]
    raise SystemExit(f"{name} did not reach {TARGET} in {EPOCHS[name]} epochs: {last}")


def train_plain(name: str, dataset: Dataset, patience: float) -> tuple[float, int, float]:
    """Return the plain loop's seconds, epochs, and MSE when it reached the target or ran out of patience."""
    loop = PlainLoop(name, dataset, Setup(scramble_layout=False, keep_luma=True))
    images, epochs, error = len(dataset.images("test")), 0, 1.0
    started = time.perf_counter()
    while error > TARGET and time.perf_counter() < started + patience:
        for _ in loop.steps():
            pass
        epochs, error = epochs + 1, loop.test_sum() / study_sum(1, images)
    return time.perf_counter() - started, epochs, error


if __name__ == "__main__":
    main()
