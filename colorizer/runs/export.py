"""What people take out of a run: its metrics, its curve as a figure, its pictures as an animation."""

import io
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from PIL import Image, ImageDraw, ImageFont

from colorizer.errors import InputError
from colorizer.imaging import decode
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
        return curve_figure([run])
    if kind in ANIMATIONS:
        return animation(run, kind)
    raise InputError(f"A run cannot be written as {kind or 'a file without ending'!r}: use .csv, .png, .webp or .gif.")


def curve_figure(runs: list[Run], *, gray: float | None = None, log: bool = False) -> bytes:
    """Training and test loss by epoch as a PNG of 1920x1080 pixels.

    Args:
        runs: the first one's best epoch is marked.
        gray: mean squared error of the gray copy, drawn as a line.
        log: logarithmic losses.

    Raises:
        InputError: no run has finished an epoch.
    """
    figure = Figure(figsize=(9.6, 5.4), dpi=200, layout="constrained")
    axes = figure.subplots()
    curves = [(run, metrics) for run in runs if not (metrics := run.metrics()).empty]
    if not curves:
        raise InputError("There is no curve yet: the first point comes with the first finished epoch.")
    for number, (run, metrics) in enumerate(curves):
        color = f"C{number}"
        marker = "o" if len(metrics) < 3 else None
        axes.plot(metrics.epoch, metrics.test_loss, color=color, marker=marker, label=f"{run.name}, test")
        axes.plot(metrics.epoch, metrics.train_loss, color=color, ls=":", marker=marker, label=f"{run.name}, training")
    first = curves[0][1]
    best = first.iloc[int(first.test_loss.argmin())]
    axes.plot(best.epoch, best.test_loss, "D", color="C0", ms=8, label=f"best, epoch {best.epoch:.0f}")
    if gray is not None:
        axes.axhline(gray, color="gray", ls="--", lw=1, label="left gray")
    since = overfitting_since(first)
    axes.set(xlabel="Epoch", ylabel="Mean squared error", yscale="log" if log else "linear")
    axes.set_title(f"{curves[0][0].name}: overfitting since epoch {since}" if since else curves[0][0].name)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()


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
        return decode.decode(path.read_bytes(), path.name).pixels
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
