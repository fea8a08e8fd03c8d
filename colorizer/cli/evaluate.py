"""The command `evaluate`: measure runs on a dataset."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from colorizer.errors import InputError

if TYPE_CHECKING:
    from tqdm import tqdm

    from colorizer.evaluation import Progress


def add_evaluate(command: argparse.ArgumentParser) -> None:
    """Add the arguments of `evaluate`."""
    command.set_defaults(command=_evaluate)
    command.add_argument("runs", nargs="*", metavar="RUN", help="default: all that take the dataset's pictures")
    command.add_argument("--dataset", required=True)
    command.add_argument("--split", choices=("test", "train"), default="test")
    command.add_argument(
        "--json", type=Path, metavar="FILE", help="also write the figures to this file, with both ends of intervals"
    )


def _evaluate(runs: list[str], dataset: str, split: str, json: Path | None) -> None:
    from colorizer import files
    from colorizer.datasets.dataset import load_dataset
    from colorizer.evaluation import evaluate_runs, measurable_runs
    from colorizer.evaluation.table import table
    from colorizer.runs.store import load_run

    pictures = load_dataset(dataset)
    chosen = [load_run(name) for name in runs] or measurable_runs(pictures)
    if not chosen:
        raise InputError(f"No run takes the pictures of {dataset} yet: train one on it.")
    with _telling() as progress:
        figures = evaluate_runs(chosen, pictures, split, progress)
    print(table(figures))
    if json:
        try:
            files.write_json(json, figures)
        except OSError as error:
            raise files.write_error(json, error) from None


@contextmanager
def _telling() -> "Iterator[Progress]":
    """A bar with the time left in a terminal, a line for each run elsewhere; nothing if nothing is measured."""
    bar: tqdm[Any] | None = None
    doing = ""

    def progress(what: str, share: float) -> None:
        nonlocal bar, doing
        if not (sys.stdout.isatty() and sys.stderr.isatty()):
            if what != doing:
                print(f"measuring {what}", flush=True)
        else:
            if bar is None:
                from tqdm import tqdm

                bar = tqdm(total=1, bar_format="{l_bar}{bar}| {elapsed}, {remaining} left", dynamic_ncols=True)
            bar.set_description(what, refresh=False)
            bar.update(share - bar.n)
        doing = what

    try:
        yield progress
    finally:
        if bar is not None:
            bar.close()
