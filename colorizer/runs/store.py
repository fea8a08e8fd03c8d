"""Runs on disk. A run is a folder in `checkpoints/`:

checkpoints/<run>/
    config.json           its settings
    status.json           its state, see `colorizer.jobs`
    metrics.jsonl         one line per epoch
    steps.jsonl           about one line per second of training
    notes.json            notes and tags by the user
    log.txt               the output of its training
    tensorboard/          event files, if TensorBoard is installed
    samples/              the same test images, colorized after each epoch
    best.safetensors      weights of the epoch with the lowest test loss, in half precision
    state.safetensors     everything needed to resume
    evaluations/          metrics measured by `evaluate`
    README.md             the model card
"""

import contextlib
import dataclasses
import json
import math
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

import filelock

from colorizer import files, jobs, workspace
from colorizer.errors import InputError, UserError
from colorizer.models.registry import architecture
from colorizer.runs import queue
from colorizer.runs.config import RESERVED_NAMES, TrainingConfig
from colorizer.text import count

if TYPE_CHECKING:
    import pandas as pd

GRAY = "gray"
"""Name of the grayscale baseline wherever it is listed beside runs."""
METRICS = ("epoch", "step", "seconds", "learning_rate", "train_loss", "test_loss")
"""Columns of metrics.jsonl. Losses are mean squared errors."""
STEP_METRICS = (
    "epoch", "step", "seconds", "train_loss", "learning_rate", "images_per_second", "memory_bytes", "gpu_memory_bytes",
    "cpu_percent",
)  # fmt: skip
"""Columns of steps.jsonl. The epoch has a fraction; loss and speed are means since the line before; without a GPU its
memory is 0; `cpu_percent` is 100 per busy core."""
_MAX_METRICS_BYTES = 64_000_000


