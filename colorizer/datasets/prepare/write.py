"""Write a dataset: packed arrays, the flat folder of PNG files, statistics, index, examples, manifest and card."""

import csv
import hashlib
import io
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from PIL import Image

from colorizer import files
from colorizer.datasets.dataset import SPLITS, CleaningRecord, Manifest, SourceRecord, Statistics, write_manifest
from colorizer.datasets.prepare import statistics
from colorizer.datasets.prepare.card import dataset_card
from colorizer.datasets.prepare.clean import MAX_EXAMPLES, STEPS, Step
from colorizer.datasets.prepare.config import PrepareConfig
from colorizer.datasets.prepare.plan import Plan
from colorizer.datasets.prepare.statistics import ImageSums
from colorizer.datasets.prepare.workers import Workers

_HEADER_BYTES = 128
_TASK_BYTES = 2**21
_MAX_REASONS = 100
_MAX_SIZES = 200


class PackedWriter:
    """Appends `(n, size, size, 3)` uint8 images to a `.npy` file. Use as a context manager.

    Attributes:
        count: number of images in the file.
    """

    def __init__(self, path: Path, size: int, count: int = 0) -> None:
        """
        Args:
            path: the file.
            size: side of the images in pixels.
            count: how many images of an existing file to keep; the rest is cut off.
        """
        self._path = path
        self._size = size
        self.count = count

    def __enter__(self) -> Self:
        self._file = self._path.open("r+b" if self.count else "wb")
        end = _HEADER_BYTES + self.count * self._size**2 * 3
        self._file.truncate(end)
        self._file.seek(end)
        return self

    def append(self, pixels: np.ndarray) -> None:
        """Write images, `(n, size, size, 3)` uint8, so that they survive the end of this process."""
        if pixels.shape[1:] != (self._size, self._size, 3) or pixels.ndim != 4 or pixels.dtype != np.uint8:
            raise ValueError(f"expected uint8 (n, {self._size}, {self._size}, 3), got {pixels.dtype} {pixels.shape}")
        self._file.write(pixels.tobytes())
        self._file.flush()
        self.count += len(pixels)

    def __exit__(self, kind: type[BaseException] | None, *details: object) -> None:
        header = io.BytesIO()
        shape = (self.count, self._size, self._size, 3)
        np.lib.format.write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": shape})
        assert header.tell() == _HEADER_BYTES  # NumPy pads headers of this kind to 128 bytes.
        with self._file:
            self._file.seek(0)
            self._file.write(header.getvalue())
            if kind is None:
                self._file.flush()
                os.fsync(self._file.fileno())


def holds_images(path: Path, size: int, count: int) -> bool:
    """Return whether a packed array, finished or not, is long enough for so many images."""
    return count == 0 or (path.is_file() and path.stat().st_size >= _HEADER_BYTES + count * size**2 * 3)


def packed_digest(path: Path) -> str:
    """Return the SHA-256 of the pixels in a packed array, in hexadecimal."""
    with path.open("rb") as file:
        file.seek(_HEADER_BYTES)
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True)
class _Rows:
    """Some rows of a packed array."""

    path: Path
    split: str
    start: int
    names: Sequence[str]
    """Flat name of each."""
    write_images: bool


def write_images(
    config: PrepareConfig, folder: Path, plan: Plan, workers: Workers, on_progress: Callable[[int, int], None]
) -> dict[str, ImageSums]:
    """Write the flat folder of PNG files, if wanted, and return the sums over all packed images by split."""
    for split in SPLITS if config.images else ():
        (folder / "images" / split).mkdir(parents=True, exist_ok=True)
    total = sum(plan.packed_count(split) for split in SPLITS)
    measured = plan.measured()
    done = sum(measured.values())
    tasks = (task for split in SPLITS for task in _split_rows(config, folder, plan, split))
    pending = (task for task in tasks if (task.split, task.start) not in measured)
    for task, sums in workers.map(_write_rows, pending):
        with plan.transaction():
            plan.add_statistics(task.split, task.start, sums.images, sums.to_json())
        done += sums.images
        on_progress(done, total)
    return {split: statistics.add_up(map(ImageSums.from_json, plan.statistics(split))) for split in SPLITS}


