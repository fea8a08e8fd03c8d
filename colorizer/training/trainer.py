"""The training itself: epochs of steps, each followed by a look at the test split."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import NamedTuple

import filelock
import numpy as np
import torch

from colorizer import files, jobs
from colorizer.datasets.dataset import load_dataset
from colorizer.datasets.loader import on_device, training_batches
from colorizer.errors import InputError, UserError
from colorizer.models.weights import save_weights
from colorizer.runs.store import Run
from colorizer.study import study_sum
from colorizer.text import duration
from colorizer.training.checkpoint import TrainState, load_state, save_state
from colorizer.training.distributed import DistContext
from colorizer.training.failures import FailureReporter, explain
from colorizer.training.learner import Learner, choose_device, validate_fits
from colorizer.training.model_card import model_card
from colorizer.training.progress import Progress, Throughput
from colorizer.training.samples import choose_samples, save_strip
from colorizer.training.schedule import learning_rate
from colorizer.training.tensorboard import Events

STATUS_SECONDS = 1.0
CHECKPOINT_SECONDS = 30.0
_PAUSE_SECONDS = 0.2

Say = Callable[[str], None]
Watch = Callable[[Progress], None]


def train(run: Run, say: Say = print, watch: Watch = lambda progress: None, dist: DistContext | None = None) -> None:
    """Train a run from where it is to its last epoch, or until it is asked to stop.

    Its folder always tells how it is. A failure is written there too, then raised. A run that has
    finished all its epochs is left as it is.

    Args:
        run: a run, new or stopped.
        say: told one line per epoch.
        watch: told the progress about once a second.
        dist: the processes that train together, each calling this.

    Raises:
        InputError: the run is being trained already, its dataset is gone or changed, the loss is
            no number any more, the disk is full, or memory ran out.
    """
    dist = dist or DistContext()
    if run.is_finished():
        if dist.leads:
            say(f"The run {run.name!r} has finished all its {run.config.epochs} epochs already.")
        return
    if not dist.leads:
        _Training(run, lambda line: None, lambda progress: None, dist).run_epochs()
        return
    lock = filelock.FileLock(run.folder / "lock")
    try:
        lock.acquire(blocking=False)
    except filelock.Timeout:
        raise InputError(f"The run {run.name!r} is being trained by another process already.") from None
    with lock, FailureReporter(run.folder) as last_words, jobs.heartbeat(run.folder):
        before = run.status()
        if before.pid != os.getpid():  # Otherwise it was launched, and may have been asked to stop since.
            jobs.clear_stop(run.folder)
            jobs.clear_pause(run.folder)
        jobs.write_status(run.folder, "starting", progress=before.progress)
        try:
            files.remove_leftovers(run.folder)
            _Training(run, say, watch, dist).run_epochs()
        except BaseException as error:
            last_words.write(error)
            message = explain(error)
            if message and not isinstance(error, UserError):
                raise InputError(message) from error
            raise


class _Due(NamedTuple):
    """What is to be done between two steps; the same for all processes."""

    stop: bool
    pause: bool
    checkpoint: bool
    tell: bool


class _Training:
    """One session of training a run."""

    def __init__(self, run: Run, say: Say, watch: Watch, dist: DistContext) -> None:
        self.run, self.say, self.watch, self.dist, config = run, say, watch, dist, run.config
        dataset = load_dataset(config.dataset)
        validate_fits(config, dataset)
        device = choose_device(config, dist.local_rank)
        self.train_images = on_device(dataset.images("train"), device)
        self.test_images = on_device(dataset.images("test"), device)
        self.learner = Learner(config, dataset.manifest, device, dist, is_new=not run.state_file.exists())
        self.position = TrainState(dataset_fingerprint=dataset.manifest.fingerprint)
        if run.state_file.exists():
            self.position = load_state(run.state_file, self.learner)
        self._check_dataset()
        self._begin_cycle()
        self.batches = -(-len(self.train_images) // config.batch_size)
        self.samples = choose_samples(self.test_images)
        self.pace = Throughput(self.position.seconds)
        self.checkpointed = self.told = time.monotonic()
        self.stopping = False
        dist.wait()  # All have read the state before the lead writes another.
        if dist.leads:
            run.keep_metrics(self.position.epoch)
        self.events = Events(run.folder, self.position.epoch) if dist.leads else None

    def _begin_cycle(self) -> None:
        """A run that goes on after its last epoch starts a new cycle of its learning rate."""
        position, epochs = self.position, self.run.config.epochs
        if position.cycle_end and position.epoch >= position.cycle_end < epochs:
            position.cycle_start = position.epoch
        position.cycle_end = epochs

    def run_epochs(self) -> None:
        with self._stopping_on_signals():
            self._run_epochs()
        if self.events:
            self.events.close()

    def _run_epochs(self) -> None:
        config, position = self.run.config, self.position
        self._tell()
        while position.epoch < config.epochs:
            if not self._train_epoch():
                self._checkpoint()
                self._conclude("stopped")
                self.say(f"Stopped in epoch {position.epoch + 1}; everything is saved. Go on with --resume.")
                return
            self._finish_epoch()
        self._checkpoint()
        self._conclude("finished")

    def _train_epoch(self) -> bool:
        """Train on the rest of the epoch; False if asked to stop before its end."""
        config, position = self.run.config, self.position
        # Each process adds up its own part; only the lead goes on from what was added up before.
        error = torch.tensor(
            position.squared_error if self.dist.leads else 0.0,
            dtype=self.learner.precise, device=self.learner.device,
        )  # fmt: skip
        for rgb in training_batches(
            self.train_images, config.batch_size,
            flip=config.flip, shift=config.shift, crop=config.crop,
            seed=config.seed, epoch=position.epoch, start=position.batch, rank=self.dist.rank, size=self.dist.size,
        ):  # fmt: skip
            whole = min(config.batch_size, len(self.train_images) - position.batch * config.batch_size)
            error += self.learner.step(rgb, self._steps(), self._rate(position.batch), whole)
            position.batch += 1
            position.images += whole
            self.pace.images += whole
            due = self._due()
            if any(due):
                self._check_loss(error)
                if due.stop or due.tell:
                    self._check_dataset_still()
                if due.tell:
                    self._tell()
                if due.checkpoint or due.pause:
                    self._checkpoint()
                if due.stop or (due.pause and not self._wait_while_paused()):
                    return False
        self._check_loss(error)
        return True

    def _finish_epoch(self) -> None:
        position = self.position
        test_loss = self.learner.test_error(self.test_images, between=self._tell_if_due)
        self._check_number(test_loss)
        rate = self._rate(self.batches - 1)
        train_loss = position.squared_error / position.images
        position.epoch += 1
        position.batch, position.images, position.squared_error = 0, 0, 0.0
        is_best = test_loss < position.best_loss
        if is_best:
            position.best_loss, position.best_epoch = test_loss, position.epoch
        if self.dist.leads:
            self._write_epoch(train_loss, test_loss, rate, is_best)

    def _write_epoch(self, train_loss: float, test_loss: float, rate: float, is_best: bool) -> None:
        position, model = self.position, self.learner.kept
        if is_best:
            save_weights(model, self.run.best_weights)
        save_strip(model, self.samples, self.run.samples, position.epoch)
        record = {
            "epoch": position.epoch,
            "step": position.epoch * self.batches,
            "seconds": round(self.pace.seconds, 3),
            "learning_rate": rate,
            "train_loss": train_loss,
            "test_loss": test_loss,
            "train_sum": study_sum(train_loss, len(self.train_images)),
            "test_sum": study_sum(test_loss, len(self.test_images)),
        }
        self.run.append_metrics(record)
        if self.events:
            self.events.add(record)
        self._tell_if_due()
        left = self._progress()["seconds_left"] or 0
        self.say(
            f"epoch {position.epoch}/{self.run.config.epochs}  train {train_loss:.6f}  test {test_loss:.6f}  "
            f"best {position.best_loss:.6f} (epoch {position.best_epoch})  {duration(left)} left"
        )

    def _steps(self) -> int:
        """Steps of the optimizer so far, in all epochs."""
        return self.position.epoch * self.batches + self.position.batch

    def _rate(self, batch: int) -> float:
        position = self.position
        first, last = position.cycle_start * self.batches, position.cycle_end * self.batches
        return learning_rate(self.run.config, position.epoch * self.batches + batch - first, last - first)

    def _due(self) -> _Due:
        now, folder, leads = time.monotonic(), self.run.folder, self.dist.leads
        return _Due(
            *self.dist.any(
                (
                    self.stopping or (leads and jobs.stop_requested(folder)),
                    leads and jobs.pause_requested(folder),
                    leads and now - self.checkpointed >= CHECKPOINT_SECONDS,
                    leads and now - self.told >= STATUS_SECONDS,
                )
            )
        )

    def _wait_while_paused(self) -> bool:
        """Sleep until asked to go on; False if asked to stop instead."""
        began = time.monotonic()
        self._tell("paused")
        self.say(f"Paused in epoch {self.position.epoch + 1}; everything is saved.")
        while (due := self._due()).pause and not due.stop:
            time.sleep(_PAUSE_SECONDS)
            if due.tell:
                self._tell("paused")
        self.pace.leave_out(time.monotonic() - began)
        self.checkpointed = time.monotonic()
        if not due.stop:
            self._tell()
        return not due.stop

    def _check_loss(self, error: torch.Tensor) -> None:
        """Take the error so far from the device, of all processes, and make sure that it is a number."""
        self.position.squared_error = self.dist.sum(error)
        self._check_number(self.position.squared_error)

    def _check_number(self, loss: float) -> None:
        if not np.isfinite(loss):
            raise InputError(
                f"The loss is no number any more in epoch {self.position.epoch + 1}: start a new run with a "
                "lower learning rate. The best weights so far are kept."
            )

    def _check_dataset_still(self) -> None:
        try:
            self._check_dataset()
        except UserError:
            self._checkpoint()
            raise

    def _check_dataset(self) -> None:
        """Make sure that the dataset is there and the one that this run was started on."""
        dataset = load_dataset(self.run.config.dataset)
        if self.position.dataset_fingerprint != dataset.manifest.fingerprint:
            raise InputError(
                f"The dataset {dataset.name!r} is not the one this run was started on: restore that one, "
                "or start a new run."
            )

    def _progress(self) -> Progress:
        return self.pace.progress(
            self.position,
            epochs=self.run.config.epochs,
            batches=self.batches,
            images=len(self.train_images),
            rate=self._rate(min(self.position.batch, self.batches - 1)),
            device=self.learner.device,
        )

    def _tell_if_due(self) -> None:
        if time.monotonic() - self.told >= STATUS_SECONDS:
            self._tell()

    def _tell(self, state: str = "running") -> None:
        self.told = time.monotonic()
        if self.dist.leads:
            progress = self._progress()
            jobs.write_status(self.run.folder, state, progress=progress)
            self.watch(progress)

    def _checkpoint(self) -> None:
        self.position.seconds = self.pace.seconds
        if self.dist.leads:
            save_state(self.run.state_file, self.learner, self.position)
            save_weights(self.learner.kept, self.run.last_weights)
        self.checkpointed = time.monotonic()

    def _conclude(self, state: str) -> None:
        """Leave the run as something complete: with its card, and saying how it ended."""
        if self.dist.leads:
            jobs.clear_stop(self.run.folder)
            if self.position.best_epoch:
                files.write_text(self.run.folder / "README.md", model_card(self.run))
            self._tell(state)

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
