"""The training loop: epochs of steps, each followed by an evaluation on the test split."""

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
from colorizer.datasets.loader import to_device, training_batches
from colorizer.errors import InputError, TrainingError, UserError
from colorizer.models.weights import save_weights
from colorizer.runs import Run
from colorizer.text import duration
from colorizer.training.checkpoint import TrainState, load_checkpoint, save_checkpoint
from colorizer.training.distributed import DistContext
from colorizer.training.failures import FailureReporter, as_user_error
from colorizer.training.learner import Learner, choose_device, validate_fits
from colorizer.training.records import (
    Progress,
    StepLog,
    TensorBoard,
    Throughput,
    choose_samples,
    model_card,
    save_samples,
)

STATUS_SECONDS = 1.0
CHECKPOINT_SECONDS = 30.0
_PAUSE_POLL_SECONDS = 0.2

Log = Callable[[str], None]
OnProgress = Callable[[Progress], None]


def train(
    run: Run,
    log: Log = print,
    on_progress: OnProgress = lambda progress: None,
    dist: DistContext | None = None,
) -> None:
    """Train a run from where it is to its last epoch, or until it is asked to stop.

    The status in its folder is always up to date. A failure is written there too, then raised. A run that has finished
    all its epochs is left as it is.

    Args:
        run: a run, new or stopped.
        log: called with one line per epoch.
        on_progress: called with the progress about once a second.
        dist: the processes that train together, each of which calls this.

    Raises:
        InputError: the run is already being trained, or its dataset is missing or has changed.
        OutputError: the disk is full.
        TrainingError: the loss is no longer finite, or memory ran out.
    """
    dist = dist or DistContext()
    if run.is_finished():
        if dist.is_main_process:
            log(f"The run {run.name!r} has already finished all of its {run.config.epochs} epochs.")
        return
    if not dist.is_main_process:
        with _raise_user_errors():
            _Training(run, lambda line: None, lambda progress: None, dist).run_epochs()
        return
    lock = filelock.FileLock(run.folder / "lock")
    try:
        acquired = lock.acquire(blocking=False)
    except filelock.Timeout:
        raise InputError(f"The run {run.name!r} is already being trained by another process.") from None
    with acquired, FailureReporter(run.folder) as failures, jobs.heartbeat(run.folder):
        before = run.status()
        if before.pid != os.getpid():  # Otherwise it was launched, and may have been asked to stop since.
            jobs.clear_stop(run.folder)
            jobs.clear_pause(run.folder)
        jobs.write_status(run.folder, "starting", progress=before.progress)
        with _raise_user_errors(failures.report):
            files.remove_temporary(run.folder)
            _Training(run, log, on_progress, dist).run_epochs()


@contextlib.contextmanager
def _raise_user_errors(report: Callable[[BaseException], None] = lambda error: None) -> Iterator[None]:
    """Report any failure, and raise a `UserError` instead of one that was foreseen."""
    try:
        yield
    except BaseException as error:
        report(error)
        shown = as_user_error(error)
        if shown is None or shown is error:
            raise
        raise shown from error


class _Due(NamedTuple):
    """What to do between two steps; the same in all processes."""

    stop: bool
    pause: bool
    checkpoint: bool
    status: bool