def _split_rows(config: PrepareConfig, folder: Path, plan: Plan, split: str) -> Iterator[_Rows]:
    count = max(1, _TASK_BYTES // (config.size**2 * 3))
    names: list[str] = []
    start = 0
    for name in plan.packed_names(split):
        names.append(name)
        if len(names) == count:
            yield _Rows(folder / f"{split}.npy", split, start, names, config.images)
            start, names = start + count, []
    if names:
        yield _Rows(folder / f"{split}.npy", split, start, names, config.images)


def _write_rows(task: _Rows) -> ImageSums:
    pixels = np.load(task.path, mmap_mode="r", allow_pickle=False)[task.start : task.start + len(task.names)]
    if task.write_images:
        folder = task.path.parent / "images" / task.split
        for image, name in zip(pixels, task.names, strict=True):
            Image.fromarray(image).save(folder / name, format="PNG", compress_level=1)
    return statistics.measure(pixels)


def write_metadata(
    config: PrepareConfig, labels: Sequence[str], folder: Path, plan: Plan, sums: dict[str, ImageSums]
) -> None:
    """Write index, statistics, examples, card and manifest; the manifest last.

    Args:
        config: of the dataset.
        labels: of its sources.
        folder: of the dataset, with the packed arrays.
        plan: with the outcome of every file.
        sums: what `write_images` has returned.
    """
    files.remove_temporary(folder)  # Of a process that was killed while it wrote one of these files.
    index_header = ("split", "row", "file", "class", "source", "original", "width", "height", "colorfulness")
    _write_csv(folder / "index.csv", index_header, (
        (split, row, file, class_name, labels[source], original, width, height,
         f"{sums[split].colorfulness[row]:.1f}")
        for split, row, file, class_name, source, original, width, height in plan.packed_files()
    ))  # fmt: skip
    _write_csv(folder / "left_out.csv", ("step", "source", "original", "reason"), (
        (step, labels[source], original, reason) for step, source, original, reason in plan.left_out()
    ))  # fmt: skip
    train, test = (statistics.summary(sums[split]) for split in SPLITS)
    sizes, classes = tuple(plan.original_sizes(_MAX_SIZES)), tuple(plan.class_counts())
    files.write_json(folder / "statistics.json", asdict(Statistics(train, test, sizes, classes)))
    digests = {split: packed_digest(folder / f"{split}.npy") for split in SPLITS}
    mean, std = statistics.gray_mean_std(sums["train"])
    reasons = (reason for *_, reason in plan.left_out("unreadable"))
    manifest = Manifest(
        name=config.name,
        size=config.size,
        train=sums["train"].images,
        test=sums["test"].images,
        gray_mean=mean,
        gray_std=std,
        grayscale_mse=statistics.grayscale_mse(sums["test"]),
        sources=tuple(SourceRecord(label, *plan.source_counts(number)) for number, label in enumerate(labels)),
        skipped=tuple(reason for reason, _ in zip(reasons, range(_MAX_REASONS), strict=False)),
        fingerprint=hashlib.sha256(f"{digests['train']}{digests['test']}".encode()).hexdigest(),
        settings=config.options(),
        cleaning=tuple(_cleaning_record(step, config, plan, folder) for step in STEPS),
    )
    files.write_text(folder / "README.md", dataset_card(manifest))
    write_manifest(folder, manifest)


def _write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _cleaning_record(step: Step, config: PrepareConfig, plan: Plan, folder: Path) -> CleaningRecord:
    if step.key == "size":
        count, originals = plan.other_sizes(config.size, MAX_EXAMPLES)
        return CleaningRecord("size", count, config.resize_mode == "reject", tuple(originals))
    if step.option is None:
        paths = (original for _, _, original, _ in plan.left_out(step.key))
        examples = tuple(path for path, _ in zip(paths, range(MAX_EXAMPLES), strict=False))
        return CleaningRecord(step.key, plan.left_out_count(step.key), True, examples)
    found = plan.findings(step.key)
    if found:
        _write_examples(folder / "cleaning" / f"{step.key}.png", config.size, [blobs for _, *blobs in found])
    examples = tuple(original for original, *_ in found)
    return CleaningRecord(step.key, plan.finding_counts().get(step.key, 0), getattr(config, step.option), examples)


def _write_examples(path: Path, size: int, examples: list[list[bytes | None]]) -> None:
    """Write the images that a step found side by side, above those that they duplicate."""
    columns = [
        np.concatenate([np.frombuffer(blob, np.uint8).reshape(size, size, 3) for blob in blobs if blob is not None])
        for blobs in examples
    ]
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(np.concatenate(columns, axis=1)).save(path, compress_level=6)
