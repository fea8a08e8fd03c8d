"""The command `evaluate`: measure runs on a dataset."""

import argparse
from pathlib import Path

from colorizer.cli.progress import ProgressBar
from colorizer.errors import InputError


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
    with ProgressBar() as bar:
        figures = evaluate_runs(chosen, pictures, split, lambda what, share: bar.update(f"measuring {what}", share))
    print(table(figures))
    if json:
        try:
            files.write_json(json, figures)
        except OSError as error:
            raise files.write_error(json, error) from None
