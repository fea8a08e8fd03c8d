"""Runs of one dataset side by side: what was set, how long it took, how far it came; and their learning curves.

python -m benchmarks.tries RUN ... --output curves.png
"""

import argparse
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.ticker import MaxNLocator

from colorizer.models.registry import architecture
from colorizer.runs.config import TrainingConfig
from colorizer.runs.store import Run, load_run
from colorizer.text import duration

_TOLD = ("learning_rate", "shift", "weight_decay", "averaging", "teacher")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("runs", nargs="+", metavar="RUN")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE")
    options = parser.parse_args()
    runs = [load_run(name) for name in options.runs]
    print("| run | settings | epochs | time | training MSE | test MSE |\n|---|---|---|---|---|---|")
    for run in runs:
        losses = run.metrics()
        best = losses.iloc[int(losses.test_loss.argmin())]
        print(
            f"| {run.name} | {_settings(run)} | {len(losses)} | {duration(losses.seconds.iloc[-1])} "
            f"| {best.train_loss:.5f} | {best.test_loss:.5f} |"
        )
    _draw(runs, options.output)


def _settings(run: Run) -> str:
    flags = []
    for name in _TOLD:
        value = getattr(run.config, name)
        if value != getattr(TrainingConfig, name):
            flags.append(f"--{name.replace('_', '-')} {value}")
    return f"`{' '.join(flags)}`" if flags else "as they come"


def _draw(runs: list[Run], path: Path) -> None:
    kinds = list(dict.fromkeys(run.config.architecture for run in runs))
    figure, axes = plt.subplots(
        1, len(kinds), figsize=(4 * len(kinds), 3.6), sharey=True, squeeze=False, layout="constrained"
    )
    for axis, kind in zip(axes[0], kinds, strict=True):
        for number, run in enumerate(run for run in runs if run.config.architecture == kind):
            losses = run.metrics()
            axis.plot(losses.epoch, losses.test_loss, color=f"C{number}", label=run.name)
            axis.plot(losses.epoch, losses.train_loss, color=f"C{number}", ls=":")
        axis.set(title=architecture(kind).title, xlabel="Epoch (dotted: training loss)", yscale="log")
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        axis.yaxis.set_major_formatter("{x:.4f}")
        axis.yaxis.set_minor_formatter("{x:.4f}")
        axis.legend(fontsize="small", frameon=False)
    axes[0][0].set_ylabel("Mean squared error")
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    main()
