"""Make a dataset from sources: all of it, or nothing.

Each file is listed (`sources`), gets a split and a flat name (`plan`, `naming`), is decoded by a worker process
(`decode`), kept or left out (`clean`), and packed, test images before training images. Then the packed images are
measured and written to the flat folder (`write`).
"""

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from colorizer.datasets.dataset import SPLITS, Dataset, load_dataset
from colorizer.datasets.prepare.clean import Cleaner
from colorizer.datasets.prepare.config import PrepareConfig
from colorizer.datasets.prepare.decode import Decoded, DecodeTask, decode_files
from colorizer.datasets.prepare.estimate import Estimate, estimate
from colorizer.datasets.prepare.plan import Cursor, File, Plan
from colorizer.datasets.prepare.workdir import ProgressReporter, open_workdir, read_request
from colorizer.datasets.prepare.workers import Workers
from colorizer.datasets.prepare.write import PackedWriter, holds_images, write_images, write_metadata
from colorizer.datasets.sources import Source, open_source
from colorizer.datasets.sources.base import OnProgress
from colorizer.errors import InputError

DECODING, WRITING = "Decoding images", "Writing images"
_CHUNK_BYTES = 2**20
_MAX_CHUNK = 256

OnEstimate = Callable[[Estimate], None]
"""Called with the disk space that the dataset takes, before it is made."""


def _ignore(*arguments: Any) -> None:
    pass


def prepare(
    sources: Sequence[str],
    name: str,
    size: int = 32,
    *,
    on_progress: OnProgress = _ignore,
    on_estimate: OnEstimate = _ignore,
    **options: Any,
) -> Dataset:
    """Make a dataset from one or more sources.

    It is made in a hidden folder and renamed when complete. If the same preparation was interrupted before, it is
    resumed.

    Args:
        sources: folders, archives, or the names `sample`, `cifar10`, `cifar100`.
        name: of the dataset; must not exist yet.
        size: side of its images in pixels.
        on_progress: called with the progress.
        on_estimate: called once with the disk space it takes.
        options: the other fields of `PrepareConfig`.

    Raises:
        InputError: a source cannot be used, the name is taken, an option is out of range, or too few images could be
            read.
        OutputError: there is not enough disk space, or nothing can be written.
    """
    config = PrepareConfig(tuple(sources), name, size, **options)
    for source in config.sources:  # A mistyped source must not discard the unfinished dataset of another request.
        open_source(source)
    return _run(config, on_progress, on_estimate, keep_failure=False)


def resume(name: str, *, on_progress: OnProgress = _ignore, on_estimate: OnEstimate = _ignore) -> Dataset:
    """Resume an unfinished dataset. The reason of a failure is also saved in its folder.

    Raises:
        InputError, OutputError: there is no unfinished dataset of that name, or as for `prepare`.
    """
    return _run(read_request(name), on_progress, on_estimate, keep_failure=True)


def _run(config: PrepareConfig, on_progress: OnProgress, on_estimate: OnEstimate, *, keep_failure: bool) -> Dataset:
    config.require_sources()
    with open_workdir(config, keep_failure=keep_failure) as folder:
        # Writing takes 0.4 times as long as decoding, and as long if it writes PNG files; measured on CIFAR-10.
        report = ProgressReporter(folder, on_progress, {DECODING: 1.0 if config.images else 0.4, WRITING: 0.0})
        opened = [open_source(specification) for specification in config.sources]
        sources = tuple(source.stage(folder / "staged" / str(n), report) for n, source in enumerate(opened))
        with _open_plan(config, sources, folder, report) as plan:
            needed = estimate(plan.file_count(), 0, config, folder)
            on_estimate(needed)
            if not plan.packed_count("test"):
                needed.validate()
            with Workers(plan.file_count()) as workers:
                for split in ("test", "train"):
                    _pack(split, config, sources, folder / "dataset", plan, workers, report)
                _require_both_splits(plan)
                sums = write_images(
                    config, folder / "dataset", plan, workers, lambda done, total: report(WRITING, done, total)
                )
            write_metadata(config, _unique_labels(sources), folder / "dataset", plan, sums)
    return load_dataset(config.name)


def _unique_labels(sources: Sequence[Source]) -> list[str]:
    """Return the sources' labels, with a number if several are equal."""
    labels: list[str] = []
    for source in sources:
        label, number = source.label, 2
        while label in labels:
            label, number = f"{source.label} ({number})", number + 1
        labels.append(label)
    return labels


def _open_plan(config: PrepareConfig, sources: Sequence[Source], folder: Path, report: OnProgress) -> Plan:
    """Return the plan of an interrupted preparation if it fits the sources and arrays, otherwise a new one."""
    path = folder / "plan.sqlite"
    plan = Plan.open(path)
    is_complete = plan.is_listed and all(
        holds_images(folder / "dataset" / f"{split}.npy", config.size, plan.packed_count(split)) for split in SPLITS
    )
    if is_complete and all(plan.is_unchanged(number, source, report) for number, source in enumerate(sources)):
        return plan
    plan.close()
    path.unlink()
    shutil.rmtree(folder / "dataset", ignore_errors=True)
    (folder / "dataset").mkdir()
    plan = Plan.open(path)
    for number, source in enumerate(sources):
        if not plan.add_source(number, source, config, report):
            raise source.no_images()
    plan.finish_listing()
    return plan


def _pack(
    split: str,
    config: PrepareConfig,
    sources: tuple[Source, ...],
    folder: Path,
    plan: Plan,
    workers: Workers,
    report: OnProgress,
) -> None:
    """Decode, clean and pack the files of a split, from where an interrupted preparation has stopped."""
    cursor = plan.cursor(split)
    decoded_before = plan.cursor("test").decoded if split == "train" else 0
    total = plan.file_count()
    compares = split == "train" and plan.packed_count("test")
    cleaner = Cleaner(config, plan, np.load(folder / "test.npy", mmap_mode="r") if compares else None)
    with PackedWriter(folder / f"{split}.npy", config.size, cursor.packed) as writer:
        chunks = _chunks(plan.pending(split, cursor.last_id), config.size)
        tasks = (DecodeTask(files, sources, config.size, config.resize_mode) for files in chunks)
        for task, decoded in workers.map(decode_files, tasks):
            if not config.skip_unreadable:
                _refuse_unreadable(decoded)
            with plan.transaction():
                rows, outcomes = cleaner.clean(task.files, decoded, writer.count)
                writer.append(decoded.pixels[rows])
                cursor = Cursor(writer.count, task.files[-1].id, cursor.decoded + len(task.files))
                plan.record_outcomes(outcomes)
                plan.save_cursor(split, cursor)
            report(DECODING, decoded_before + cursor.decoded, total)


def _chunks(files: Iterator[File], size: int) -> Iterator[list[File]]:
    length = max(1, min(_MAX_CHUNK, _CHUNK_BYTES // (size**2 * 3)))
    chunk: list[File] = []
    for file in files:
        chunk.append(file)
        if len(chunk) == length:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _refuse_unreadable(decoded: Decoded) -> None:
    for step, reason in decoded.problems.values():
        if step == "unreadable":
            raise InputError(f"{reason} Repair or remove it, or allow unreadable files to be skipped.")


def _require_both_splits(plan: Plan) -> None:
    counts = [plan.packed_count(split) for split in SPLITS]
    if all(counts):
        return
    first = next((f" The first problem: {reason}" for *_, reason in plan.left_out()), "")
    raise InputError(
        f"Only {sum(counts)} usable images were found; a dataset needs at least one for training and one for "
        f"testing.{first}"
    )
