"""The command `evaluate`: evaluate runs on a dataset."""

import argparse
from pathlib import Path

from colorizer.cli.progress import ProgressBar
from colorizer.errors import InputError


def add_evaluate(command: argparse.ArgumentParser) -> None:
    """Add the arguments of `evaluate`."""
    command.set_defaults(command=_evaluate)
    command.add_argument(
        "runs", nargs="*", metavar="RUN", help="runs to evaluate (default: all that accept images of this size)"
    )
    command.add_argument("--dataset", required=True, metavar="NAME", help="dataset to evaluate on")
    command.add_argument(
        "--split", choices=("test", "train"), default="test", help="split to evaluate (default: %(default)s)"
    )
    command.add_argument(
        "--json", type=Path, metavar="FILE", help="also write all metrics and confidence intervals to this file"
    )
    command.add_argument("--publish", action="store_true", help="also store the results in the runs' own folders")
    command.add_argument("--job", action="store_true", help=argparse.SUPPRESS)  # Started by `start_evaluation`.


def _evaluate(runs: list[str], dataset: str, split: str, json: Path | None, publish: bool, job: bool) -> None:
    from colorizer import files, jobs
    from colorizer.datasets.dataset import load_dataset
    from colorizer.evaluation import evaluate_runs, measurable_runs
    from colorizer.evaluation.job import reporting
    from colorizer.evaluation.table import table
    from colorizer.runs import load_run

    if job:
        jobs.lower_priority()
        with reporting(dataset) as on_progress:
            evaluate_runs([load_run(name) for name in runs], load_dataset(dataset), split, on_progress)
        return
    images = load_dataset(dataset)
    selected = [load_run(name) for name in runs] or measurable_runs(images)
    if not selected:
        raise InputError(f"No run takes the images of {dataset} yet: train one on it first.")
    with ProgressBar() as bar:
        metrics = evaluate_runs(
            selected, images, split, lambda name, fraction: bar.update(f"evaluating {name}", fraction), publish=publish
        )
    print(table(metrics))
    if json:
        try:
            files.write_json(json, metrics)
        except OSError as error:
            raise files.write_error(json, error) from None
