"""Sources in, a finished dataset out, or nothing at all."""

import contextlib
import csv
import hashlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import filelock
import numpy as np
import torch
from PIL import Image

from colorizer import atomic, images, workspace
from colorizer.color import chroma, luma
from colorizer.datasets.batches import in_order
from colorizer.datasets.card import dataset_card
from colorizer.datasets.dataset import SPLITS, Dataset, Manifest, SourceRecord, load_dataset, write_manifest
from colorizer.datasets.organize import organize
from colorizer.datasets.pack import PackedWriter
from colorizer.datasets.sources import open_source, readable
from colorizer.errors import InputError

SMALLEST, LARGEST = 8, 1024
_SKIPPED_KEPT = 100
_CHUNK = 4096

Progress = Callable[[int, int], None]
"""Called with the number of images done and of all images."""


def prepare(
    specifications: Sequence[str],
    name: str,
    size: int = 32,
    *,
    progress: Progress = lambda done, total: None,
    flat_images: bool = True,
) -> Dataset:
    """Make a dataset out of one or more sources.

    It is built beside its final place and renamed when complete, so it appears whole or not at all.

    Args:
        specifications: folders, ZIP files, or the word `sample`.
        name: what to call the dataset; no dataset of that name may exist.
        size: side in pixels of its images. Others are cut to a square from the middle and resized.
        progress: told how far it is.
        flat_images: also write each image as a PNG file into the flat folder.

    Raises:
        InputError: a source cannot be used, the name is taken, the size is out of range, or too few
            images could be read.
    """
    folder = workspace.data_folder() / workspace.check_name(name, "dataset")
    if not SMALLEST <= size <= LARGEST:
        raise InputError(f"The size must be from {SMALLEST} to {LARGEST} pixels, not {size}.")
    if not specifications:
        raise InputError("Name at least one source: a folder, a ZIP file or the word sample.")
    with _building(folder) as building:
        _build(building, specifications, name, size, progress, flat_images)
    return load_dataset(name)


@contextmanager
def _building(folder: Path) -> Iterator[Path]:
    """A folder to build in, renamed to `folder` at the end, or removed if anything goes wrong."""
    building = folder.with_name(f".{folder.name}.building")
    lock = filelock.FileLock(f"{building}.lock")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(blocking=False)
    except filelock.Timeout:
        raise InputError(f"The dataset {folder.name!r} is being prepared already: wait for it.") from None
    except OSError as error:
        raise _not_written(folder, error) from None
    try:
        if folder.exists():
            raise InputError(f"There is a dataset {folder.name!r} already: choose another name or delete {folder}.")
        shutil.rmtree(building, ignore_errors=True)  # left by a run that was killed
        building.mkdir()
        yield building
        building.rename(folder)
    except OSError as error:
        raise _not_written(folder, error) from None
    finally:
        shutil.rmtree(building, ignore_errors=True)
        lock.release()
        Path(lock.lock_file).unlink(missing_ok=True)


def _not_written(folder: Path, error: OSError) -> InputError:
    return InputError(
        f"The dataset {folder.name!r} could not be written ({error.strerror or error}): free some disk space or "
        f"check the permissions of {folder.parent}, then try again."
    )


def _build(
    folder: Path, specifications: Sequence[str], name: str, size: int, progress: Progress, flat_images: bool
) -> None:
    with contextlib.ExitStack() as stack:
        sources = [stack.enter_context(open_source(specification)) for specification in specifications]
        total = sum(len(source.names) for source in sources)
        packs = {split: stack.enter_context(PackedWriter(folder / f"{split}.npy", size)) for split in SPLITS}
        index_file = stack.enter_context((folder / "index.csv").open("w", newline="", encoding="utf-8"))
        index = csv.writer(index_file, lineterminator="\n")
        index.writerow(["split", "row", "file", "source", "original"])
        for split in SPLITS if flat_images else ():
            (folder / "images" / split).mkdir(parents=True)
        taken: set[str] = set()
        records, skipped, done = [], [], 0
        for source in sources:
            counts = dict.fromkeys((*SPLITS, "skipped"), 0)
            for place in organize(source.names, taken):
                done += 1
                progress(done, total)
                original = readable(place.source_name)
                try:
                    picture = images.decode(source.read(place.source_name), original)
                except InputError as error:
                    counts["skipped"] += 1
                    skipped.append(readable(str(error)))
                    continue
                pixels = images.square(picture, size)
                index.writerow([place.split, packs[place.split].count, place.file_name, source.label, original])
                packs[place.split].append(pixels)
                counts[place.split] += 1
                if flat_images:
                    path = folder / "images" / place.split / place.file_name
                    Image.fromarray(pixels).save(path, compress_level=1)
            records.append(SourceRecord(source.label, **counts))
    if not packs["train"].count or not packs["test"].count:
        reason = f" The first problem: {skipped[0]}" if skipped else ""
        raise InputError(
            f"Only {packs['train'].count + packs['test'].count} usable images were found; a dataset needs "
            f"at least one to train on and one to test on.{reason}"
        )
    mean, std = gray_statistics(np.load(folder / "train.npy", mmap_mode="c"))
    manifest = Manifest(
        name=name,
        size=size,
        train=packs["train"].count,
        test=packs["test"].count,
        gray_mean=mean,
        gray_std=std,
        gray_copy_mse=gray_copy_mse(np.load(folder / "test.npy", mmap_mode="c")),
        sources=tuple(records),
        skipped=tuple(skipped[:_SKIPPED_KEPT]),
        fingerprint=hashlib.sha256(f"{packs['train'].digest}{packs['test'].digest}".encode()).hexdigest(),
    )
    atomic.write_text(folder / "README.md", dataset_card(manifest))
    write_manifest(folder, manifest)


def gray_statistics(pixels: np.ndarray) -> tuple[float, float]:
    """Mean and standard deviation of luma over all pixels.

    Args:
        pixels: `(N, H, W, 3)` uint8.

    Returns:
        Both in units of [0, 1]; the deviation is at least 1/255, so that dividing by it is safe.
    """
    total = squares = 0.0
    for rgb in in_order(torch.from_numpy(pixels), _CHUNK):
        gray = luma(rgb).double()
        total += gray.sum().item()
        squares += gray.square().sum().item()
    count = pixels.size / 3
    mean = total / count
    return mean, max(squares / count - mean**2, 1 / 255**2) ** 0.5


def gray_copy_mse(pixels: np.ndarray) -> float:
    """Mean squared error in units of [0, 1] of replacing pictures by their luma.

    Args:
        pixels: `(N, H, W, 3)` uint8.
    """
    errors = (chroma(rgb).double().square().sum().item() for rgb in in_order(torch.from_numpy(pixels), _CHUNK))
    return sum(errors) / pixels.size