@dataclass(frozen=True)
class Run:
    """A run on disk, and the operations on it."""

    folder: Path
    config: TrainingConfig

    @classmethod
    def create(cls, name: str, config: TrainingConfig) -> Self:
        """Create the folder of a new run, complete or not at all. If two processes try one name, one succeeds.

        What processes that were killed have left is removed.

        Raises:
            InputError: the name is taken or invalid.
            OutputError: the folder cannot be written.
        """
        folder = _new_folder(name)
        clean_leftovers()
        unfinished = files.hidden(folder, "creating")
        try:
            unfinished.mkdir(parents=True)
            files.write_json(unfinished / "config.json", asdict(config))
            unfinished.rename(folder)  # Fails if there is a folder of that name, unless it is empty.
        except OSError as error:
            shutil.rmtree(unfinished, ignore_errors=True)
            if folder.exists():
                raise _name_taken(name) from None
            raise files.write_error(folder, error) from None
        return cls(folder, config)

    @property
    def name(self) -> str:
        """The name of its folder."""
        return self.folder.name

    @property
    def title(self) -> str:
        """The title of its architecture if it has that name, as the shipped runs do; otherwise its own name."""
        title = architecture(self.config.architecture).title
        return title if title.replace("-", "").lower() == self.name else self.name

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
        """Folder of the sample images."""
        return self.folder / "samples"

    @property
    def is_shipped(self) -> bool:
        """Whether it comes with Colorizer and is outside the user's folder of runs: it is used, but never changed."""
        return self.folder.parent != workspace.checkpoints_folder()

    def status(self) -> jobs.Status:
        """Return its current state."""
        return jobs.read_status(self.folder)

    def is_finished(self) -> bool:
        """Whether it has trained all epochs that its settings ask for."""
        if self.status().state != "finished":
            return False
        epochs = [record["epoch"] for record in self._metric_records()]
        return bool(epochs) and max(epochs) >= self.config.epochs

    def metrics(self) -> "pd.DataFrame":
        """Return one row per finished epoch, with the columns `METRICS`. Torn and damaged lines are left out."""
        import pandas as pd

        return pd.DataFrame(self._metric_records(), columns=list(METRICS))

    def append_metrics(self, record: dict[str, float]) -> None:
        """Append the line of one epoch."""
        with (self.folder / "metrics.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")

    def truncate_metrics(self, epoch: int) -> None:
        """Drop the lines of epochs after `epoch`, which a resumed run writes again."""
        records = [record for record in self._metric_records() if record["epoch"] <= epoch]
        files.write_text(self.folder / "metrics.jsonl", "".join(json.dumps(record) + "\n" for record in records))

    def _metric_records(self) -> list[dict[str, float]]:
        return self._records("metrics.jsonl", METRICS)

    def _records(self, name: str, columns: tuple[str, ...]) -> list[dict[str, float]]:
        path = self.folder / name
        if not path.is_file():  # A pipe would block, a folder cannot be read.
            return []
        text = path.read_text(encoding="utf-8", errors="replace")
        return [record for line in text.splitlines() if (record := parse_metrics(line, columns))]

    def notes(self) -> tuple[str, list[str]]:
        """Return the user's notes and tags; empty if there are none or they cannot be read."""
        try:
            values = files.read_json(self.folder / "notes.json")
            notes, tags = values["notes"], values["tags"]
        except (OSError, ValueError, TypeError, KeyError):
            return "", []
        is_valid = isinstance(notes, str) and isinstance(tags, list) and all(isinstance(tag, str) for tag in tags)
        return (notes, tags) if is_valid else ("", [])

    def write_notes(self, notes: str, tags: list[str]) -> None:
        """Save notes and tags in the run's folder.

        Raises:
            InputError: it is a shipped run.
            OutputError: it cannot be written.
        """
        self._require_own("given notes")
        try:
            files.write_json(self.folder / "notes.json", {"notes": notes, "tags": tags})
        except OSError as error:
            raise files.write_error(self.folder, error) from None

    def steps(self) -> "pd.DataFrame":
        """Return about one row per second of training, with the columns `STEP_METRICS`."""
        import pandas as pd

        return pd.DataFrame(self._records("steps.jsonl", STEP_METRICS), columns=list(STEP_METRICS))

    def append_step(self, record: dict[str, float]) -> None:
        """Append a line to steps.jsonl, with the keys `STEP_METRICS`; for charts only, so a full disk is ignored."""
        with contextlib.suppress(OSError), (self.folder / "steps.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")

    def truncate_steps(self, step: float = math.inf, *, every: int = 1) -> int:
        """Drop lines of steps.jsonl, and return how many remain.

        Args:
            step: drop the lines after this step, which a resumed run writes again.
            every: of the others, keep the last and every second, third ... before it.
        """
        records = [record for record in self._records("steps.jsonl", STEP_METRICS) if record["step"] <= step]
        kept = records[::-every][::-1]
        with contextlib.suppress(OSError):
            files.write_text(self.folder / "steps.jsonl", "".join(json.dumps(record) + "\n" for record in kept))
            return len(kept)
        return 0

    def start(self) -> None:
        """Train it in a separate process as soon as no other run is training; until then it is queued.

        Raises:
            InputError: it is running or queued already, or a shipped run.
            OutputError: its folder cannot be written.
        """
        self._require_own("trained")
        queue.add(self.folder)

    def resume(self) -> None:
        """Continue a paused run at once, or start a stopped one again from its last checkpoint.

        Raises:
            InputError: it is running or queued already, has finished, or is a shipped run.
            OutputError: its folder cannot be written.
        """
        self._require_own("trained")
        status = self.status()
        if status.state == "paused" and status.is_active:
            jobs.clear_pause(self.folder)
        elif self.is_finished():
            raise InputError(
                f"The run {self.name!r} has finished all of its {self.config.epochs} epochs: extend it to continue."
            )
        else:
            queue.add(self.folder)

    def pause(self) -> None:
        """Ask its training to save its state and wait; the process and its place in the queue are kept.

        Raises:
            InputError: it is not running.
        """
        self._require_active()
        jobs.request_pause(self.folder)

    def stop(self) -> None:
        """Ask its training to save its state and end, which takes a second or two; or take it out of the queue.

        Raises:
            InputError: it is neither running nor queued.
        """
        if self.status().state == "queued":
            queue.remove(self.folder)
        else:
            self._require_active()
            jobs.request_stop(self.folder)

    def move(self, places: int) -> None:
        """Move it in the queue: -1 lets it start earlier, +1 later.

        Raises:
            InputError: it is not queued.
        """
        queue.move(self.folder, places)

    def move_first(self) -> None:
        """Move it to the front of the queue.

        Raises:
            InputError: it is not queued.
        """
        queue.move_first(self.folder)

    def extend(self, epochs: int) -> Self:
        """Raise its number of epochs. If it had finished, the learning rate schedule starts over.

        Args:
            epochs: the new total.

        Raises:
            InputError: that is no more than it has, it is running, it lacks the state to resume from, or it is a
                shipped run.
            OutputError: its folder cannot be written.
        """
        self._require_own("trained")
        if epochs <= self.config.epochs:
            raise InputError(
                f"The run {self.name!r} already has {count(self.config.epochs, 'epoch')}: choose a larger number."
            )
        if not self.state_file.exists():
            raise InputError(
                f"The run {self.name!r} has no saved state to resume from: start a new run with its settings."
            )
        with queue.lock():
            if self.status().is_active:
                raise InputError(f"The run {self.name!r} is running: stop it first.")
            config = dataclasses.replace(self.config, epochs=epochs)
            try:
                files.write_json(self.folder / "config.json", asdict(config))
            except OSError as error:
                raise files.write_error(self.folder, error) from None
        return dataclasses.replace(self, config=config)

    def rename(self, name: str) -> Self:
        """Rename it, and return it under its new name.

        Raises:
            InputError: it is running, queued or a shipped run, or the name is taken or invalid.
            OutputError: its folder cannot be renamed.
        """
        target = _new_folder(name)
        with self._locked("renamed"):
            if target.exists():
                raise _name_taken(name)
            self.folder.rename(target)
            card = target / "README.md"
            # The run is renamed by now, so a card that cannot be written keeps the old title.
            with contextlib.suppress(OSError, ValueError):
                text = files.read_text(card)
                files.write_text(card, text.replace(f"# {self.name}\n", f"# {name}\n", 1))
        return dataclasses.replace(self, folder=target)

    def delete(self) -> None:
        """Delete its folder. It disappears at once, even if deleting its files is interrupted.

        Raises:
            InputError: it is running, queued or a shipped run.
            OutputError: its folder cannot be deleted.
        """
        with self._locked("deleted"):
            hidden = files.hidden(self.folder, "deleting")
            self.folder.rename(hidden)
        shutil.rmtree(hidden, ignore_errors=True)

    def _require_own(self, done: str) -> None:
        if self.is_shipped:
            raise InputError(f"The run {self.name!r} ships with Colorizer and cannot be {done}.")

    def _require_active(self) -> None:
        state = self.status()
        if not state.is_active:
            raise InputError(f"The run {self.name!r} is not running: its state is {state.state}.")

    @contextlib.contextmanager
    def _locked(self, done: str) -> Iterator[None]:
        """Keep everyone from training it."""
        self._require_own(done)
        busy = InputError(f"The run {self.name!r} is being trained: stop it first, then it can be {done}.")
        try:
            with queue.lock(), filelock.FileLock(self.folder / "lock", timeout=0):
                status = self.status()
                if status.is_active or status.state == "queued":
                    raise busy
                yield
        except filelock.Timeout:
            raise busy from None
        except OSError as error:
            raise files.write_error(self.folder, error) from None


