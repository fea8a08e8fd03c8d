"""The command line: `python -m colorizer prepare | datasets | train | evaluate | colorize`.

Exit codes: 0 done, 1 something unforeseen, 2 bad input (one line on stderr says what to do).
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, NoReturn

from colorizer.datasets.config import PrepareConfig
from colorizer.errors import InputError
from colorizer.training.config import PRESETS, TrainingConfig, from_preset

# Commands import what they need when they run: PyTorch takes longer to load than --help should.


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message} (see: {self.prog} --help)")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    try:
        options = vars(_parser().parse_args(arguments))
        options.pop("command")(**options)
    except InputError as error:
        print("error: " + " ".join(str(error).split()), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("error: interrupted", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m colorizer", description="Turn gray pictures into colour.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)

    command = commands.add_parser("prepare", help="make a dataset out of folders and archives, or go on making it")
    command.set_defaults(command=_prepare)
    command.add_argument(
        "sources", nargs="*", metavar="SOURCE",
        help="a folder, a .zip, .tar or .rar file, or one of the words sample, cifar10, cifar100; "
        "without any, a half-made dataset of that name is gone on with",
    )  # fmt: skip
    command.add_argument("--name", required=True, help="name of the dataset, a folder in data/")
    for setting in fields(PrepareConfig):
        if setting.name == "flat_images":
            command.add_argument("--no-images", action="store_true", help="leave out the flat folder of PNG files")
        elif setting.metadata:
            _add_setting(command, setting.name, setting.type, setting.default, setting.metadata)

    command = commands.add_parser("datasets", help="list the datasets, or delete one")
    command.set_defaults(command=_datasets)
    command.add_argument("--delete", metavar="NAME", help="delete this dataset, after asking")
    command.add_argument("--yes", action="store_true", help="do not ask")

    command = commands.add_parser("train", help="train a network, or go on training it")
    command.set_defaults(command=_train)
    command.add_argument("--run", required=True, help="name of the run, a folder in checkpoints/")
    command.add_argument("--preset", choices=PRESETS, help="settings to start from (default fast)")
    command.add_argument("--resume", action="store_true", help="go on with the run if it exists")
    for setting in fields(TrainingConfig):
        _add_setting(command, setting.name, setting.type, setting.default, setting.metadata)

    command = commands.add_parser("evaluate", help="measure runs on a dataset")
    command.set_defaults(command=_evaluate)
    command.add_argument("runs", nargs="+", metavar="RUN")
    command.add_argument("--dataset", required=True)
    command.add_argument("--split", choices=("test", "train"), default="test")
    command.add_argument("--json", type=Path, metavar="FILE", help="also write the figures to this file")

    command = commands.add_parser("colorize", help="colorize pictures")
    command.set_defaults(command=_colorize)
    command.add_argument("inputs", nargs="+", metavar="INPUT", help="pictures, or folders of pictures")
    command.add_argument("--output", required=True, type=Path, metavar="DIR", help="folder for the results")
    command.add_argument("--model", default="unet", metavar="RUN", help="run whose weights to use (default unet)")
    command.add_argument("--format", default="png", choices=("png", "jpeg", "webp", "tiff"), help="default png")
    command.add_argument("--saturation", type=float, default=1.0, help="strength of colour, 0 to 2 (default 1)")
    return parser


def _add_setting(parser: argparse.ArgumentParser, name: str, kind: Any, default: Any, about: Any) -> None:
    flag = "--" + name.replace("_", "-")
    shown = f"{about['help']} (default {default})".replace("%", "%%")
    # No default here: only settings that were given replace those of the preset.
    if kind is bool:
        parser.add_argument(flag, action=argparse.BooleanOptionalAction, default=None, help=shown)
    else:
        parser.add_argument(flag, type=kind, choices=about["choices"], default=None, help=shown)


def _prepare(sources: list[str], name: str, no_images: bool, **settings: Any) -> None:
    from tqdm import tqdm

    from colorizer.datasets.estimate import Estimate, amount
    from colorizer.datasets.prepare import go_on, prepare

    def announce(needed: Estimate) -> None:
        bar.write(
            f"{needed.files:,} pictures will take about {amount(needed.lasting)} ({amount(needed.most)} while it is "
            f"made); {amount(needed.free)} are free."
        )

    with tqdm(unit="picture", disable=None) as bar:
        doing = ""

        def progress(what: str, done: int, total: int) -> None:
            nonlocal doing
            if what != doing:
                doing = what
                bar.reset()
                bar.initial = bar.n = done
                bar.set_description(what)
            bar.total = total or None
            bar.update(done - bar.n)

        given = {key: value for key, value in settings.items() if value is not None}
        if sources:
            given["flat_images"] = not no_images
            try:
                dataset = prepare(sources, name, progress=progress, announce=announce, **given)
            except KeyboardInterrupt:
                print("What was done is kept: the same command goes on there.", file=sys.stderr)
                raise
        elif given or no_images:
            raise InputError("To make a dataset with these settings, name its sources too.")
        else:
            dataset = go_on(name, progress=progress, announce=announce)
    facts = dataset.manifest
    skipped = sum(source.skipped for source in facts.sources)
    print(f"{dataset.folder}: {facts.train:,} training and {facts.test:,} test images, {skipped:,} skipped")


def _datasets(delete: str | None, yes: bool) -> None:
    from colorizer.datasets.building import preparations
    from colorizer.datasets.dataset import dataset_names, delete_dataset, load_dataset
    from colorizer.runs.usage import runs_using

    if delete:
        using = ", ".join(runs_using(delete))
        question = f"Delete the dataset {delete}? " + (f"These runs used it: {using}. " if using else "")
        if not yes and (not sys.stdin.isatty() or input(f"{question}[y/N] ").strip().lower() not in ("y", "yes")):
            raise InputError(f"{question}Nothing was deleted: add --yes to delete it.")
        delete_dataset(delete)
        print(f"The dataset {delete} was deleted.")
        return
    for name in dataset_names():
        try:
            facts = load_dataset(name).manifest
        except InputError as error:
            print(error)
            continue
        print(f"{name}: {facts.train:,} training and {facts.test:,} test images of {facts.size}x{facts.size} pixels")
    for preparation in preparations():
        print(f"{preparation.name}: {preparation.status().state}, not finished")


def _train(run: str, preset: str | None, resume: bool, **settings: Any) -> None:
    from colorizer.runs.store import create_run, load_run, run_names
    from colorizer.training.loop import check_fits, choose_device, train

    given = {name: value for name, value in settings.items() if value is not None}
    if resume and run in run_names():
        chosen = load_run(run)
        wanted = {**(PRESETS[preset] if preset else {}), **given}
        for name, value in wanted.items():
            if getattr(chosen.config, name) != value:
                raise InputError(
                    f"The run {run!r} has {name} {getattr(chosen.config, name)}, not {value}: "
                    "resume it without other settings, or start a new run."
                )
    else:
        for name in ("architecture", "dataset"):
            if name not in given:
                raise InputError(f"A new run needs --{name} (see: python -m colorizer train --help).")
        config = from_preset(preset or "fast", **given)
        from colorizer.datasets.dataset import load_dataset

        check_fits(config, load_dataset(config.dataset))
        choose_device(config.device)
        chosen = create_run(run, config)
    train(chosen, lambda line: print(line, flush=True))


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


def _colorize(inputs: list[str], output: Path, model: str, format: str, saturation: float) -> None:
    from colorizer.batch import colorize_files

    failures = colorize_files(inputs, output, model=model, file_format=format, saturation=saturation)
    if failures:
        raise InputError(" ".join(failures))
