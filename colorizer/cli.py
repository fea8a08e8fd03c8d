"""The command line: `python -m colorizer prepare | train | evaluate | colorize`.

Exit codes: 0 done, 1 something unforeseen, 2 bad input (one line on stderr says what to do).
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, NoReturn

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

    command = commands.add_parser("prepare", help="make a dataset out of folders and ZIP files")
    command.set_defaults(command=_prepare)
    command.add_argument("sources", nargs="+", metavar="SOURCE", help="a folder, a .zip file, or the word sample")
    command.add_argument("--name", required=True, help="name of the dataset, a folder in data/")
    command.add_argument("--size", type=int, default=32, help="side of its images in pixels (default 32)")
    command.add_argument("--no-images", action="store_true", help="leave out the flat folder of PNG files")

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
    formats = ("same", "png", "jpeg", "webp", "tiff")
    command.add_argument("--format", default="same", choices=formats, help="default same: that of the input")
    command.add_argument("--quality", type=int, default=95, help="of JPEG and WebP, 1 to 100 (default 95)")
    command.add_argument("--saturation", type=float, default=1.0, help="strength of colour, 0 to 2 (default 1)")
    command.add_argument("--warmth", type=float, default=0.0, help="from -1, bluer, to 1, warmer (default 0)")
    command.add_argument("--keep-place", action="store_true", help="leave the place (GPS) in the metadata")
    command.add_argument("--mark", action="store_true", help="write visibly that the colours were generated")
    return parser


def _add_setting(parser: argparse.ArgumentParser, name: str, kind: Any, default: Any, about: Any) -> None:
    flag = "--" + name.replace("_", "-")
    shown = f"{about['help']} (default {default})".replace("%", "%%")
    # No default here: only settings that were given replace those of the preset.
    if kind is bool:
        parser.add_argument(flag, action=argparse.BooleanOptionalAction, default=None, help=shown)
    else:
        parser.add_argument(flag, type=kind, choices=about["choices"], default=None, help=shown)


def _prepare(sources: list[str], name: str, size: int, no_images: bool) -> None:
    from tqdm import tqdm

    from colorizer.datasets.prepare import prepare

    with tqdm(unit="image", disable=None) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        dataset = prepare(sources, name, size, progress=progress, flat_images=not no_images)
    facts = dataset.manifest
    skipped = sum(source.skipped for source in facts.sources)
    print(f"{dataset.folder}: {facts.train:,} training and {facts.test:,} test images, {skipped:,} skipped")


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


def _colorize(
    inputs: list[str],
    output: Path,
    model: str,
    format: str,
    quality: int,
    saturation: float,
    warmth: float,
    keep_place: bool,
    mark: bool,
) -> None:
    from colorizer.batch import Share, colorize_files
    from colorizer.encoding import Saving
    from colorizer.inference import Taste

    share = Share.from_environment()
    saving = Saving(format, quality, keep_place, mark)
    summary = colorize_files(inputs, output, model=model, taste=Taste(saturation, warmth), saving=saving, share=share)
    if summary.skipped:
        print(f"{summary.skipped:,} done before and passed over")
    if failures := summary.failures:
        more = f" (and {len(failures) - 5:,} more)" if len(failures) > 5 else ""
        where = f" Report: {summary.report}" if summary.report.exists() else ""
        message = f"{' '.join(failures[:5])}{more}{where}"
        if share.of == 1:
            raise InputError(message)
        # An exit code would make PyTorch's launcher end the other processes.
        print(f"error: {message}", file=sys.stderr)
