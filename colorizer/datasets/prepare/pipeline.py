"""Sources in, a finished dataset out, or nothing at all.

The way of a file: it is listed (`sources`), gets a split and a flat name (`plan`, `organize`), is read by a
worker process (`decode`), kept or left out (`clean`), and packed (`pack`), test pictures before training
pictures. Then every packed picture is measured, and written into the flat folder (`finish`).
"""

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from colorizer.datasets.dataset import SPLITS, Dataset, load_dataset
from colorizer.datasets.prepare.clean import Cleaner
from colorizer.datasets.prepare.config import PrepareConfig
from colorizer.datasets.prepare.decode import Reading, decode_files
from colorizer.datasets.prepare.estimate import Estimate, estimate, validate_room
from colorizer.datasets.prepare.pack import PackedWriter, holds
from colorizer.datasets.prepare.plan import File, Plan, open_plan
from colorizer.datasets.prepare.workdir import Ticker, building, load_preparation
from colorizer.datasets.prepare.workers import Workers
from colorizer.datasets.prepare.write import finish, write_and_measure
from colorizer.datasets.sources import Source, open_source
from colorizer.datasets.sources.base import Progress, stamp
from colorizer.errors import InputError

READING, WRITING = "Reading pictures", "Measuring and writing"
_CHUNK_BYTES = 2**20
_MOST_IN_CHUNK = 256

Announce = Callable[[Estimate], None]
"""Called with what the dataset will take, before it is made."""


def prepare(
    sources: Sequence[str],
    name: str,
    size: int = 32,
    *,
    progress: Progress = lambda what, done, total: None,
    announce: Announce = lambda needed: None,
    **settings: Any,
) -> Dataset:
    """Make a dataset out of one or more sources.

    It is built beside its final place and renamed when complete, so it appears whole or not at all. If the
    same was begun before and interrupted, it goes on there.

    Args:
        sources: folders, archives, or the words `sample`, `cifar10`, `cifar100`.
        name: what to call the dataset; no dataset of that name may exist.
        size: side in pixels of its images.
        progress: told how far it is.
        announce: told once how much disk it will take.
        settings: the other fields of `PrepareConfig`.

    Raises:
        InputError: a source cannot be used, the name is taken, a setting is out of range, there is too
            little room, or too few images could be read.
    """
    config = PrepareConfig(tuple(sources), name, size, **settings)
    for source in config.sources:  # A mistyped one must not cost what another request has half made.
        open_source(source)
    return _run(config, progress, announce, keep_note=False)


def resume(
    name: str, *, progress: Progress = lambda what, done, total: None, announce: Announce = lambda needed: None
) -> Dataset:
    """Go on with a half-made dataset as it was asked for. A failure is told in its folder, too.

    Raises:
        InputError: there is none of that name, or as for `prepare`.
    """
    return _run(load_preparation(name).config, progress, announce, keep_note=True)


def _run(config: PrepareConfig, progress: Progress, announce: Announce, *, keep_note: bool) -> Dataset:
    config.require_sources()
    with building(config, keep_note=keep_note) as folder:
        # How long the second of the two takes in terms of the first, measured on CIFAR-10.
        rest = {READING: 1.0 if config.flat_images else 0.4, WRITING: 0.0}
        tick = Ticker(folder, progress, rest)
        sources = _staged(config, folder, tick)
        with _planned(config, sources, folder, tick) as plan:
            needed = estimate(plan.total(), 0, config, folder)
            announce(needed)
            if not plan.note("packed test"):
                validate_room(needed)
            with Workers(plan.total()) as workers:
                for split in ("test", "train"):
                    _pack(split, config, sources, folder, plan, workers, tick)
                _check_both_splits(plan)
                measured = write_and_measure(
                    config, folder / "dataset", plan, workers, lambda done, total: tick(WRITING, done, total)
                )
            finish(config, _labels(sources), folder / "dataset", plan, measured)
    return load_dataset(config.name)