class _Training:
    """One session of training a run."""

    def __init__(self, run: Run, log: Log, on_progress: OnProgress, dist: DistContext) -> None:
        self.run, self.dist, config = run, dist, run.config
        self._log_to, self._show_progress = log, on_progress
        dataset = load_dataset(config.dataset)
        validate_fits(config, dataset)
        device = choose_device(config, dist.local_rank)
        self.train_images = to_device(dataset.images("train"), device)
        self.test_images = to_device(dataset.images("test"), device)
        self.learner = Learner(config, dataset.manifest, device, dist, is_new=not run.state_file.exists())
        self.state = TrainState(dataset_fingerprint=dataset.manifest.fingerprint)
        if run.state_file.exists():
            self.state = load_checkpoint(run.state_file, self.learner)
        self._validate_dataset()
        self._start_cycle()
        self.batches = -(-len(self.train_images) // config.batch_size)
        self.samples = choose_samples(self.test_images)
        self.throughput = Throughput(self.state.seconds)
        self.last_checkpoint = self.last_status = time.monotonic()
        self.stopping = False
        dist.barrier()  # Every process has read the checkpoint before rank 0 writes another.
        if dist.is_main_process:
            run.truncate_metrics(self.state.epoch)
        self.tensorboard = TensorBoard(run.folder, self.state.epoch) if dist.is_main_process else None
        self.step_log = StepLog(run, self.state, self._steps(), device) if dist.is_main_process else None

    def _start_cycle(self) -> None:
        """Start a new cycle of the learning rate if a finished run was extended."""
        state, epochs = self.state, self.run.config.epochs
        if state.cycle_end and state.epoch >= state.cycle_end < epochs:
            state.cycle_start = state.epoch
        state.cycle_end = epochs

    def run_epochs(self) -> None:
        with self._stop_on_signals():
            self._run_epochs()
        if self.tensorboard:
            self.tensorboard.close()

    def _run_epochs(self) -> None:
        state = self.state
        self._write_status()
        while state.epoch < self.run.config.epochs:
            if not self._train_epoch():
                self._save_checkpoint()
                self._conclude("stopped")
                self._log(f"Stopped in epoch {state.epoch + 1}. Progress is saved; continue with --resume.")
                return
            self._finish_epoch()
        self._save_checkpoint()
        self._conclude("finished")

    def _train_epoch(self) -> bool:
        """Train on the rest of the epoch; return False if asked to stop before its end."""
        config, state = self.run.config, self.state
        # Each process sums up its own share; only rank 0 continues the sum of an interrupted epoch.
        squared_error = torch.tensor(
            state.squared_error if self.dist.is_main_process else 0.0,
            dtype=self.learner.precise, device=self.learner.device,
        )  # fmt: skip
        for rgb in training_batches(
            self.train_images, config.batch_size,
            flip=config.flip, random_shift=config.random_shift, crop=config.crop, seed=config.seed,
            epoch=state.epoch, first_batch=state.batch, rank=self.dist.rank, world_size=self.dist.world_size,
        ):  # fmt: skip
            batch_size = min(config.batch_size, len(self.train_images) - state.batch * config.batch_size)
            squared_error += self.learner.step(rgb, self._steps(), self._learning_rate(state.batch), batch_size)
            state.batch += 1
            state.images += batch_size
            self.throughput.images += batch_size
            due = self._due()
            if any(due):
                self._check_loss(squared_error)
                if due.stop or due.status:
                    self._validate_dataset_or_save()
                if due.status:
                    self._record_step()
                    self._write_status()
                if due.checkpoint or due.pause:
                    self._save_checkpoint()
                if due.stop or (due.pause and not self._wait_while_paused()):
                    return False
        self._check_loss(squared_error)
        return True

    def _record_step(self) -> None:
        if self.step_log:
            self.step_log.add(
                self.state,
                step=self._steps(),
                batches=self.batches,
                seconds=self.throughput.seconds,
                learning_rate=self._learning_rate(self.state.batch - 1),
            )

    def _finish_epoch(self) -> None:
        state = self.state
        test_loss = self.learner.test_error(self.test_images, on_batch=self._write_status_if_due)
        self._check_finite(test_loss)
        learning_rate = self._learning_rate(self.batches - 1)
        train_loss = state.squared_error / state.images
        state.epoch += 1
        state.batch, state.images, state.squared_error = 0, 0, 0.0
        is_best = test_loss < state.best_loss
        if is_best:
            state.best_loss, state.best_epoch = test_loss, state.epoch
        if self.dist.is_main_process:
            self._record_epoch(train_loss, test_loss, learning_rate, is_best)
        if self.step_log:
            self.step_log.start_epoch(self.throughput.seconds)

    def _record_epoch(self, train_loss: float, test_loss: float, learning_rate: float, is_best: bool) -> None:
        state, model = self.state, self.learner.ema_model
        if is_best:
            save_weights(model, self.run.best_weights)
        save_samples(model, self.samples, self.run.samples, state.epoch)
        metrics = {
            "epoch": state.epoch,
            "step": self._steps(),
            "seconds": round(self.throughput.seconds, 3),
            "learning_rate": learning_rate,
            "train_loss": train_loss,
            "test_loss": test_loss,
        }
        self.run.append_metrics(metrics)
        if self.tensorboard:
            self.tensorboard.add(metrics)
        self._write_status_if_due()
        left = self._progress()["seconds_left"] or 0
        self._log(
            f"epoch {state.epoch}/{self.run.config.epochs}  train {train_loss:.6f}  test {test_loss:.6f}  "
            f"best {state.best_loss:.6f} (epoch {state.best_epoch})  {duration(left)} left"
        )

    def _steps(self) -> int:
        """Return the number of optimizer steps so far, in all epochs."""
        return self.state.epoch * self.batches + self.state.batch

    def _learning_rate(self, batch: int) -> float:
        state = self.state
        first, last = state.cycle_start * self.batches, state.cycle_end * self.batches
        return self.run.config.learning_rate_at(state.epoch * self.batches + batch - first, last - first)

    def _due(self) -> _Due:
        now, folder, is_main = time.monotonic(), self.run.folder, self.dist.is_main_process
        return _Due(
            *self.dist.any(
                (
                    self.stopping or (is_main and jobs.stop_requested(folder)),
                    is_main and jobs.pause_requested(folder),
                    is_main and now - self.last_checkpoint >= CHECKPOINT_SECONDS,
                    is_main and now - self.last_status >= STATUS_SECONDS,
                )
            )
        )

    def _wait_while_paused(self) -> bool:
        """Sleep until asked to resume; return False if asked to stop instead."""
        started = time.monotonic()
        self._write_status("paused")
        self._log(f"Paused in epoch {self.state.epoch + 1}. Progress is saved.")
        while (due := self._due()).pause and not due.stop:
            time.sleep(_PAUSE_POLL_SECONDS)
            if due.status:
                self._write_status("paused")
        self.throughput.exclude(time.monotonic() - started)
        self.last_checkpoint = time.monotonic()
        if not due.stop:
            self._write_status()
        return not due.stop

    def _check_loss(self, squared_error: torch.Tensor) -> None:
        """Sum up the error of all processes, which waits for the device, and make sure that it is finite."""
        self.state.squared_error = self.dist.sum(squared_error)
        self._check_finite(self.state.squared_error)

    def _check_finite(self, loss: float) -> None:
        if not np.isfinite(loss):
            raise TrainingError(
                f"The loss is no longer a finite number in epoch {self.state.epoch + 1}: start a new run with a lower "
                "learning rate. The best weights so far are saved."
            )

    def _validate_dataset_or_save(self) -> None:
        try:
            self._validate_dataset()
        except UserError:
            self._save_checkpoint()
            raise

    def _validate_dataset(self) -> None:
        """Make sure that the dataset exists and is the one that this run was started on."""
        dataset = load_dataset(self.run.config.dataset)
        if self.state.dataset_fingerprint != dataset.manifest.fingerprint:
            raise InputError(
                f"The dataset {dataset.name!r} has changed since this run was started: restore it, or start a new run."
            )

    def _progress(self) -> Progress:
        return self.throughput.progress(
            self.state,
            epochs=self.run.config.epochs,
            batches=self.batches,
            images=len(self.train_images),
            learning_rate=self._learning_rate(min(self.state.batch, self.batches - 1)),
            device=self.learner.device,
        )

    def _write_status_if_due(self) -> None:
        if time.monotonic() - self.last_status >= STATUS_SECONDS:
            self._write_status()

    def _write_status(self, status: str = "running") -> None:
        self.last_status = time.monotonic()
        if self.dist.is_main_process:
            progress = self._progress()
            jobs.write_status(self.run.folder, status, progress=progress)
            with self._output():
                self._show_progress(progress)

    def _save_checkpoint(self) -> None:
        self.state.seconds = self.throughput.seconds
        if self.dist.is_main_process:
            save_checkpoint(self.run.state_file, self.learner, self.state)
        self.last_checkpoint = time.monotonic()

    def _conclude(self, status: str) -> None:
        """Leave the run complete: with its model card and its final status."""
        if self.dist.is_main_process:
            jobs.clear_stop(self.run.folder)
            if self.state.best_epoch:
                files.write_text(self.run.folder / "README.md", model_card(self.run))
            self._write_status(status)

    def _log(self, line: str) -> None:
        with self._output():
            self._log_to(line)

    @contextlib.contextmanager
    def _output(self) -> Iterator[None]:
        """Ignore write errors while training stops: after SIGHUP the terminal is gone."""
        try:
            yield
        except OSError:
            if not self.stopping:
                raise

    @contextlib.contextmanager
    def _stop_on_signals(self) -> Iterator[None]:
        """Treat SIGINT (Ctrl+C), SIGTERM and SIGHUP (a closed terminal) as requests to stop."""

        def stop(number: int, frame: FrameType | None) -> None:
            self.stopping = True

        if threading.current_thread() is not threading.main_thread():
            yield  # Only the main thread can handle signals.
            return
        numbers = [signal.SIGINT, signal.SIGTERM]
        if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup ignores it.
            numbers.append(signal.SIGHUP)
        before = {number: signal.signal(number, stop) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
