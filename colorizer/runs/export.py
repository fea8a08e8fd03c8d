"""Exports of a run: its metrics, its learning curve, an animation of its sample images, its network as ONNX."""

import io
import logging
import warnings
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from colorizer import files
from colorizer.errors import InputError
from colorizer.imaging import decode_image
from colorizer.models.registry import architecture
from colorizer.runs.store import Run

ANIMATIONS = {".webp": "WEBP", ".gif": "GIF"}
_ONNX_PACKAGES = ("onnx", "onnxscript")
_EPOCH_RATIO = 1.12
"""Each frame's epoch is at least this many times the previous one, because most changes happen early."""
_IMAGE_SIDE = 96
"""Side of each image in an animation, in pixels, roughly."""
_FRAME_MILLISECONDS, _LAST_MILLISECONDS = 110, 2500
_CAPTION_HEIGHT = 28


def export(run: Run, kind: str) -> bytes:
    """Return a run as the bytes of a file.

    Args:
        run: the run.
        kind: `.csv` (metrics), `.png` (learning curve), `.webp` or `.gif` (sample images gaining color), or `.onnx`
            (the network with its best weights).

    Raises:
        InputError: there is no such kind, or the run has nothing to export yet.
    """
    if kind == ".csv":
        return run.metrics().to_csv(index=False).encode()
    if kind == ".png":
        from colorizer.runs.charts import ChartSettings, Curve, curves_png
        from colorizer.runs.curve import overfitting_since

        metrics = run.metrics()
        since = overfitting_since(metrics)
        title = f"{run.name}: overfitting since epoch {since}" if since else run.name
        return curves_png([Curve(run.name, metrics)], ChartSettings(), title)
    if kind in ANIMATIONS:
        return animation(run, kind)
    if kind == ".onnx":
        return onnx_model(run)
    raise InputError(f"A run cannot be exported as {kind or 'a file without suffix'!r}: "
                     "use .csv, .png, .webp, .gif, or .onnx.")  # fmt: skip


def sample_epochs(run: Run) -> list[int]:
    """Return the epochs whose sample images are on disk, in order."""
    return sorted(int(path.stem[6:]) for path in run.samples.glob("epoch-*.png") if path.stem[6:].isdecimal())


def frame_epochs(epochs: list[int]) -> list[int]:
    """Choose the epochs worth showing in a row: all early ones, then fewer and fewer.

    The choice among earlier epochs stays the same as the run grows, so frames can be cached.
    """
    chosen: list[int] = []
    for epoch in epochs:
        if not chosen or epoch >= round(chosen[-1] * _EPOCH_RATIO):
            chosen.append(epoch)
    return chosen


def sample_path(run: Run, epoch: int) -> Path:
    """Return the file with the sample images of an epoch."""
    return run.samples / f"epoch-{epoch:05d}.png"


def read_samples(path: Path) -> np.ndarray:
    """Read sample images, side by side: `(H, n * H, 3)` uint8.

    Raises:
        InputError: the file is missing or damaged.
    """
    try:
        files.require_regular(path)
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        raise InputError(f"The sample images {path} cannot be read ({error}).") from None
    return decode_image(data, path.name).pixels


def animation(run: Run, kind: str = ".webp") -> bytes:
    """Return a looping animation of the sample images: gray above, colorized in the middle, the originals below.

    Raises:
        InputError: the run has no sample images, or they are damaged.
    """
    epochs = sample_epochs(run)
    if not epochs:
        raise InputError(f"The run {run.name!r} has no sample images yet: they appear after the first epoch.")
    gray, original = read_samples(run.samples / "gray.png"), read_samples(run.samples / "true.png")
    chosen = sorted({*frame_epochs(epochs), epochs[-1]})
    frames = [_frame(run.name, epoch, gray, read_samples(sample_path(run, epoch)), original) for epoch in chosen]
    durations = [_FRAME_MILLISECONDS] * (len(frames) - 1) + [_LAST_MILLISECONDS]
    buffer = io.BytesIO()
    frames[0].save(
        buffer, ANIMATIONS[kind], save_all=True, append_images=frames[1:], duration=durations, loop=0,
        **({"quality": 90, "method": 3} if kind == ".webp" else {}),
    )  # fmt: skip
    return buffer.getvalue()


def _frame(name: str, epoch: int, gray: np.ndarray, colorized: np.ndarray, original: np.ndarray) -> Image.Image:
    factor = max(1, _IMAGE_SIDE // gray.shape[0])
    rows = np.concatenate([gray, colorized, original]).repeat(factor, 0).repeat(factor, 1)
    frame = Image.new("RGB", (rows.shape[1], rows.shape[0] + _CAPTION_HEIGHT), "#161412")
    frame.paste(Image.fromarray(rows), (0, 0))
    font = ImageFont.load_default(16)
    text = f"{name}  ·  epoch {epoch}"
    ImageDraw.Draw(frame).text((10, rows.shape[0] + 5), text, fill="#f4efe7", font=font)
    return frame


def onnx_model(run: Run) -> bytes:
    """Convert a run's network, with its best weights, to ONNX.

    Its input is luma `(N, 1, H, W)` in [0, 1], its output RGB `(N, 3, H, W)` in [0, 1], both float32. N is free; H and
    W are too, unless the architecture takes images of one size.

    Raises:
        InputError: the packages for the conversion are not installed, or the weights cannot be used.
    """
    if missing := [name for name in _ONNX_PACKAGES if find_spec(name) is None]:
        raise InputError(f"The ONNX export needs {' and '.join(missing)}: pip install {' '.join(missing)}")
    import torch

    from colorizer.models.base import build_model
    from colorizer.models.weights import load_weights

    model = build_model(run.config.architecture, keep_luma=run.config.keep_luma)
    load_weights(model, run.best_weights)
    size = architecture(run.config.architecture).image_size
    dynamic = torch.export.Dim.DYNAMIC
    shape = {0: dynamic} if size else {0: dynamic, 2: dynamic, 3: dynamic}
    # No multiple of the network's strides, so that its padding is converted too.
    example = torch.zeros(2, 1, size, size) if size else torch.zeros(2, 1, 100, 164)
    level = logging.root.manager.disable
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.disable(logging.WARNING)
        try:
            program = torch.onnx.export(
                model.eval(), (example,), dynamo=True, dynamic_shapes=(shape,), input_names=["gray"],
                output_names=["rgb"], verbose=False,
            )  # fmt: skip
        finally:
            logging.disable(level)
    assert program is not None
    data: bytes = program.model_proto.SerializeToString()
    return data
