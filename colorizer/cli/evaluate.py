"""The command `evaluate`: measure runs on a dataset."""

import argparse
from pathlib import Path
from typing import Any

from colorizer.errors import InputError


def add_commands(commands: "argparse._SubParsersAction[Any]") -> None:
    """Add `evaluate` to the program's commands."""
    command = commands.add_parser("evaluate", help="measure runs on a dataset")
    command.set_defaults(command=_evaluate)
    command.add_argument("runs", nargs="+", metavar="RUN")
    command.add_argument("--dataset", required=True)
    command.add_argument("--split", choices=("test", "train"), default="test")
    command.add_argument("--json", type=Path, metavar="FILE", help="also write the figures to this file")


def _evaluate(runs: list[str], dataset: str, split: str, json: Path | None) -> None:
    from colorizer import atomic
    from colorizer.datasets.dataset import load_dataset
    from colorizer.evaluation import evaluate_runs, table
    from colorizer.runs.store import load_run

    figures = evaluate_runs([load_run(name) for name in runs], load_dataset(dataset), split)
    print(table(figures))
    if json:
        try:
            atomic.write_json(json, figures)
        except OSError as error:
            raise InputError(f"{json} cannot be written ({error.strerror}): choose another file.") from None
