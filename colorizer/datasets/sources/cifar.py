"""CIFAR-10 and CIFAR-100, fetched by torchvision or from the archive downloaded before.

The archive is a compressed TAR of Python pickles. Its MD5 is compared with torchvision's before anything in
it is looked at, and even then nothing is unpickled: `inert_pickle` reads the plain values, and the pixels are
a text among them.

Source: Krizhevsky 2009, "Learning Multiple Layers of Features from Tiny Images".
"""

import io
import tarfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from colorizer.datasets.sources.base import Entry, Progress, read_range
from colorizer.datasets.sources.inert_pickle import Call, read_inert
from colorizer.errors import InputError

_SIDE, _PIXELS = 32, 32 * 32 * 3
_PIXELS_FILE = "pixels.raw"
COUNT = 60_000
"""How many pictures either of them has."""


@dataclass(frozen=True)
class Variant:
    """What tells CIFAR-10 and CIFAR-100 apart."""

    word: str
    title: str
    torchvision_class: str
    folder: str
    batches: tuple[tuple[str, str], ...]
    """Split and file of each batch."""
    labels: str
    class_file: str
    class_key: str
    archive_bytes: int


VARIANTS = (
    Variant(
        "cifar10", "CIFAR-10", "CIFAR10", "cifar-10-batches-py",
        (*(("train", f"data_batch_{number}") for number in range(1, 6)), ("test", "test_batch")),
        "labels", "batches.meta", "label_names", 170_498_071,
    ),
    Variant(
        "cifar100", "CIFAR-100", "CIFAR100", "cifar-100-python",
        (("train", "train"), ("test", "test")), "fine_labels", "meta", "fine_label_names", 169_001_437,
    ),
)  # fmt: skip


@dataclass(frozen=True)
class CifarSource:
    """One of the two, before or after its archive was fetched and its pixels laid out in a plain file."""

    label: str
    variant: Variant
    archive: Path | None = None
    """The downloaded archive; without one, torchvision fetches it."""
    pixels: Path | None = None
    md5: str | None = None
    """What the archive's MD5 must be; None for what torchvision says."""

    def entries(self) -> Iterator[Entry]:
        """All pictures, named `<split>/<class>/<file>` as in the image folders people make of them."""
        if self.archive is None:
            raise InputError(f"{self.label} must be fetched first.")
        offset = 0
        for split, batch in _batches(self.archive, self.variant):
            for name, group in zip(batch["filenames"], batch["groups"], strict=True):
                yield Entry(f"{split}/{group}/{name}", _PIXELS, offset)
                offset += _PIXELS

    def stage(self, folder: Path, progress: Progress) -> None:
        """Fetch the archive, if need be, check it, and lay out its pixels in `folder`."""
        archive = self.archive or fetch(self.variant, folder, progress)
        progress(f"Checking {self.label}", 0, 1)
        from torchvision.datasets.utils import check_integrity

        if not check_integrity(archive, self.md5 or _torchvision(self.variant).tgz_md5):
            raise InputError(
                f"{self.label} is not the {self.variant.title} archive, or is damaged (its MD5 is another one): "
                f"download it again from {_torchvision(self.variant).url}"
            )
        with (folder / _PIXELS_FILE).open("wb") as file:
            for number, (_, batch) in enumerate(_batches(archive, self.variant)):
                file.write(batch["pixels"])
                progress(f"Reading {self.label}", number + 1, len(self.variant.batches))

    def staged(self, folder: Path) -> "CifarSource":
        """The source that reads the pixels laid out in `folder`."""
        archive = self.archive or folder / _torchvision(self.variant).filename
        return replace(self, archive=archive, pixels=folder / _PIXELS_FILE)

    def read(self, entry: Entry) -> bytes:
        """One picture as a PNG file."""
        if self.pixels is None:
            raise InputError(f"{self.label} must be unpacked first.")
        planes = np.frombuffer(read_range(self.pixels, entry.offset, _PIXELS, self.label), np.uint8)
        buffer = io.BytesIO()
        picture = Image.fromarray(np.ascontiguousarray(planes.reshape(3, _SIDE, _SIDE).transpose(1, 2, 0)))
        picture.save(buffer, format="PNG", compress_level=0)
        return buffer.getvalue()


def fetch(variant: Variant, folder: Path, progress: Progress) -> Path:
    """Download an archive by torchvision, which compares its MD5.

    Raises:
        InputError: there is no connection, or something else came than the archive.
    """
    from torchvision.datasets.utils import download_url

    known = _torchvision(variant)
    path = folder / known.filename
    problems: list[Exception] = []

    def download() -> None:
        try:
            download_url(known.url, folder, known.filename, known.tgz_md5)
        except Exception as error:  # Told to the thread that waits.
            problems.append(error)

    # torchvision only draws a bar for terminals, so the growing file is watched instead. A daemon, because a
    # person who cancels should not have to wait for the rest of the download.
    thread = threading.Thread(target=download, daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(0.25)
        try:
            progress(f"Fetching {variant.title}", path.stat().st_size, variant.archive_bytes)
        except FileNotFoundError:
            time.sleep(0.05)
            progress(f"Fetching {variant.title}", 0, variant.archive_bytes)
    if problems:
        raise InputError(
            f"{variant.title} could not be fetched ({problems[0]}): check the connection to the internet, or "
            f"download {known.url} elsewhere and give the file as a source."
        )
    return path


def variant_in(file: BinaryIO) -> Variant | None:
    """Which of the two a TAR file is, told by the first names in it."""
    file.seek(0)
    try:
        with tarfile.open(fileobj=file, mode="r:*") as archive:
            first = archive.next()
            top = first.name.split("/")[0] if first else ""
            return next((variant for variant in VARIANTS if variant.folder == top), None)
    except (tarfile.TarError, EOFError, OSError, ValueError):
        return None


def _batches(archive: Path, variant: Variant) -> Iterator[tuple[str, dict[str, Any]]]:
    """Split, and file names, class names and pixels, of each batch."""
    try:
        with tarfile.open(archive, "r:*") as tar:

            def member(name: str) -> Any:
                file = tar.extractfile(f"{variant.folder}/{name}")
                if file is None:
                    raise KeyError(name)
                return read_inert(file.read())

            groups = member(variant.class_file)[variant.class_key]
            for split, name in variant.batches:
                batch = member(name)
                data = batch["data"]
                if not isinstance(data, Call):
                    raise ValueError("its pixels are no array")
                pixels = data.state[-1].encode("latin-1")
                names = batch["filenames"]
                if len(pixels) != len(names) * _PIXELS:
                    raise ValueError(f"{len(names)} names for {len(pixels)} bytes of pixels")
                labels = [groups[label] for label in batch[variant.labels]]
                yield split, {"filenames": names, "groups": labels, "pixels": pixels}
    except (tarfile.TarError, EOFError, OSError, ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise InputError(
            f"{archive.name} is damaged or not laid out as {variant.title} ({error}): download it again."
        ) from None


def _torchvision(variant: Variant) -> Any:
    import torchvision.datasets

    return getattr(torchvision.datasets, variant.torchvision_class)
