"""The command `colorize`: files and folders of pictures to colored files."""

import argparse
import sys
from pathlib import Path

from colorizer.errors import InputError
from colorizer.workspace import DEFAULT_RUN


def add_colorize(command: argparse.ArgumentParser) -> None:
    """Add the arguments of `colorize`."""
    command.set_defaults(command=_colorize)
    command.add_argument("inputs", nargs="+", metavar="INPUT", help="pictures, or folders of pictures")
    command.add_argument("--output", required=True, type=Path, metavar="DIR", help="folder for the results")
    command.add_argument(
        "--model", default=DEFAULT_RUN, metavar="RUN", help="run whose weights to use (default %(default)s)"
    )
    formats = ("same", "png", "jpeg", "webp", "tiff")
    command.add_argument("--format", default="same", choices=formats, help="default same: that of the input")
    command.add_argument("--quality", type=int, default=95, help="of JPEG and WebP, 1 to 100 (default 95)")
    command.add_argument("--saturation", type=float, default=1.0, help="strength of color, 0 to 2 (default 1)")
    command.add_argument("--warmth", type=float, default=0.0, help="from -1, bluer, to 1, warmer (default 0)")
    command.add_argument(
        "--vividness",
        type=float,
        help="0, safe, to 1, as vivid as can be; for networks of the kind photo (default 0.9)",
    )
    command.add_argument(
        "--hint", action="append", default=[], metavar="X,Y,#RRGGBB",
        help="the color of a place of one picture, from the left and from the top, 0 to 1; may be repeated",
    )  # fmt: skip
    command.add_argument("--variants", type=int, default=1, metavar="N", help="2 to 6 different colorings of a picture")
    command.add_argument("--keep-gps", action="store_true", help="leave the place (GPS) in the metadata")
    command.add_argument("--watermark", action="store_true", help="write visibly that the colors were generated")


def _colorize(
    inputs: list[str],
    output: Path,
    model: str,
    format: str,
    quality: int,
    saturation: float,
    warmth: float,
    vividness: float | None,
    hint: list[str],
    variants: int,
    keep_gps: bool,
    watermark: bool,
) -> None:
    from colorizer.imaging.encode import SaveOptions
    from colorizer.inference.batch import Share, colorize_files
    from colorizer.inference.rendering import ColorOptions
    from colorizer.models.hints import parse_hint
    from colorizer.models.prediction import NATURAL

    share = Share.from_environment()
    saving = SaveOptions(format, quality, keep_gps, watermark)
    options = ColorOptions(saturation, warmth, NATURAL if vividness is None else vividness)
    hints = [parse_hint(text) for text in hint]
    summary = colorize_files(
        inputs,
        output,
        model=model,
        options=options,
        saving=saving,
        share=share,
        hints=hints,
        count=variants,
    )
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
