"""What training records for people: its throughput, strips of sample images, TensorBoard events, the model card."""

import contextlib
import importlib.util
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import torch
from PIL import Image
from torch import Tensor

from colorizer import files
from colorizer.color import luma
from colorizer.datasets.loader import to_float
from colorizer.models.base import ColorizationModel, build_model
from colorizer.models.registry import architecture
from colorizer.runs import Run
from colorizer.training.checkpoint import TrainState

SAMPLE_COUNT = 12
TENSORBOARD_FOLDER = "tensorboard"
_FLUSH_SECONDS = 10
_MAX_STEP_LINES = 2000
"""Lines of steps.jsonl that remain when it is thinned out."""

Progress = dict[str, Any]
"""The progress of a run, as saved in its status; the keys are those of `Throughput.progress`."""


class Throughput:
    """The clock of one training session, which excludes pauses."""

    def __init__(self, seconds_before: float) -> None:
        """
        Args:
            seconds_before: duration of earlier sessions.
        """
        self._started = time.monotonic()
        self._seconds_before = seconds_before
        self.images = 0
        """Images trained on in this session."""

    @property
    def seconds(self) -> float:
        """Training time so far, over all sessions."""
        return self._seconds_before + time.monotonic() - self._started

    def exclude(self, seconds: float) -> None:
        """Exclude a pause that has just ended."""
        self._started += seconds

    def progress(
        self,
        state: TrainState,
        *,
        epochs: int,
        batches: int,
        images: int,
        learning_rate: float,
        device: torch.device,
    ) -> Progress:
        """Return the progress of the run.

        Args:
            state: its state.
            epochs: epochs of the whole run.
            batches: batches per epoch.
            images: training images.
            learning_rate: of the next step.
            device: the device it computes on.
        """
        done = state.epoch + state.batch / batches
        rate = self.images / max(time.monotonic() - self._started, 1e-3)
        return {
            "epoch": state.epoch,
            "epochs": epochs,
            "batch": state.batch,
            "batches": batches,
            "share": done / epochs,
            "train_loss": state.squared_error / state.images if state.images else None,
            "best_epoch": state.best_epoch,
            "best_loss": state.best_loss if state.best_epoch else None,
            "images_per_second": rate,
            "seconds_left": (epochs - done) * images / rate if rate else None,
            "learning_rate": learning_rate,
            "memory_bytes": psutil.Process().memory_info().rss,
            "gpu_memory_bytes": torch.cuda.max_memory_allocated(device) if device.type == "cuda" else None,
            "device": str(device),
        }


class StepLog:
    """Writes steps.jsonl, the live curve within epochs: at most one line per second and fewer than 4,000 lines.

    When the file is full, every second line is dropped, and from then on lines come as far apart as those that remain.
    """

    def __init__(self, run: Run, state: TrainState, step: int, device: torch.device) -> None:
        """
        Args:
            run: the run.
            state: where training starts or resumes.
            step: optimizer steps so far; later lines, of an interrupted session, are dropped.
            device: the device it computes on.
        """
        self._run, self._device, self._process = run, device, psutil.Process()
        self._process.cpu_percent()  # The first call starts the measurement.
        self._lines = run.truncate_steps(step)
        self._last = (state.squared_error, state.images, state.seconds)

    def start_epoch(self, seconds: float) -> None:
        """Start a new epoch, whose sums start at zero."""
        self._last = (0.0, 0, seconds)

    def add(self, state: TrainState, *, step: int, batches: int, seconds: float, learning_rate: float) -> None:
        """Append a line, if it is time for one.

        Args:
            state: current state; its `squared_error` is up to date.
            step: optimizer steps so far.
            batches: batches per epoch.
            seconds: training time so far.
            learning_rate: of the last step.
        """
        squared_error, images, before = self._last
        elapsed, count = seconds - before, state.images - images
        if count == 0 or elapsed < seconds / _MAX_STEP_LINES:
            return
        self._last = (state.squared_error, state.images, seconds)
        self._run.append_step(
            {
                "epoch": round(state.epoch + state.batch / batches, 5),
                "step": step,
                "seconds": round(seconds, 3),
                "train_loss": (state.squared_error - squared_error) / count,
                "learning_rate": learning_rate,
                "images_per_second": round(count / max(elapsed, 1e-3), 2),
                "memory_bytes": self._process.memory_info().rss,
                "gpu_memory_bytes": torch.cuda.memory_allocated(self._device) if self._device.type == "cuda" else 0,
                "cpu_percent": self._process.cpu_percent(),
            }
        )
        self._lines += 1
        if self._lines >= 2 * _MAX_STEP_LINES:
            self._lines = self._run.truncate_steps(every=2)


