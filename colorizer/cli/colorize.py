"""`colorizer colorize`: colorize image files and folders."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from colorizer.errors import InputError
from colorizer.text import count
from colorizer.workspace import DEFAULT_RUN


def add_colorize(command: argparse.ArgumentParser) -> None:
    """Add the arguments of `colorize`."""
    command.set_defaults(command=_colorize)
    command.add_argument("inputs", nargs="+", metavar="INPUT", help="image files, or folders of images")
    command.add_argument("--output", required=True, metavar="DIR", help="folder for the results")
    command.add_argument(
        "--model", default=DEFAULT_RUN, metavar="RUN", help="run whose weights to use (default: %(default)s)"
    )
    formats = ("same", "png", "jpeg", "webp", "tiff")
    command.add_argument(
        "--format", default="same", choices=formats, help="format of the results (default: the input's)"
    )
    command.add_argument("--quality", type=int, default=95, help="JPEG and WebP quality, 1 to 100 (default: 95)")
    command.add_argument("--saturation", type=float, default=1.0, help="color strength, 0 to 2 (default: 1)")
    command.add_argument("--warmth", type=float, default=0.0, help="-1 (cool) to 1 (warm) (default: 0)")
    command.add_argument(
        "--vividness", type=float,
        help="0 (safe) to 1 (vivid) (default: 0.5); only for networks that predict a distribution over colors",
    )  # fmt: skip
    command.add_argument(
        "--restore-contrast", action="store_true", help="stretch the brightness of faded photographs to the full range"
    )
    command.add_argument(
        "--hint", action="append", default=[], metavar="X,Y,#RRGGBB[,REACH]", dest="hints",
        help="color at one point; X from the left and Y from the top, 0 to 1; REACH 0.5 (default) colors the "
        "object there, 1 the whole image; repeatable; one image only",
    )  # fmt: skip
    command.add_argument(
        "--variants", type=int, default=1, metavar="N", help="write 2 to 6 different colorings; one image only"
    )
    command.add_argument("--keep-gps", action="store_true", help="keep the GPS location in the metadata")
    command.add_argument("--watermark", action="store_true", help="add a visible note that the colors were generated")
    command.add_argument("--side-by-side", action="store_true", help="put the original to the left of the result")


def _colorize(
    inputs: list[str],
    output: str,
    model: str,
    format: str,
    quality: int,
    saturation: float,
    warmth: float,
    vividness: float | None,
    restore_contrast: bool,
    hints: list[str],
    variants: int,
    keep_gps: bool,
    watermark: bool,
    side_by_side: bool,
) -> None:
    from colorizer.cli.progress import ProgressBar
    from colorizer.imaging import SaveOptions
    from colorizer.inference import ColorOptions, colorize_files
    from colorizer.inference.batch import Shard
    from colorizer.models.hints import parse_hint
    from colorizer.models.prediction import NATURAL

    shard = Shard.from_environment()
    with ProgressBar("images") as bar:

        def show_note(note: str) -> None:
            print(f"note: {note}", file=sys.stderr)

        def show_result(path: Path, notes: Sequence[str]) -> None:
            bar.log(str(path))
            for note in notes:
                show_note(note)

        def show_progress(done: int, total: int) -> None:
            if sys.stderr.isatty():  # Elsewhere standard output lists the results and nothing else.
                bar.update("Colorizing", done, total)

        summary = colorize_files(
            inputs,
            output,
            model=model,
            options=ColorOptions(saturation, warmth, NATURAL if vividness is None else vividness, restore_contrast),
            saving=SaveOptions(format, quality, keep_gps, watermark, side_by_side),
            hints=[parse_hint(text) for text in hints],
            variants=variants,
            shard=shard,
            on_result=show_result,
            on_progress=show_progress,
            on_note=show_note,
        )
    if summary.skipped:
        print(f"Skipped {count(summary.skipped, 'file')} colorized before.")
    if failures := summary.failures:
        more = f" (and {len(failures) - 5:,} more)" if len(failures) > 5 else ""
        report = f" Report: {summary.report}" if summary.report.exists() else ""
        message = f"{' '.join(failures[:5])}{more}{report}"
        if shard.count == 1:
            raise InputError(message)
        # A nonzero exit code would make torchrun end the other processes.
        print(f"error: {message}", file=sys.stderr)