def _staged(config: PrepareConfig, folder: Path, tick: Progress) -> tuple[Source, ...]:
    """The sources with all their files at hand; what was unpacked before is used again."""
    ready: list[Source] = []
    for number, source in enumerate([open_source(specification) for specification in config.sources]):
        place = folder / "staged" / str(number)
        path = getattr(source, "path", None) or getattr(source, "archive", None)
        mark, done = stamp(path) if path else "fetched", place.with_suffix(".done")
        if not (done.is_file() and done.read_text() == mark):
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir(parents=True)
            source.stage(place, tick)
            done.write_text(mark)
        ready.append(source.staged(place))
    return tuple(ready)


def _labels(sources: Sequence[Source]) -> list[str]:
    """What each source is called; a number tells those of one name apart."""
    labels: list[str] = []
    for source in sources:
        label, number = source.label, 2
        while label in labels:
            label, number = f"{source.label} ({number})", number + 1
        labels.append(label)
    return labels


def _planned(config: PrepareConfig, sources: Sequence[Source], folder: Path, tick: Progress) -> Plan:
    """The plan of all files: that of an interrupted preparation if the sources are as they were."""
    path = folder / "plan.sqlite"
    plan = open_plan(path)
    is_whole = plan.note("listed") and all(
        holds(folder / "dataset" / f"{split}.npy", config.size, int(plan.note(f"packed {split}", "0")))
        for split in SPLITS
    )
    if is_whole and all(plan.is_as_listed(number, source, tick) for number, source in enumerate(sources)):
        return plan
    plan.rows.close()
    path.unlink()
    shutil.rmtree(folder / "dataset", ignore_errors=True)
    (folder / "dataset").mkdir()
    plan = open_plan(path)
    for number, source in enumerate(sources):
        if not plan.add_source(number, source, config, tick):
            raise InputError(
                f"There are no images in {source.label}: it must hold picture files (.jpg, .png, .webp and so on), "
                "at any depth."
            )
    plan.finish_listing()
    return plan


def _pack(
    split: str,
    config: PrepareConfig,
    sources: tuple[Source, ...],
    folder: Path,
    plan: Plan,
    workers: Workers,
    tick: Progress,
) -> None:
    """Read the files of a split, clean them and pack them; what was packed before is kept."""
    path = folder / "dataset" / f"{split}.npy"
    count, after, done = (int(plan.note(f"{key} {split}", "0")) for key in ("packed", "after", "done"))
    earlier = int(plan.note("done test", "0")) if split == "train" else 0
    total = plan.total()
    test = np.load(path.with_name("test.npy"), mmap_mode="r") if split == "train" and plan.note("packed test") else None
    cleaner = Cleaner(config, plan, test)
    with PackedWriter(path, config.size, count) as writer:
        tasks = (Reading(files, sources, config.size, config.sizes) for files in _chunks(plan, split, after, config))
        for reading, decoded in workers.in_order(decode_files, tasks):
            if not config.skip_unreadable:
                _refuse_unreadable(list(decoded.problems.values()))
            with plan.saved_together():
                kept, outcomes = cleaner.sort(reading.files, decoded, writer.count)
                writer.append(decoded.pixels[kept])
                writer.flush()
                done += len(reading.files)
                plan.settle(outcomes)
                for key, value in (("packed", writer.count), ("after", reading.files[-1].id), ("done", done)):
                    plan.keep(f"{key} {split}", value)
            tick(READING, earlier + done, total)


def _chunks(plan: Plan, split: str, after: int, config: PrepareConfig) -> Iterator[list[File]]:
    most = max(1, min(_MOST_IN_CHUNK, _CHUNK_BYTES // (config.size**2 * 3)))
    chunk: list[File] = []
    for file in plan.waiting(split, after):
        chunk.append(file)
        if len(chunk) == most:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _refuse_unreadable(problems: list[tuple[str, str]]) -> None:
    for step, reason in problems:
        if step == "unreadable":
            raise InputError(f"{reason} Repair or remove it, or let unreadable files be left out.")


def _check_both_splits(plan: Plan) -> None:
    counts = dict(plan.query("SELECT split, count(*) FROM files WHERE row IS NOT NULL GROUP BY split"))
    if len(counts) == 2:
        return
    found = next(plan.query("SELECT reason FROM files WHERE reason IS NOT NULL ORDER BY id LIMIT 1"), None)
    reason = f" The first problem: {found[0]}" if found else ""
    raise InputError(
        f"Only {sum(counts.values())} usable images were found; a dataset needs "
        f"at least one to train on and one to test on.{reason}"
    )
