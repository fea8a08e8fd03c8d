"""The commands `prepare` and `datasets`: make datasets, list and delete them."""

import argparse
import sys
from typing import Any

from colorizer.cli.progress import ProgressBar
from colorizer.datasets.prepare.config import PrepareConfig
from colorizer.errors import InputError, UserError
from colorizer.options import add_flags
from colorizer.text import file_size


def add_prepare(command: argparse.ArgumentParser) -> None:
    """Add the arguments of `prepare`."""
    command.set_defaults(command=_prepare)
    command.add_argument(
        "sources", nargs="*", metavar="SOURCE",
        help="a folder, a .zip, .tar or .rar file, or one of the words sample, cifar10, cifar100; "
        "without any, a half-made dataset of that name is gone on with",
    )  # fmt: skip
    command.add_argument("--name", required=True, help="name of the dataset, a folder in data/")
    add_flags(command, PrepareConfig, exclude=("flat_images",))
    command.add_argument("--no-images", action="store_true", help="leave out the flat folder of PNG files")


def add_datasets(command: argparse.ArgumentParser) -> None:
    """Add the arguments of `datasets`."""
    command.set_defaults(command=_datasets)
    command.add_argument("--delete", metavar="NAME", help="delete this dataset, after asking")
    command.add_argument("--yes", action="store_true", help="do not ask")


def _prepare(sources: list[str], name: str, no_images: bool, **settings: Any) -> None:
    from colorizer.datasets.prepare.estimate import Estimate
    from colorizer.datasets.prepare.pipeline import prepare, resume
    from colorizer.jobs import lower_priority

    lower_priority()

    def log_estimate(needed: Estimate) -> None:
        bar.log(
            f"{needed.files:,} pictures will take about {file_size(needed.lasting)} "
            f"({file_size(needed.most)} while it is made); {file_size(needed.free)} are free."
        )

    with ProgressBar("pictures") as bar:
        given = {key: value for key, value in settings.items() if value is not None}
        if sources:
            given["flat_images"] = not no_images
            try:
                dataset = prepare(sources, name, progress=bar.update, announce=log_estimate, **given)
            except KeyboardInterrupt:
                print("What was done is kept: the same command goes on there.", file=sys.stderr)
                raise
        elif given or no_images:
            raise InputError("To make a dataset with these settings, name its sources too.")
        else:
            dataset = resume(name, progress=bar.update, announce=log_estimate)
    facts = dataset.manifest
    skipped = sum(source.skipped for source in facts.sources)
    print(f"{dataset.folder}: {facts.train:,} training and {facts.test:,} test images, {skipped:,} skipped")


def _datasets(delete: str | None, yes: bool) -> None:
    from colorizer.datasets.dataset import dataset_names, delete_dataset, load_dataset
    from colorizer.datasets.prepare.workdir import discard, preparations
    from colorizer.runs import runs_using

    if delete:
        using = ", ".join(runs_using(delete))
        question = f"Delete the dataset {delete}? " + (f"These runs used it: {using}. " if using else "")
        if not yes and (not sys.stdin.isatty() or input(f"{question}[y/N] ").strip().lower() not in ("y", "yes")):
            raise InputError(f"{question}Nothing was deleted: add --yes to delete it.")
        if delete not in dataset_names() and delete in {preparation.name for preparation in preparations()}:
            discard(delete)
            print(f"What was made of {delete} was deleted.")
            return
        delete_dataset(delete)
        print(f"The dataset {delete} was deleted.")
        return
    for name in dataset_names():
        try:
            facts = load_dataset(name).manifest
        except UserError as error:
            print(error)
            continue
        print(f"{name}: {facts.train:,} training and {facts.test:,} test images of {facts.size}x{facts.size} pixels")
    for preparation in preparations():
        print(f"{preparation.name}: {preparation.status().state}, not finished")
