"""The training itself: epochs of steps, each followed by a look at the test split."""

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType

import filelock
import numpy as np
import torch
from torch.nn import functional as F

from colorizer import atomic, jobs
from colorizer.color import luma
from colorizer.datasets.batches import in_order, on_device, training_batches
from colorizer.datasets.dataset import Dataset, load_dataset
from colorizer.errors import InputError
from colorizer.models.colorization import ColorizationModel
from colorizer.models.registry import architecture
from colorizer.models.weights import save_weights
from colorizer.runs.store import Run
from colorizer.training.checkpoint import Position, load_state, save_state
from colorizer.training.config import TrainingConfig
from colorizer.training.model_card import model_card
from colorizer.training.samples import choose_samples, save_strip
from colorizer.training.schedule import learning_rate

STUDY_BATCH = 100
"""The study added up the losses of batches of this size."""
STATUS_SECONDS = 1.0
CHECKPOINT_SECONDS = 30.0
_TEST_BATCH = 500

Say = Callable[[str], None]


def check_fits(config: TrainingConfig, dataset: Dataset) -> None:
    """Make sure that the network takes images of the dataset's size.

    Raises:
        InputError: it does not.
    """
    needed = architecture(config.architecture).size
    if needed is not None and needed != dataset.manifest.size:
        raise InputError(
            f"{config.architecture} takes images of {needed}x{needed} pixels, but the dataset "
            f"{dataset.name!r} has {dataset.manifest.size}x{dataset.manifest.size}: prepare one with "
            f"--size {needed}, or train the unet, which takes any size."
        )


def choose_device(name: str) -> torch.device:
    """The device of that name; `auto` is CUDA, else Apple's GPU, else the CPU.

    Raises:
        InputError: this computer does not have it.
    """
    has = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        return torch.device(next(kind for kind in ("cuda", "mps", "cpu") if has[kind]))
    if not has[name]:
        raise InputError(f"This computer has no {name} device that PyTorch can use: choose auto or cpu.")
    return torch.device(name)


def train(run: Run, say: Say = print) -> None:
    """Train a run from where it is to its last epoch, or until it is asked to stop.

    Its folder always tells how it is. A failure is written there too, then raised. A run that has
    finished is left as it is.

    Args:
        run: a run, new or stopped.
        say: told one line per epoch.

    Raises:
        InputError: the run is being trained already, its dataset is gone or changed, the loss is
            no number any more, or the disk is full.
    """
    lock = filelock.FileLock(run.folder / "lock")
    try:
        lock.acquire(blocking=False)
    except filelock.Timeout:
        raise InputError(f"The run {run.name!r} is being trained by another process already.") from None
    with lock:
        if run.status().state == "finished":
            say(f"The run {run.name!r} has finished all its {run.config.epochs} epochs already.")
            return
        jobs.clear_stop(run.folder)
        jobs.write_status(run.folder, "starting")
        try:
            _Training(run, say).run_epochs()
        except InputError as error:
            _write_last_words(run, str(error))
            raise
        except (OSError, MemoryError, torch.OutOfMemoryError) as error:
            message = _explain(error)
            _write_last_words(run, message)
            raise InputError(message) from error
        except BaseException as error:
            _write_last_words(run, f"The program failed ({type(error).__name__}: {error}); the log has the details.")
            raise


def _explain(error: BaseException) -> str:
    if isinstance(error, OSError):
        return f"Writing or reading failed ({error.strerror or error}): free some disk space, then resume."
    return "Memory ran out: use a smaller batch size or close other programs, then start again."


def _write_last_words(run: Run, message: str) -> None:
    # The disk may be full; the status on disk then reads "interrupted", which is true.
    with contextlib.suppress(OSError):
        jobs.write_status(run.folder, "failed", message)


