"""A run is a folder in `checkpoints/`: what was asked for, how it went, and what came out.

checkpoints/<run>/
    config.json           the settings
    status.json           how it is now
    metrics.jsonl         one line per epoch
    log.txt               what its trainings printed
    tensorboard/          event files, if TensorBoard is installed
    samples/              the same test pictures, colored after each epoch
    best.safetensors      weights of the epoch with the lowest test loss, half precision
    state.safetensors     everything needed to resume
    evaluations/          figures by `evaluate`
    README.md             the model card
"""

import contextlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import filelock
import pandas as pd

from colorizer import files, jobs, workspace
from colorizer.errors import InputError
from colorizer.runs.config import RESERVED_NAMES, TrainingConfig

GRAY = "gray"
"""Name under which the gray copy, doing nothing, stands beside the runs."""
METRICS = ("epoch", "step", "seconds", "learning_rate", "train_loss", "test_loss")
"""Columns of metrics.jsonl. Losses are mean squared errors."""


@dataclass(frozen=True)
class Run:
    """A run on disk."""

    folder: Path
    config: TrainingConfig

    @property
    def name(self) -> str:
        """The name of its folder."""
        return self.folder.name

    @property
    def best_weights(self) -> Path:
        """Weights of the best epoch."""
        return self.folder / "best.safetensors"

    @property
    def state_file(self) -> Path:
        """Everything needed to resume."""
        return self.folder / "state.safetensors"

    @property
    def samples(self) -> Path:
        """Folder of the sample strips."""
        return self.folder / "samples"

    def status(self) -> jobs.Status:
        """How it is now."""
        return jobs.read_status(self.folder)

    def is_finished(self) -> bool:
        """Whether all epochs that its settings ask for are done."""
        if self.status().state != "finished":
            return False
        epochs = self.metrics().epoch
        return not epochs.empty and int(epochs.max()) >= self.config.epochs

    def metrics(self) -> pd.DataFrame:
        """One row per finished epoch, columns as in `METRICS`. Torn and damaged lines are left out."""
        return pd.DataFrame(self._metric_lines(), columns=list(METRICS))

    def append_metrics(self, record: dict[str, float]) -> None:
        """Add the line of one epoch."""
        with (self.folder / "metrics.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")

    def keep_metrics(self, epochs: int) -> None:
        """Drop the lines of epochs after `epochs`, which a resumed training will write again."""
        lines = [line for line in self._metric_lines() if line["epoch"] <= epochs]
        files.write_text(self.folder / "metrics.jsonl", "".join(json.dumps(line) + "\n" for line in lines))

    def _metric_lines(self) -> list[dict[str, float]]:
        try:
            text = (self.folder / "metrics.jsonl").read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return []
        return [record for line in text.splitlines() if (record := metrics_of(line))]


def metrics_of(line: str | bytes) -> dict[str, float] | None:
    """One line of metrics.jsonl; nothing if it is torn or damaged."""
    try:
        record = json.loads(line)
        values = {name: record[name] for name in METRICS}
    except (ValueError, KeyError, TypeError):
        return None
    return values if all(isinstance(value, int | float) for value in values.values()) else None


def create_run(name: str, config: TrainingConfig) -> Run:
    """Make the folder of a new run. Of two who try the same name at once, one wins.

    Raises:
        InputError: the name is taken or cannot be a folder, or nothing can be written there.
    """
    folder = _new_folder(name)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir()
        files.write_json(folder / "config.json", asdict(config))
    except FileExistsError:
        raise InputError(
            f"There is a run {name!r} already: choose another name, or go on with it with --resume."
        ) from None
    except OSError as error:
        with contextlib.suppress(OSError):
            folder.rmdir()
        raise files.write_error(folder, error) from None
    return Run(folder, config)


def validate_new_name(name: str) -> None:
    """Make sure that a new run can have this name.

    Raises:
        InputError: it is taken or cannot be a folder.
    """
    if _new_folder(name).exists():
        raise InputError(f"There is a run {name!r} already: choose another name.")


def _new_folder(name: str) -> Path:
    folder = workspace.checkpoints_folder() / workspace.validate_name(name, "run")
    if name == GRAY:
        raise InputError(f"{GRAY!r} is what the gray copy is called in every table: choose another name.")
    if name in RESERVED_NAMES:
        raise InputError(f"{name!r} is reserved for settings of a training: choose another name.")
    return folder


def rename_run(run: Run, name: str) -> Run:
    """Give a run another name.

    Raises:
        InputError: it is being trained, or the name is taken or cannot be a folder.
    """
    target = _new_folder(name)
    with _nobody_training(run, "renamed"):
        if target.exists():
            raise InputError(f"There is a run {name!r} already: choose another name.")
        try:
            run.folder.rename(target)
        except OSError as error:
            raise InputError(f"The run {run.name!r} cannot be renamed ({error.strerror}).") from None
        card = target / "README.md"
        if card.is_file():
            old = card.read_text(encoding="utf-8")
            files.write_text(card, old.replace(f"# {run.name}\n", f"# {name}\n", 1))
    return Run(target, run.config)


def delete_run(run: Run) -> None:
    """Delete a run's folder. It disappears at once, even if emptying it is cut off.

    Raises:
        InputError: it is being trained, or cannot be deleted.
    """
    with _nobody_training(run, "deleted"):
        hidden = run.folder.with_name(f".deleted-{run.name}-{os.getpid()}-{time.time_ns()}")
        try:
            run.folder.rename(hidden)
        except OSError as error:
            raise InputError(f"The run {run.name!r} cannot be deleted ({error.strerror}).") from None
    shutil.rmtree(hidden, ignore_errors=True)


@contextlib.contextmanager
def _nobody_training(run: Run, done: str) -> Iterator[None]:
    if run.folder.parent != workspace.checkpoints_folder():
        raise InputError(f"The run {run.name!r} comes with Colorizer and cannot be {done}.")
    busy = InputError(f"The run {run.name!r} is being trained: stop it first, then it can be {done}.")
    try:
        with starting_lock(), filelock.FileLock(run.folder / "lock", timeout=0):
            if run.status().is_active or run.status().state == "queued":
                raise busy
            yield
    except filelock.Timeout:
        raise busy from None
    except OSError as error:
        raise InputError(f"The run {run.name!r} cannot be {done} ({error.strerror}).") from None


def starting_lock() -> filelock.BaseFileLock:
    """Held by who starts, queues, renames or deletes a run, so that two cannot do so at once."""
    folder = workspace.checkpoints_folder()
    folder.mkdir(parents=True, exist_ok=True)
    return filelock.FileLock(folder / ".lock", timeout=20)


def load_run(name: str) -> Run:
    """Open a run by name.

    Raises:
        InputError: there is none of that name, or its config.json is damaged.
    """
    folder = workspace.run_folder(name)
    path = folder / "config.json"
    if not path.is_file():
        raise InputError(
            f"There is no run {name!r} in {folder.parent} (there are: {', '.join(run_names()) or 'none yet'})."
        )
    try:
        return Run(folder, TrainingConfig(**json.loads(path.read_text(encoding="utf-8"))))
    except (OSError, ValueError, TypeError) as error:
        raise InputError(
            f"The settings of run {name!r} in {path} are damaged ({error}): restore or delete the run."
        ) from None


def run_names() -> list[str]:
    """Names of all runs, sorted."""
    return sorted(path.parent.name for path in workspace.checkpoints_folder().glob("[!.]*/config.json"))
