"""The command `report`: compare runs in one file."""

import argparse
from pathlib import Path

from colorizer.cli.progress import ProgressBar
from colorizer.errors import InputError

_PHOTOGRAPHS = "photographs"


def add_report(command: argparse.ArgumentParser) -> None:
    """Add the arguments of `report`."""
    command.set_defaults(command=_report)
    command.add_argument("runs", nargs="+", metavar="RUN", help="runs to compare")
    command.add_argument("--dataset", required=True, metavar="NAME", help="dataset to evaluate on")
    command.add_argument(
        "--output", type=Path, required=True, metavar="FILE", help="file to write: .html, .png, or .csv"
    )
    command.add_argument(
        "--pictures", default="random", metavar="HOW",
        help="test images to show: random, numbers, best, worst, gained, lost, or differ; or the bundled "
        f"{_PHOTOGRAPHS} (default: %(default)s)",
    )  # fmt: skip
    command.add_argument(
        "--by", nargs="+", default=[], metavar="RUN", help="the one or two runs whose errors determine the selection"
    )
    command.add_argument("--numbers", default="", metavar="N,N", help="numbers of the images to show, starting from 0")
    command.add_argument("--seed", type=int, default=0, help="random seed (default: %(default)s)")
    command.add_argument("--rows", type=int, default=6, help="number of images to show (default: %(default)s)")
    command.add_argument(
        "--images", nargs="+", type=Path, metavar="FILE", help="show these image files instead of test images"
    )


def _report(
    runs: list[str], dataset: str, output: Path, pictures: str, by: list[str], numbers: str, seed: int, rows: int,
    images: list[Path] | None,
) -> None:  # fmt: skip
    from dataclasses import replace
    from functools import partial

    from colorizer import files
    from colorizer.comparison import Comparison, Selection, export, make_row, select
    from colorizer.comparison.report import KINDS
    from colorizer.comparison.rows import from_dataset, from_path, gray_cell, network_cell, photographs
    from colorizer.comparison.selection import parse_numbers
    from colorizer.datasets.dataset import dataset_names, load_dataset
    from colorizer.evaluation import evaluate_runs, known_metrics, picture_errors
    from colorizer.inference import Colorizer
    from colorizer.runs import load_run

    kind = output.suffix.lower()
    if kind not in KINDS:
        raise InputError(f"{output} must end in {', '.join(KINDS[:-1])}, or {KINDS[-1]}.")
    # Everything that can be wrong is checked before minutes are spent on measuring.
    selected = [load_run(name) for name in dict.fromkeys(runs)]
    shows_test_images = not images and pictures != _PHOTOGRAPHS
    selection = Selection(pictures if shows_test_images else "random", tuple(by), parse_numbers(numbers), seed, rows)
    if not set(by) <= set(runs):
        raise InputError(f"--by {' '.join(by)}: these must be among the runs of the report.")
    samples = [from_path(path) for path in images or ()]
    if not shows_test_images and not images:
        samples = list(photographs()[:rows])
    metrics = known_metrics(selected, dataset)
    if shows_test_images or dataset in dataset_names() or len(metrics) <= len(selected):
        data = load_dataset(dataset)
        selection.validate_numbers(data.manifest.test)
        with ProgressBar() as bar:
            metrics = evaluate_runs(
                selected, data, on_progress=lambda name, fraction: bar.update(f"evaluating {name}", fraction)
            )
    errors = picture_errors(selected, dataset)
    if shows_test_images:
        samples = from_dataset(data, select(selection, data.manifest.test, errors))
    comparison = Comparison(tuple(selected), dataset, tuple(metrics))
    labels, colors = comparison.labels, comparison.colors
    renderers = [partial(network_cell, Colorizer.load(name), labels[name], colors[name]) for name in labels]
    comparison = replace(comparison, rows=tuple(make_row(sample, [gray_cell, *renderers]) for sample in samples))
    content = export(comparison, kind, errors)
    try:
        files.write_bytes(output, content)
    except OSError as error:
        raise files.write_error(output, error) from None
    print(output)