def choose_samples(images: Tensor) -> Tensor:
    """Return up to twelve images spread evenly over a split, `(n, 3, H, W)` in [0, 1].

    Args:
        images: the split, `(N, H, W, 3)` uint8.
    """
    rows = torch.linspace(0, len(images) - 1, min(SAMPLE_COUNT, len(images))).round().long()
    return to_float(images[rows.to(images.device)])


@torch.no_grad()
def save_samples(model: ColorizationModel, samples: Tensor, folder: Path, epoch: int) -> None:
    """Write the colorized samples as the strip `epoch-<number>.png`; the first time also `gray.png` and `true.png`."""
    folder.mkdir(exist_ok=True)
    gray = luma(samples)
    model.eval()
    _write_strip(folder / f"epoch-{epoch:05d}.png", model(gray).clamp(0, 1))
    if not (folder / "true.png").exists():
        _write_strip(folder / "gray.png", gray.expand_as(samples))
        _write_strip(folder / "true.png", samples)


def _write_strip(path: Path, rgb: Tensor) -> None:
    side_by_side = torch.cat(list(rgb), dim=-1).permute(1, 2, 0)
    pixels = side_by_side.mul(255).round().to(torch.uint8).cpu().numpy()
    with files.atomic_write(path) as temporary:
        Image.fromarray(np.ascontiguousarray(pixels)).save(temporary, format="PNG")


class TensorBoard:
    """Writes metrics as TensorBoard events (`tensorboard --logdir checkpoints`), if TensorBoard is installed."""

    def __init__(self, folder: Path, epoch: int) -> None:
        """
        Args:
            folder: the run's folder.
            epoch: finished epochs; events of later ones, from an interrupted session, are purged.
        """
        self._writer = None
        if importlib.util.find_spec("tensorboard") is None:
            return
        # Neither a broken installation nor a full disk may keep anybody from training.
        with contextlib.suppress(ImportError, OSError):
            from torch.utils.tensorboard import SummaryWriter

            self._writer = SummaryWriter(
                str(folder / TENSORBOARD_FOLDER), purge_step=epoch + 1, flush_secs=_FLUSH_SECONDS
            )

    def add(self, metrics: dict[str, float]) -> None:
        """Write the metrics of one epoch."""
        if self._writer is not None:
            with contextlib.suppress(OSError):
                for name in ("train_loss", "test_loss", "learning_rate"):
                    self._writer.add_scalar(name, metrics[name], int(metrics["epoch"]))

    def close(self) -> None:
        """Flush and close the event file."""
        if self._writer is not None:
            with contextlib.suppress(OSError):
                self._writer.close()


def model_card(run: Run) -> str:
    """Return the run's model card in Markdown: its settings, its metrics and its limits."""
    config, metrics = run.config, run.metrics()
    about = architecture(config.architecture)
    best = metrics.iloc[int(metrics.test_loss.argmin())]
    settings = "\n".join(f"| {name} | {value} |" for name, value in vars(config).items())
    return f"""# {run.name}

{about.title}, {build_model(config.architecture).parameters_count:,} parameters. {about.summary}

Trained on the dataset `{config.dataset}` for {len(metrics)} epochs in {metrics.seconds.iloc[-1] / 60:.0f} minutes
with PyTorch {torch.__version__.partition("+")[0]}. The weights in `best.safetensors` are those of epoch
{best.epoch:.0f}, in half precision.

| | mean squared error |
|---|---|
| training images, augmented | {best.train_loss:.6f} |
| test images | {best.test_loss:.6f} |

`metrics.jsonl` holds the metrics of all epochs.

| setting | value |
|---|---|
{settings}

**Limits.** Its colors are guesses from brightness and shape, not facts about what was photographed. It knows only what
its training images showed.
{about.model_class.limits}
"""
