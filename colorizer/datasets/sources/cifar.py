"""CIFAR-10 and CIFAR-100, downloaded by torchvision or read from an archive that was downloaded before.

The archive is a compressed TAR of Python pickles. They are unpickled only after the archive's MD5 has matched the
published one, and by an unpickler that admits nothing but the NumPy arrays they hold.

Source: Krizhevsky 2009, "Learning Multiple Layers of Features from Tiny Images".
"""

import hashlib
import io
import json
import pickle
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from colorizer import files
from colorizer.datasets.sources.base import Entry, OnProgress, Source, Survey, read_range
from colorizer.errors import InputError

_COUNT = 60_000
_SIDE, _BYTES = 32, 32 * 32 * 3
_PIXELS, _NAMES = "pixels.raw", "names.json"


@dataclass(frozen=True)
class Variant:
    """What differs between CIFAR-10 and CIFAR-100."""

    key: str
    title: str
    url: str
    md5: str
    size: int
    """Length of the archive in bytes."""
    folder: str
    batches: tuple[tuple[str, str], ...]
    """Split and file name of each batch."""
    labels: str
    class_file: str
    class_key: str

    @property
    def filename(self) -> str:
        """File name of the archive."""
        return self.url.rpartition("/")[2]


VARIANTS = (
    Variant(
        "cifar10", "CIFAR-10", "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
        "c58f30108f718f92721af3b95e74349a", 170_498_071, "cifar-10-batches-py",
        (*(("train", f"data_batch_{number}") for number in range(1, 6)), ("test", "test_batch")),
        "labels", "batches.meta", "label_names",
    ),
    Variant(
        "cifar100", "CIFAR-100", "https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz",
        "eb9058c3a382ffc7106e4002c42a8d85", 169_001_437, "cifar-100-python",
        (("train", "train"), ("test", "test")), "fine_labels", "meta", "fine_label_names",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class CifarSource(Source):
    """CIFAR-10 or CIFAR-100, before it is staged."""

    variant: Variant
    archive: Path | None = None
    """The downloaded archive; None to download it."""

    @property
    def needs_staging(self) -> bool:
        return True

    @property
    def version(self) -> str:
        return files.stamp(self.archive) if self.archive else "downloaded"

    def entries(self) -> Iterator[Entry]:
        raise InputError(f"{self.label} must be unpacked before it can be listed.")

    def read(self, entry: Entry) -> bytes:
        raise InputError(f"{self.label} must be unpacked before it can be read.")

    def survey(self, file: BinaryIO | None = None) -> Survey:
        return Survey(_COUNT, _COUNT * _BYTES + (0 if self.archive else self.variant.size), {})

    def _stage(self, folder: Path, on_progress: OnProgress) -> None:
        """Download the archive if needed, check it, and write its pixels and file names to `folder`."""
        archive = self.archive or download(self.variant, folder, on_progress)
        on_progress(f"Checking {self.label}", 0, 1)
        with archive.open("rb") as file:
            md5 = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
        if md5 != self.variant.md5:
            raise InputError(
                f"{self.label} is not the original {self.variant.title} archive, or is damaged (its MD5 checksum is "
                f"wrong): download it again from {self.variant.url}"
            )
        names: list[str] = []
        with (folder / _PIXELS).open("wb") as pixels:
            for number, (batch_names, batch_pixels) in enumerate(_unpickle_batches(archive, self.variant), start=1):
                names += batch_names
                pixels.write(batch_pixels.tobytes())
                on_progress(f"Unpacking {self.label}", number, len(self.variant.batches))
        (folder / _NAMES).write_text(json.dumps(names), encoding="utf-8")

    def _staged(self, folder: Path) -> "StagedCifar":
        return StagedCifar(self.label, folder)


@dataclass(frozen=True)
class StagedCifar(Source):
    """CIFAR's images as planes of red, green and blue in one file, with a list of their names."""

    folder: Path

    def entries(self) -> Iterator[Entry]:
        """Yield all images, named `<split>/<class>/<file>` as in the image folders people make of them."""
        for number, name in enumerate(json.loads((self.folder / _NAMES).read_text(encoding="utf-8"))):
            yield Entry(name, _BYTES, number * _BYTES)

    def read(self, entry: Entry) -> bytes:
        """Return an image as a PNG file."""
        planes = np.frombuffer(read_range(self.folder / _PIXELS, entry.offset, _BYTES, self.label), np.uint8)
        image = Image.fromarray(np.ascontiguousarray(planes.reshape(3, _SIDE, _SIDE).transpose(1, 2, 0)))
        buffer = io.BytesIO()
        image.save(buffer, format="PNG", compress_level=0)
        return buffer.getvalue()


def download(variant: Variant, folder: Path, on_progress: OnProgress) -> Path:
    """Download an archive with torchvision, which checks its MD5.

    Raises:
        InputError: there is no connection, or the wrong file was received.
    """
    from torchvision.datasets.utils import download_url

    path = folder / variant.filename
    problems: list[Exception] = []

    def run() -> None:
        try:
            download_url(variant.url, folder, variant.filename, variant.md5)
        except Exception as error:  # Raised again by the thread that waits.
            problems.append(error)

    # torchvision only draws a bar for terminals, so the size of the growing file is reported instead. A daemon
    # thread, so that a user who cancels need not wait for the rest of the download.
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(0.25)
        on_progress(f"Downloading {variant.title}", path.stat().st_size if path.exists() else 0, variant.size)
    if problems:
        raise InputError(
            f"{variant.title} could not be downloaded ({problems[0]}): check the internet connection, or download "
            f"{variant.url} on another computer and use the file as a source."
        )
    return path


class _Unpickler(pickle.Unpickler):
    """Unpickle dictionaries, lists, texts, numbers and NumPy arrays, and nothing else.

    Source: Python documentation of `pickle`, "Restricting Globals".
    """

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("numpy.core.multiarray", "_reconstruct"):
            return super().find_class("numpy._core.multiarray", name)
        if (module, name) in (("numpy", "ndarray"), ("numpy", "dtype")):
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} is not allowed")


def _unpickle_batches(archive: Path, variant: Variant) -> Iterator[tuple[list[str], np.ndarray]]:
    """Yield the names and the pixels `(N, 3072)` uint8 of each batch. The archive's MD5 must have matched."""
    try:
        with tarfile.open(archive, "r:*") as tar:

            def load(name: str) -> Any:
                file = tar.extractfile(f"{variant.folder}/{name}")
                if file is None:
                    raise KeyError(name)
                return _Unpickler(file, encoding="latin1").load()  # Strings of Python 2.

            classes = load(variant.class_file)[variant.class_key]
            for split, name in variant.batches:
                batch = load(name)
                pixels, labels = batch["data"], batch[variant.labels]
                if pixels.shape != (len(batch["filenames"]), _BYTES) or pixels.dtype != np.uint8:
                    raise ValueError(f"{name} holds {pixels.dtype} pixels of shape {pixels.shape}")
                pairs = zip(labels, batch["filenames"], strict=True)
                yield [f"{split}/{classes[label]}/{file}" for label, file in pairs], pixels
    except (tarfile.TarError, pickle.UnpicklingError, EOFError, OSError, ValueError, LookupError, TypeError,
            AttributeError) as error:  # fmt: skip
        raise InputError(
            f"{archive.name} is damaged or not laid out as {variant.title} ({error}): download it again."
        ) from None
