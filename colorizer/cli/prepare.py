"""The commands `prepare` and `datasets`: make, list and delete datasets."""

import argparse
import sys
from typing import TYPE_CHECKING, Any

from colorizer.cli.progress import ProgressBar
from colorizer.datasets.prepare import PrepareConfig
from colorizer.errors import InputError, UserError
from colorizer.options import add_flags
from colorizer.text import file_size

if TYPE_CHECKING:
    from colorizer.datasets.prepare.estimate import Estimate


def add_prepare(command: argparse.ArgumentParser) -> None:
    """Add the arguments of `prepare`."""
    command.set_defaults(command=_prepare)
    command.add_argument(
        "sources", nargs="*", metavar="SOURCE",
        help="a folder, a .zip, .tar, or .rar file, or one of the names sample, cifar10, cifar100; "
        "omit to resume an unfinished dataset of this name",
    )  # fmt: skip
    command.add_argument("--name", required=True, help="name of the dataset, a folder in data/")
    add_flags(command, PrepareConfig)


def add_datasets(command: argparse.ArgumentParser) -> None:
    """Add the arguments of `datasets`."""
    command.set_defaults(command=_datasets)
    command.add_argument("--delete", metavar="NAME", help="delete this dataset after confirmation")
    command.add_argument("--yes", action="store_true", help="do not ask for confirmation")


def _prepare(sources: list[str], name: str, **options: Any) -> None:
    from colorizer.datasets.prepare import prepare, resume
    from colorizer.jobs import lower_priority

    lower_priority()
    given = {key: value for key, value in options.items() if value is not None}
    if given and not sources:
        raise InputError("These options need sources: name the folders or archives to make a dataset from.")

    def log_estimate(needed: "Estimate") -> None:
        bar.log(
            f"{needed.files:,} images take about {file_size(needed.final)} ({file_size(needed.peak)} while the dataset "
            f"is made); {file_size(needed.free)} is free."
        )

    with ProgressBar("images") as bar:
        if sources:
            try:
                dataset = prepare(sources, name, on_progress=bar.update, on_estimate=log_estimate, **given)
            except KeyboardInterrupt:
                print("Progress is saved: run the same command again to resume.", file=sys.stderr)
                raise
        else:
            dataset = resume(name, on_progress=bar.update, on_estimate=log_estimate)
    facts = dataset.manifest
    skipped = sum(source.skipped for source in facts.sources)
    print(f"{dataset.folder}: {facts.train:,} training and {facts.test:,} test images, {skipped:,} skipped")


def _datasets(delete: str | None, yes: bool) -> None:
    from colorizer.datasets import dataset_names, delete_dataset, load_dataset
    from colorizer.datasets.prepare import list_preparations
    from colorizer.runs import runs_using

    preparations = {preparation.name: preparation for preparation in list_preparations()}
    if delete:
        using = ", ".join(runs_using(delete))
        question = f"Delete the dataset {delete}? " + (f"These runs used it: {using}. " if using else "")
        if not yes and (not sys.stdin.isatty() or input(f"{question}[y/N] ").strip().lower() not in ("y", "yes")):
            raise InputError(f"{question}Nothing was deleted: add --yes to confirm.")
        if delete in preparations and delete not in dataset_names():
            preparations[delete].discard()
            print(f"The unfinished dataset {delete} was deleted.")
        else:
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
    for name, preparation in preparations.items():
        print(f"{name}: {preparation.status().state}, not finished")
