"""The command line: `python -m colorizer prepare | train | runs | evaluate | colorize`.

Exit codes: 0 done, 1 something unforeseen, 2 bad input (one line on stderr says what to do).
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from colorizer import cli_train
from colorizer.errors import InputError

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

    cli_train.add_commands(commands)

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
