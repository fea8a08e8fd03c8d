"""From packed arrays to a finished dataset: flat folder, figures, index, examples, manifest and card."""

import csv
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from colorizer import files
from colorizer.datasets.dataset import SPLITS, CleaningRecord, Manifest, SourceRecord, write_manifest
from colorizer.datasets.prepare import statistics
from colorizer.datasets.prepare.card import dataset_card
from colorizer.datasets.prepare.clean import EXAMPLES, STEPS
from colorizer.datasets.prepare.config import PrepareConfig
from colorizer.datasets.prepare.pack import packed_digest
from colorizer.datasets.prepare.plan import Plan
from colorizer.datasets.prepare.statistics import Measured, measure
from colorizer.datasets.prepare.workers import Workers

_SKIPPED_KEPT = 100
_RANGE_BYTES = 2**21
_SIZES_KEPT = 200


@dataclass(frozen=True)
class _Range:
    """Some rows of a packed array."""

    split: str
    start: int
    path: Path
    files: Sequence[str]
    """Where to write each of them as a PNG file; or only the count matters."""
    write: bool


def write_and_measure(
    config: PrepareConfig, folder: Path, plan: Plan, workers: Workers, progress: Callable[[int, int], None]
) -> dict[str, Measured]:
    """Write the flat folder, if wanted, and measure all packed pictures by split."""
    for split in SPLITS if config.flat_images else ():
        (folder / "images" / split).mkdir(parents=True, exist_ok=True)
    total = sum(int(plan.note(f"packed {split}")) for split in SPLITS)
    known = {(split, start) for split, start in plan.query("SELECT split, start FROM measured")}
    ranges = (task for split in SPLITS for task in _ranges(config, folder, plan, split))
    done = sum(count for (count,) in plan.query("SELECT json_extract(value, '$.pictures') FROM measured"))
    for task, measured in workers.in_order(_write_and_measure, (r for r in ranges if (r.split, r.start) not in known)):
        with plan.saved_together():
            plan.add_measured(task.split, task.start, _to_json(measured))
        done += measured.pictures
        progress(done, total)
    return {split: _sum(plan, split) for split in SPLITS}


