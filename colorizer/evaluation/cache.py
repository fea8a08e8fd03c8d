"""Figures measured before, kept in the run's folder with what they depend on.

checkpoints/<run>/evaluations/
    <dataset>-<split>.json    the figures of the run and of the gray copy
    <dataset>-<split>.npy     mean squared error of each picture, of the run and of the gray copy, float32 (2, N)
"""

import contextlib
import functools
import hashlib
import io
import json
import platform
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from colorizer import files
from colorizer.runs.store import Run

Figures = dict[str, Any]
KEYS = (
    "run", "architecture", "parameters", "macs", "ms_per_image", "mse", "loss_sum", "psnr", "psnr_mean", "ssim",
    "ciede2000", "colorfulness", "colorfulness_true", "colorfulness_distance", "within_2", "within_5", "intervals",
)  # fmt: skip
"""What figures there are of a run."""
VERSION = 3
"""Raised when a figure is defined anew: what was measured before is then measured again."""


@dataclass(frozen=True, eq=False)
class Entry:
    """What was measured of a run, and of what."""

    dataset: str
    """Fingerprint of the pictures."""
    network: str
    """See `network_digest`."""
    computer: str
    """See `computer`."""
    gray: Figures
    figures: Figures
    errors: np.ndarray
    """Mean squared error of each picture, `(2, N)` float32: the run's and the gray copy's."""

    def is_of(self, run: Run) -> bool:
        """Whether it was measured with the weights that the run has now."""
        return self.network == network_digest(run)


def read(run: Run, dataset_name: str, split: str) -> Entry | None:
    """What was kept, of weights and pictures that may be others now.

    None if there is nothing, if one of its files is damaged, or if its figures are of another version.
    """
    path = _file(run, dataset_name, split)
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        errors = path.with_suffix(".npy").read_bytes()
        if values.pop("version") != VERSION or values["errors"] != digest(errors):
            return None
        entry = Entry(**{**values, "errors": np.load(io.BytesIO(errors), allow_pickle=False)})
        whole = entry.errors.shape[:-1] == (2,)
        whole = whole and all(set(KEYS) <= figures.keys() for figures in (entry.gray, entry.figures))
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None
    return entry if whole else None


def keep(entry: Entry, run: Run, dataset_name: str, split: str) -> None:
    """Write it down. Where that fails, on a full or read-only disk, figures are measured again next time."""
    path = _file(run, dataset_name, split)
    buffer = io.BytesIO()
    np.save(buffer, entry.errors, allow_pickle=False)
    values = {"version": VERSION, **{field.name: getattr(entry, field.name) for field in fields(entry)}}
    values["errors"] = digest(buffer.getvalue())
    with contextlib.suppress(OSError):
        path.parent.mkdir(exist_ok=True)
        with files.atomic_write(path.with_suffix(".npy")) as temporary:
            temporary.write_bytes(buffer.getvalue())
        files.write_json(path, values)


def network_digest(run: Run) -> str:
    """SHA-256 of a run's best weights and of the settings that change what is made of them; empty without weights."""
    try:
        state = run.best_weights.stat()
        weights = _file_digest(run.best_weights, state.st_ino, state.st_mtime_ns, state.st_size)
    except OSError:
        return ""
    settings = f"{run.config.architecture} {run.config.keep_luma}"
    return digest(f"{weights} {settings}".encode())


def digest(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


@functools.lru_cache(maxsize=64)
def _file_digest(path: Path, inode: int, modified: int, size: int) -> str:
    """Read again only if the file was replaced: a page asks each time it is drawn."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@functools.cache
def computer() -> str:
    """The kind of processor: times taken on different ones do not compare."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _file(run: Run, dataset_name: str, split: str) -> Path:
    return run.folder / "evaluations" / f"{dataset_name}-{split}.json"
