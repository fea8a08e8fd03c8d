"""The command `report`: a comparison of runs as a file."""

import argparse
from pathlib import Path

from colorizer.errors import InputError

_PHOTOGRAPHS = "photographs"


def add_report(command: argparse.ArgumentParser) -> None:
    """Add the arguments of `report`."""
    command.set_defaults(command=_report)
    command.add_argument("runs", nargs="+", metavar="RUN")
    command.add_argument("--dataset", required=True)
    command.add_argument("--output", type=Path, required=True, metavar="FILE", help=".html, .png or .csv")
    command.add_argument(
        "--pictures", default="random", metavar="HOW",
        help=f"test pictures to show: random, numbers, best, worst, gained, lost or differ; or {_PHOTOGRAPHS}",
    )  # fmt: skip
    command.add_argument(
        "--of", nargs="+", default=[], metavar="RUN", help="run or two whose errors choose the pictures"
    )
    command.add_argument("--numbers", default="", metavar="N,N", help="numbers of the pictures, from 0")
    command.add_argument("--seed", type=int, default=0, help="where random numbers start")
    command.add_argument("--rows", type=int, default=6, help="how many pictures to show (default 6)")
    command.add_argument("--images", nargs="+", type=Path, metavar="FILE", help="show these pictures instead")


def _report(
    runs: list[str], dataset: str, output: Path, pictures: str, of: list[str], numbers: str, seed: int, rows: int,
    images: list[Path] | None,
) -> None:  # fmt: skip
    from dataclasses import replace
    from functools import partial

    from colorizer import files
    from colorizer.comparison.comparison import Comparison
    from colorizer.comparison.report import KINDS, export
    from colorizer.comparison.rows import from_dataset, from_path, gray_cell, make_row, network_cell, photographs
    from colorizer.comparison.selection import Selection, choose, parse_numbers
    from colorizer.datasets.dataset import dataset_names, load_dataset
    from colorizer.evaluation import evaluate_runs, known_figures, picture_errors
    from colorizer.inference.colorizer import Colorizer
    from colorizer.runs.store import load_run

    kind = output.suffix.lower()
    if kind not in KINDS:
        raise InputError(f"{output} must end in {', '.join(KINDS[:-1])} or {KINDS[-1]}.")
    chosen = [load_run(name) for name in dict.fromkeys(runs)]
    # What can be wrong is found before minutes are spent on measuring.
    of_dataset = not images and pictures != _PHOTOGRAPHS
    choice = Selection(pictures if of_dataset else "random", tuple(of), parse_numbers(numbers), seed, rows)
    if not set(of) <= set(runs):
        raise InputError(f"--of {' '.join(of)}: name them among the runs of the report too.")
    samples = [from_path(path) for path in images or ()]
    if not of_dataset and not images:
        samples = list(photographs()[:rows])
    figures = known_figures(chosen, dataset)
    if of_dataset or dataset in dataset_names() or len(figures) <= len(chosen):
        data = load_dataset(dataset)
        choice.validate_numbers(data.manifest.test)
        figures = evaluate_runs(chosen, data)
    errors = picture_errors(chosen, dataset)
    if of_dataset:
        samples = from_dataset(data, choose(choice, data.manifest.test, errors))
    comparison = Comparison(tuple(chosen), dataset, tuple(figures))
    labels, colors = comparison.labels, comparison.colors
    makers = [partial(network_cell, Colorizer.load(name), labels[name], colors[name]) for name in labels]
    comparison = replace(comparison, rows=tuple(make_row(sample, [gray_cell, *makers]) for sample in samples))
    content = export(comparison, kind, errors)
    try:
        files.write_bytes(output, content)
    except OSError as error:
        raise files.write_error(output, error) from None
    print(output)