def _ranges(config: PrepareConfig, folder: Path, plan: Plan, split: str) -> Iterator[_Range]:
    most = max(1, _RANGE_BYTES // (config.size**2 * 3))
    names: list[str] = []
    start = 0
    for (name,) in plan.query(f"SELECT file FROM files WHERE split = '{split}' AND row IS NOT NULL ORDER BY id"):
        names.append(name)
        if len(names) == most:
            yield _Range(split, start, folder / f"{split}.npy", names, config.flat_images)
            start, names = start + most, []
    if names:
        yield _Range(split, start, folder / f"{split}.npy", names, config.flat_images)


def _write_and_measure(task: _Range) -> Measured:
    pixels = np.load(task.path, mmap_mode="r", allow_pickle=False)[task.start : task.start + len(task.files)]
    if task.write:
        place = task.path.parent / "images" / task.split
        for picture, name in zip(pixels, task.files, strict=True):
            Image.fromarray(picture).save(place / name, format="PNG", compress_level=1)
    return measure(pixels)


def _to_json(measured: Measured) -> str:
    values = asdict(measured)
    values["histograms"], values["colorfulness"] = measured.histograms.tolist(), measured.colorfulness.tolist()
    return json.dumps(values)


def _sum(plan: Plan, split: str) -> Measured:
    def parts() -> Iterator[Measured]:
        for (text,) in plan.query("SELECT value FROM measured WHERE split = ? ORDER BY start", split):
            values = json.loads(text)
            values["histograms"] = np.array(values["histograms"], np.int64)
            values["colorfulness"] = np.array(values["colorfulness"], np.float32)
            yield Measured(**values)

    return statistics.add_all(parts())


def finish(
    config: PrepareConfig, labels: Sequence[str], folder: Path, plan: Plan, measured: dict[str, Measured]
) -> None:
    """Write everything that tells about the packed arrays; the manifest last."""
    _write_index(folder, plan, labels, measured)
    _write_left_out(folder, plan, labels)
    files.write_json(folder / "statistics.json", _statistics(plan, measured))
    digests = {split: packed_digest(folder / f"{split}.npy") for split in SPLITS}
    mean, std = statistics.gray_mean_std(measured["train"])
    manifest = Manifest(
        name=config.name,
        size=config.size,
        train=measured["train"].pictures,
        test=measured["test"].pictures,
        gray_mean=mean,
        gray_std=std,
        gray_copy_mse=statistics.gray_copy_mse(measured["test"]),
        sources=tuple(_source_record(plan, number, label) for number, label in enumerate(labels)),
        skipped=tuple(
            reason
            for (reason,) in plan.query(
                "SELECT reason FROM files WHERE step = 'unreadable' ORDER BY id LIMIT ?", _SKIPPED_KEPT
            )
        ),
        fingerprint=hashlib.sha256(f"{digests['train']}{digests['test']}".encode()).hexdigest(),
        settings=config.settings(),
        cleaning=tuple(_cleaning(config, plan, folder)),
    )
    files.write_text(folder / "README.md", dataset_card(manifest))
    write_manifest(folder, manifest)


def _write_index(folder: Path, plan: Plan, labels: Sequence[str], measured: dict[str, Measured]) -> None:
    with (folder / "index.csv").open("w", newline="", encoding="utf-8") as file:
        index = csv.writer(file, lineterminator="\n")
        index.writerow(
            ["split", "row", "file", "class", "source", "original", "width", "height", "colorfulness"]
        )  # fmt: skip
        for split, row, name, group, source, original, width, height in plan.kept():
            colorful = f"{measured[split].colorfulness[row]:.1f}"
            index.writerow([split, row, name, group, labels[source], original, width, height, colorful])


def _write_left_out(folder: Path, plan: Plan, labels: Sequence[str]) -> None:
    with (folder / "left_out.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["step", "source", "original", "reason"])
        for step, source, original, reason in plan.left_out():
            table.writerow([step, labels[source], original, reason])


def _statistics(plan: Plan, measured: dict[str, Measured]) -> dict[str, Any]:
    sizes = plan.query(
        "SELECT width, height, count(*) FROM files WHERE row IS NOT NULL GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT ?",
        _SIZES_KEPT,
    )
    classes = plan.query(
        "SELECT class, sum(split = 'train'), sum(split = 'test') FROM files WHERE row IS NOT NULL GROUP BY 1 ORDER BY 1"
    )
    return {
        **{split: statistics.summary(measured[split]) for split in SPLITS},
        "sizes": [list(row) for row in sizes],
        "classes": [list(row) for row in classes],
    }


def _source_record(plan: Plan, number: int, label: str) -> SourceRecord:
    train, test, skipped = next(
        plan.query(
            "SELECT sum(row IS NOT NULL AND split = 'train'), sum(row IS NOT NULL AND split = 'test'), "
            "sum(row IS NULL) FROM files WHERE source = ?",
            number,
        )
    )
    return SourceRecord(label, train, test, skipped)


def _other_sizes(config: PrepareConfig, plan: Plan) -> CleaningRecord:
    """The pictures that came in another size, whatever became of them."""
    others = "FROM files WHERE width > 0 AND (width != ?1 OR height != ?1)"
    (found,) = next(plan.query(f"SELECT count(*) {others}", config.size))
    first = list(plan.query(f"SELECT id {others} ORDER BY id LIMIT {EXAMPLES}", config.size))
    names = tuple(plan.original(identity) for (identity,) in first)
    return CleaningRecord("size", found, config.sizes == "reject", names)


def _cleaning(config: PrepareConfig, plan: Plan, folder: Path) -> Iterator[CleaningRecord]:
    """What each step found, with a picture of the first few: above what was found, below what it equals."""
    for step in STEPS:
        if step.key == "size":
            yield _other_sizes(config, plan)
            continue
        if step.setting is None:
            (found,) = next(plan.query("SELECT count(*) FROM files WHERE step = ?", step.key))
            names = plan.query("SELECT id FROM files WHERE step = ? ORDER BY id LIMIT ?", step.key, EXAMPLES)
            yield CleaningRecord(step.key, found, True, tuple(plan.original(identity) for (identity,) in list(names)))
            continue
        (found,) = next(plan.query("SELECT count(*) FROM findings WHERE step = ?", step.key))
        examples = list(
            plan.query("SELECT id, pixels, other_pixels FROM findings WHERE step = ? AND pixels NOT NULL", step.key)
        )
        if examples:
            shape = (config.size, config.size, 3)
            columns = [
                np.concatenate([np.frombuffer(blob, np.uint8).reshape(shape) for blob in blobs if blob is not None])
                for _, *blobs in examples
            ]
            (folder / "cleaning").mkdir(exist_ok=True)
            strip = Image.fromarray(np.concatenate(columns, axis=1))
            strip.save(folder / "cleaning" / f"{step.key}.png", compress_level=6)
        names_found = tuple(plan.original(identity) for identity, *_ in examples)
        yield CleaningRecord(step.key, found, bool(getattr(config, step.setting)), names_found)