class _Training:
    """One session of training a run."""

    def __init__(self, run: Run, say: Say) -> None:
        self.run, self.say, config = run, say, run.config
        dataset = load_dataset(config.dataset)
        check_fits(config, dataset)
        self.device = choose_device(config.device)
        self.train_images = on_device(dataset.images("train"), self.device)
        self.test_images = on_device(dataset.images("test"), self.device)
        torch.manual_seed(config.seed)
        self.model = ColorizationModel(
            config.architecture,
            gray_mean=dataset.manifest.gray_mean,
            gray_std=dataset.manifest.gray_std,
            luma_kept=config.keep_luma,
        )
        self.model.to(self.device).to(memory_format=torch.channels_last)  # about 1.2 times as fast on a CPU
        self.optimizer = torch.optim.Adam(
            self.model.parameters(), lr=config.learning_rate, fused=self.device.type != "mps"
        )
        self.position = Position(dataset_fingerprint=dataset.manifest.fingerprint)
        if run.state_file.exists():
            self.position = load_state(run.state_file, self.model, self.optimizer)
            if self.position.dataset_fingerprint != dataset.manifest.fingerprint:
                raise InputError(
                    f"The dataset {dataset.name!r} is not the one this run was started on: restore that one, "
                    "or start a new run."
                )
        run.keep_metrics(self.position.epoch)
        self.batches = -(-len(self.train_images) // config.batch_size)
        self.samples = choose_samples(self.test_images)
        self.started = time.monotonic() - self.position.seconds
        self.checkpointed = self.told = time.monotonic()
        self.session_images = 0
        self.session_started = time.monotonic()
        self.stopping = False

    def run_epochs(self) -> None:
        with self._stopping_on_signals():
            self._run_epochs()

    def _run_epochs(self) -> None:
        config, position = self.run.config, self.position
        self._tell()
        while position.epoch < config.epochs:
            if not self._train_epoch():
                self._checkpoint()
                jobs.write_status(self.run.folder, "stopped", progress=self._progress())
                self.say(f"Stopped in epoch {position.epoch + 1}; everything is saved. Go on with --resume.")
                return
            self._finish_epoch()
        self._checkpoint()
        self._write_card()
        jobs.write_status(self.run.folder, "finished", progress=self._progress())

    def _train_epoch(self) -> bool:
        """Train on the rest of the epoch; False if asked to stop before its end."""
        config, position = self.run.config, self.position
        self.model.train()
        # Summed on the device, because asking for each step's loss would make a GPU wait.
        precise = torch.float32 if self.device.type == "mps" else torch.float64
        error = torch.tensor(position.squared_error, dtype=precise, device=self.device)
        for rgb in training_batches(
            self.train_images, config.batch_size,
            seed=config.seed, epoch=position.epoch, flip=config.flip, start=position.batch,
        ):  # fmt: skip
            rate = self._rate(position.batch)
            for group in self.optimizer.param_groups:
                group["lr"] = rate
            loss = F.mse_loss(self.model(luma(rgb)), rgb)
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            self.optimizer.step()
            error += loss.detach() * len(rgb)
            position.batch += 1
            position.images += len(rgb)
            self.session_images += len(rgb)
            stopping = self.stopping or jobs.stop_requested(self.run.folder)
            checkpoint_due = time.monotonic() - self.checkpointed >= CHECKPOINT_SECONDS
            if stopping or checkpoint_due or self._telling_due():
                position.squared_error = error.item()
                self._check_loss(position.squared_error)
            if self._telling_due():
                self._tell()
            if stopping:
                return False
            if checkpoint_due:
                self._checkpoint()
        position.squared_error = error.item()
        self._check_loss(position.squared_error)
        return True

    def _finish_epoch(self) -> None:
        config, position = self.run.config, self.position
        test_loss = self._test_loss()
        self._check_loss(test_loss)
        rate = self._rate(self.batches - 1)
        train_loss = position.squared_error / position.images
        position.epoch += 1
        record = {
            "epoch": position.epoch,
            "step": position.epoch * self.batches,
            "seconds": round(self._seconds(), 3),
            "learning_rate": rate,
            "train_loss": train_loss,
            "test_loss": test_loss,
            "train_sum": train_loss * len(self.train_images) / STUDY_BATCH,
            "test_sum": test_loss * len(self.test_images) / STUDY_BATCH,
        }
        position.batch, position.images, position.squared_error = 0, 0, 0.0
        if test_loss < position.best_loss:
            position.best_loss, position.best_epoch = test_loss, position.epoch
            save_weights(self.model, self.run.best_weights)
        save_strip(self.model, self.samples, self.run.samples, position.epoch)
        self.run.append_metrics(record)
        if self._telling_due():
            self._tell()
        left = self._progress()["seconds_left"] or 0
        self.say(
            f"epoch {position.epoch}/{config.epochs}  train {train_loss:.6f}  test {test_loss:.6f}  "
            f"best {position.best_loss:.6f} (epoch {position.best_epoch})  {left / 60:.1f} min left"
        )

    @torch.no_grad()
    def _test_loss(self) -> float:
        self.model.eval()
        total = 0.0
        for rgb in in_order(self.test_images, _TEST_BATCH):
            total += F.mse_loss(self.model(luma(rgb)), rgb).item() * len(rgb)
            if self._telling_due():
                self._tell()
        return total / len(self.test_images)

    def _rate(self, batch: int) -> float:
        config, position = self.run.config, self.position
        return learning_rate(config, position.epoch * self.batches + batch, config.epochs * self.batches)

    def _check_loss(self, loss: float) -> None:
        if not np.isfinite(loss):
            raise InputError(
                f"The loss is no number any more in epoch {self.position.epoch + 1}: start a new run with a "
                "lower learning rate. The best weights so far are kept."
            )

    def _seconds(self) -> float:
        return time.monotonic() - self.started

    def _progress(self) -> dict[str, float | None]:
        config, position = self.run.config, self.position
        done = position.epoch + position.batch / self.batches
        rate = self.session_images / max(time.monotonic() - self.session_started, 1e-3)
        left = (config.epochs - done) * len(self.train_images)
        return {
            "epoch": position.epoch,
            "epochs": config.epochs,
            "batch": position.batch,
            "batches": self.batches,
            "share": done / config.epochs,
            "train_loss": position.squared_error / position.images if position.images else None,
            "best_epoch": position.best_epoch,
            "best_loss": position.best_loss if position.best_epoch else None,
            "images_per_second": rate,
            "seconds_left": left / rate if rate else None,
        }

    def _telling_due(self) -> bool:
        return time.monotonic() - self.told >= STATUS_SECONDS

    def _tell(self) -> None:
        jobs.write_status(self.run.folder, "running", progress=self._progress())
        self.told = time.monotonic()

    def _checkpoint(self) -> None:
        self.position.seconds = self._seconds()
        save_state(self.run.state_file, self.model, self.optimizer, self.position)
        save_weights(self.model, self.run.last_weights)
        self.checkpointed = time.monotonic()

    def _write_card(self) -> None:
        atomic.write_text(self.run.folder / "README.md", model_card(self.run))

    @contextlib.contextmanager
    def _stopping_on_signals(self) -> Iterator[None]:
        """Take Ctrl-C and a polite kill for the wish to stop."""

        def stop(number: int, frame: FrameType | None) -> None:
            self.stopping = True

        if threading.current_thread() is not threading.main_thread():
            yield  # Only the main thread may listen for signals.
            return
        before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
