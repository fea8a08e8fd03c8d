"""What people take out of a run: its metrics, its curve as a figure, its pictures as an animation."""

import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from colorizer.errors import InputError
from colorizer.imaging import decode_image
from colorizer.runs.charts import ChartSettings, Curve, curves_png
from colorizer.runs.curve import overfitting_since
from colorizer.runs.store import Run

ANIMATIONS = {".webp": "WEBP", ".gif": "GIF"}
_GROWTH = 1.12
"""Each shown epoch is at least so many times the one before: most happens early."""
_PICTURE_SIDE = 96
"""About how large each picture becomes, in pixels."""
_FRAME_MILLISECONDS, _LAST_MILLISECONDS = 110, 2500
_CAPTION_HEIGHT = 28


def export(run: Run, kind: str) -> bytes:
    """A run as the bytes of a file.

    Args:
        run: the run.
        kind: `.csv` (metrics), `.png` (curve), `.webp` or `.gif` (the pictures gaining color).

    Raises:
        InputError: there is no such kind, or the run has nothing to show yet.
    """
    if kind == ".csv":
        return run.metrics().to_csv(index=False).encode()
    if kind == ".png":
        metrics = run.metrics()
        since = overfitting_since(metrics)
        title = f"{run.name}: overfitting since epoch {since}" if since else run.name
        return curves_png([Curve(run.name, metrics)], ChartSettings(), title)
    if kind in ANIMATIONS:
        return animation(run, kind)
    raise InputError(f"A run cannot be written as {kind or 'a file without ending'!r}: use .csv, .png, .webp or .gif.")


def strip_epochs(run: Run) -> list[int]:
    """Epochs whose strip of pictures is on disk, in order."""
    return sorted(int(path.stem[6:]) for path in run.samples.glob("epoch-*.png") if path.stem[6:].isdigit())


def shown_epochs(epochs: list[int]) -> list[int]:
    """Those of `epochs` worth showing in a row: all early ones, then fewer and fewer.

    The same ones are chosen however long the run goes on, so what was shown before need not be read again.
    """
    chosen: list[int] = []
    for epoch in epochs:
        if not chosen or epoch >= round(chosen[-1] * _GROWTH):
            chosen.append(epoch)
    return chosen


def strip_path(run: Run, epoch: int) -> Path:
    """The strip of pictures of an epoch."""
    return run.samples / f"epoch-{epoch:05d}.png"


def read_strip(path: Path) -> np.ndarray:
    """A strip of pictures side by side, `(H, n * H, 3)` uint8.

    Raises:
        InputError: it is missing or damaged.
    """
    try:
        return decode_image(path.read_bytes(), path.name).pixels
    except OSError as error:
        raise InputError(f"The pictures {path} cannot be read ({error.strerror}).") from None


def animation(run: Run, kind: str = ".webp") -> bytes:
    """The strip gaining color epoch by epoch, gray above and true below, as an animated file that repeats.

    Raises:
        InputError: the run has no strips, or they are damaged.
    """
    epochs = strip_epochs(run)
    if not epochs:
        raise InputError(f"The run {run.name!r} has no pictures yet: they come with the first finished epoch.")
    gray, true = read_strip(run.samples / "gray.png"), read_strip(run.samples / "true.png")
    chosen = sorted({*shown_epochs(epochs), epochs[-1]})
    frames = [_frame(run.name, epoch, gray, read_strip(strip_path(run, epoch)), true) for epoch in chosen]
    durations = [_FRAME_MILLISECONDS] * (len(frames) - 1) + [_LAST_MILLISECONDS]
    buffer = io.BytesIO()
    frames[0].save(
        buffer, ANIMATIONS[kind], save_all=True, append_images=frames[1:], duration=durations, loop=0,
        **({"quality": 90, "method": 3} if kind == ".webp" else {}),
    )  # fmt: skip
    return buffer.getvalue()


def _frame(name: str, epoch: int, gray: np.ndarray, colored: np.ndarray, true: np.ndarray) -> Image.Image:
    factor = max(1, _PICTURE_SIDE // gray.shape[0])
    rows = np.concatenate([gray, colored, true]).repeat(factor, 0).repeat(factor, 1)
    frame = Image.new("RGB", (rows.shape[1], rows.shape[0] + _CAPTION_HEIGHT), "#161412")
    frame.paste(Image.fromarray(rows), (0, 0))
    font = ImageFont.load_default(16)
    text = f"{name}  ·  epoch {epoch}"
    ImageDraw.Draw(frame).text((10, rows.shape[0] + 5), text, fill="#f4efe7", font=font)
    return frame
