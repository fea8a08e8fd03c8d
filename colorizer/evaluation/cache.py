"""Evaluations on disk, stored with everything they depend on.

checkpoints/<run>/evaluations/              published with the weights; evaluating never changes them
data/.cache/evaluations/<network>/          measured on this computer; safe to delete
    <dataset>-<split>.json    metrics of the run and of the grayscale baseline
    <dataset>-<split>.npy     mean squared error of each image, float32 (2, N): of the run and of the baseline
"""

import contextlib
import functools
import hashlib
import io
import json
import math
import platform
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from colorizer import files, workspace
from colorizer.runs import Run

Metrics = dict[str, Any]
"""What was measured of one run: a value for each of `KEYS`."""
_NUMBERS = (
    "parameters", "macs", "ms_per_image", "mse", "loss_sum", "psnr", "psnr_mean", "ssim", "ciede2000", "colorfulness",
    "colorfulness_true", "colorfulness_distance", "within_2", "within_5",
)  # fmt: skip
KEYS = ("run", "architecture", *_NUMBERS, "intervals")
VERSION = 4
"""Incremented whenever the definition of a metric changes: older results are then measured again."""
_MAX_BYTES = 10**6, 10**9
"""Larger JSON and NumPy files are not read."""


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The results of one run on one split of a dataset."""

    dataset: str
    """Fingerprint of the images."""
    network: str
    """See `network_digest`."""
    computer: str
    """See `computer`."""
    baseline: Metrics
    """Of the grayscale baseline: the gray input in all three channels."""
    metrics: Metrics
    errors: np.ndarray
    """Mean squared error of each image, `(2, N)` float32: of the run and of the baseline."""


def folders(run: Run) -> list[Path]:
    """Return the folders where evaluations of a run's current weights may be; the cache's comes first."""
    digest = network_digest(run)
    return [*([_cache_folder() / digest[:16]] if digest else []), _published_folder(run)]


def find(run: Run, dataset_name: str, split: str, fingerprint: str | None) -> Evaluation | None:
    """Return an evaluation of a run's current weights.

    Args:
        run: the run.
        dataset_name: name of the dataset.
        split: `test` or `train`.
        fingerprint: of the images it must be on; None allows any.

    Returns:
        None if there is none, or if its files are damaged or of another version.
    """
    digest = network_digest(run)
    for evaluation in _read_all(folders(run), dataset_name, split):
        if digest and evaluation.network == digest and fingerprint in (None, evaluation.dataset):
            return evaluation
    return None


def find_baseline(dataset_name: str, split: str, fingerprint: str) -> Evaluation | None:
    """Return an evaluation of any network on these images, for its results of the grayscale baseline."""
    with contextlib.suppress(OSError):
        for evaluation in _read_all(sorted(_cache_folder().iterdir()), dataset_name, split):
            if evaluation.dataset == fingerprint:
                return evaluation
    return None


def save(evaluation: Evaluation, dataset_name: str, split: str) -> None:
    """Add an evaluation to the cache. If the disk is full or read-only, it is measured again next time."""
    with contextlib.suppress(OSError):
        _write(evaluation, _cache_folder() / evaluation.network[:16] / f"{dataset_name}-{split}.json")


def publish(evaluation: Evaluation, run: Run, dataset_name: str, split: str) -> None:
    """Store an evaluation in its run's folder.

    Raises:
        OutputError: it cannot be written.
    """
    path = _published_folder(run) / f"{dataset_name}-{split}.json"
    try:
        _write(evaluation, path)
    except OSError as error:
        raise files.write_error(path, error) from None


def network_digest(run: Run) -> str:
    """Return the SHA-256 of a run's best weights and of the settings that change its colors; empty without weights."""
    try:
        files.require_regular(run.best_weights)
        state = run.best_weights.stat()
        weights = _file_digest(run.best_weights, state.st_ino, state.st_mtime_ns, state.st_size)
    except (OSError, ValueError):
        return ""
    settings = f"{run.config.architecture} {run.config.keep_luma}"
    return digest(f"{weights} {settings}".encode())


def digest(data: bytes) -> str:
    """Return the SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


@functools.cache
def computer() -> str:
    """Return the processor's model name: times taken on different processors do not compare."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _cache_folder() -> Path:
    return workspace.data_folder() / ".cache" / "evaluations"


def _published_folder(run: Run) -> Path:
    return run.folder / "evaluations"


@functools.lru_cache(maxsize=64)
def _file_digest(path: Path, inode: int, modified: int, size: int) -> str:
    """Pages ask for it on every rerun, so the file is read again only if it was replaced."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_all(folders: list[Path], dataset_name: str, split: str) -> Iterator[Evaluation]:
    for folder in folders:
        with contextlib.suppress(OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
            yield _read(folder / f"{dataset_name}-{split}.json")


def _read(path: Path) -> Evaluation:
    """Read one evaluation; raises one of many exceptions if it is missing, damaged or of another version."""
    values = json.loads(_read_bytes(path, _MAX_BYTES[0]))
    errors = _read_bytes(path.with_suffix(".npy"), _MAX_BYTES[1])
    if values.pop("version") != VERSION or values["errors"] != digest(errors):
        raise ValueError("another version, or one of the two files was replaced")
    evaluation = Evaluation(**{**values, "errors": _parse_errors(errors)})
    if not all(isinstance(text, str) for text in (evaluation.dataset, evaluation.network, evaluation.computer)):
        raise TypeError("an identifier is not text")
    for metrics in (evaluation.baseline, evaluation.metrics):
        ends = [end for low, high in metrics["intervals"].values() for end in (low, high)]
        if not all(_is_finite(value) for value in (*(metrics[key] for key in _NUMBERS), *ends)):
            raise ValueError("a metric is not a finite number")
        if not set(KEYS) <= metrics.keys() or not {"mse"} <= metrics["intervals"].keys() <= set(_NUMBERS):
            raise ValueError("a metric is missing")
        if not isinstance(metrics["run"], str) or not isinstance(metrics["architecture"], str):
            raise TypeError("a name is not text")
    return evaluation


def _is_finite(value: object) -> bool:
    return isinstance(value, int | float) and abs(value) < 2**63 and math.isfinite(value)


def _read_bytes(path: Path, limit: int) -> bytes:
    if not path.is_file() or path.stat().st_size > limit:
        raise ValueError("not a file of ours")
    return path.read_bytes()


def _parse_errors(data: bytes) -> np.ndarray:
    """Read a NumPy file of shape `(2, N)` without `np.load`, which allocates whatever size the header claims."""
    buffer = io.BytesIO(data)
    if np.lib.format.read_magic(buffer) != (1, 0):
        raise ValueError("another version of the format")
    shape, is_fortran, dtype = np.lib.format.read_array_header_1_0(buffer)
    if dtype != np.float32 or is_fortran or len(shape) != 2 or shape[0] != 2:
        raise ValueError("another type or shape")
    return np.frombuffer(data, np.float32, offset=buffer.tell()).reshape(shape)


def _write(evaluation: Evaluation, path: Path) -> None:
    buffer = io.BytesIO()
    np.save(buffer, evaluation.errors, allow_pickle=False)
    values = {"version": VERSION, **{field.name: getattr(evaluation, field.name) for field in fields(evaluation)}}
    values["errors"] = digest(buffer.getvalue())
    path.parent.mkdir(parents=True, exist_ok=True)
    with files.atomic_write(path.with_suffix(".npy")) as temporary:
        temporary.write_bytes(buffer.getvalue())
    files.write_json(path, values)