def parse_metrics(line: str | bytes, columns: tuple[str, ...] = METRICS) -> dict[str, float] | None:
    """Read one line of metrics.jsonl, or with other columns of steps.jsonl; None if it is torn or damaged."""
    try:
        record = files.parse_json(line)
        values = {name: record[name] for name in columns}
    except (ValueError, KeyError, TypeError):
        return None
    is_valid = all(type(value) in (int, float) and math.isfinite(value) for value in values.values())
    return values if is_valid and values["epoch"] > 0 else None


def load_run(name: str) -> Run:
    """Open a run.

    Raises:
        InputError: there is no run of that name, or its files are damaged.
    """
    folder = workspace.run_folder(name)
    path, metrics = folder / "config.json", folder / "metrics.jsonl"
    if not os.path.lexists(path):
        raise InputError(f"There is no run {name!r} in {folder.parent} (runs: {', '.join(run_names()) or 'none'}).")
    try:
        config = TrainingConfig(**files.read_json(path))
    except (OSError, ValueError, TypeError) as error:
        reason = " ".join(str(error).split())[:300]
        raise InputError(
            f"The settings of run {name!r} in {path} are damaged: restore or delete it ({reason})."
        ) from None
    try:
        files.require_regular(metrics, _MAX_METRICS_BYTES)
    except FileNotFoundError:
        pass  # It has not trained yet.
    except (OSError, ValueError):
        raise InputError(f"The metrics of run {name!r} in {metrics} are damaged: restore or delete the run.") from None
    return Run(folder, config)


def load_runs() -> tuple[list[Run], dict[str, str]]:
    """Open all runs.

    Returns:
        Those that can be read, sorted by name, and what is wrong with each of the others, by name.
    """
    runs, damaged = [], {}
    for name in run_names():
        try:
            runs.append(load_run(name))
        except UserError as error:
            damaged[name] = str(error)
    return runs, damaged


def run_names() -> list[str]:
    """Return the names of all runs, sorted: the user's own, and the shipped ones whose names they do not take."""
    own = workspace.checkpoints_folder()
    shipped = {name for name in workspace.shipped_run_names() if not (own / name).exists()}
    return sorted({path.name for path in own.glob("[!.]*") if os.path.lexists(path / "config.json")} | shipped)


def active_runs() -> list[Run]:
    """Return the runs that have a process. A paused one counts, because it will continue."""
    return _open(queue.active())


def queued_runs() -> list[Run]:
    """Return the runs in the queue, the next one first."""
    return _open(queue.waiting())


def runs_using(dataset: str) -> list[str]:
    """Return the names of the runs trained on a dataset. Without it they can be used, but not resumed."""
    return [run.name for run in load_runs()[0] if run.config.dataset == dataset]


def _open(folders: list[Path]) -> list[Run]:
    runs = []
    for folder in folders:
        with contextlib.suppress(UserError):
            runs.append(load_run(folder.name))
    return runs


def validate_new_name(name: str) -> None:
    """Check that a new run can have this name.

    Raises:
        InputError: it is taken or invalid.
    """
    folder = _new_folder(name)
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise _name_taken(name)


def _new_folder(name: str) -> Path:
    folder = workspace.checkpoints_folder() / workspace.validate_name(name, "run")
    if name == GRAY:
        raise InputError(f"{GRAY!r} names the grayscale baseline in every table: choose another name.")
    if name in RESERVED_NAMES:
        raise InputError(f"{name!r} is the value of a training setting: choose another name.")
    return folder


def _name_taken(name: str) -> InputError:
    if (workspace.checkpoints_folder() / name / "config.json").exists():
        return InputError(f"There is already a run {name!r}: choose another name, or resume it with --resume.")
    return InputError(
        f"There is already a folder {name!r} that is not a run: choose another name, or delete "
        f"{workspace.checkpoints_folder() / name}."
    )


def clean_leftovers() -> None:
    """Remove leftovers of killed processes: half-created and half-deleted runs, and temporary files. Never fails."""
    root = workspace.checkpoints_folder()
    with contextlib.suppress(OSError):
        for folder in {root, *(path.parent for path in root.glob("[!.]*/.*.tmp"))}:
            files.remove_abandoned(folder)
