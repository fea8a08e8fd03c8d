"""A prepared dataset: a folder in `data/` that can be read, listed and trusted.

data/<name>/
    manifest.json     size, counts, gray statistics, sources, fingerprint
    index.csv         one line per image: split, row, file, source, original path
    train.npy         uint8 (N, size, size, 3), memory-mapped when read
    test.npy
    images/{train,test}/<class>_<name>.png
    README.md         the dataset card
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from colorizer import atomic, workspace
from colorizer.errors import InputError

FORMAT_VERSION = 1
SPLITS = ("train", "test")


@dataclass(frozen=True)
class SourceRecord:
    """What one source gave to a dataset."""

    label: str
    train: int
    test: int
    skipped: int


@dataclass(frozen=True)
class Manifest:
    """The facts about a dataset."""

    name: str
    size: int
    """Side of its square images in pixels."""
    train: int
    test: int
    gray_mean: float
    """Mean luma of the training images, in [0, 1]."""
    gray_std: float
    """Standard deviation of their luma."""
    gray_copy_mse: float
    """Mean squared error on the test images of leaving them gray: what a network has to beat."""
    sources: tuple[SourceRecord, ...]
    skipped: tuple[str, ...]
    """One sentence for each file that could not be read (the first hundred)."""
    fingerprint: str
    """SHA-256 of both packed arrays; it changes when any pixel does."""
    version: int = FORMAT_VERSION


@dataclass(frozen=True)
class Dataset:
    """A dataset on disk."""

    folder: Path
    manifest: Manifest

    @property
    def name(self) -> str:
        """The name of its folder."""
        return self.folder.name

    def images(self, split: str) -> np.ndarray:
        """All images of a split, memory-mapped, `(N, size, size, 3)` uint8 RGB. Writing to it leaves the file alone.

        Raises:
            InputError: the file is missing or does not match the manifest.
        """
        if split not in SPLITS:
            raise InputError(f"There is no split {split!r}: choose train or test.")
        expected = (getattr(self.manifest, split), self.manifest.size, self.manifest.size, 3)
        try:
            array = np.load(self.folder / f"{split}.npy", mmap_mode="c", allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise _broken(self.folder, f"{split}.npy cannot be read, {error}") from None
        if array.shape != expected or array.dtype != np.uint8:
            raise _broken(self.folder, f"{split}.npy holds {array.shape}, not {expected}")
        return array

    def index(self) -> pd.DataFrame:
        """Where each image came from: columns split, row, file, source, original."""
        return pd.read_csv(self.folder / "index.csv", keep_default_na=False)


def load_dataset(name: str) -> Dataset:
    """Open a dataset by name.

    Raises:
        InputError: there is none of that name, or its manifest is damaged.
    """
    folder = workspace.data_folder() / workspace.check_name(name, "dataset")
    path = folder / "manifest.json"
    if not path.is_file():
        known = ", ".join(dataset_names()) or "none yet"
        raise InputError(
            f"There is no dataset {name!r} (there are: {known}). "
            f"Make it with: python -m colorizer prepare SOURCE --name {name}"
        )
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        values["sources"] = tuple(SourceRecord(**source) for source in values["sources"])
        values["skipped"] = tuple(values["skipped"])
        return Dataset(folder, Manifest(**values))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _broken(folder, f"manifest.json cannot be read, {error}") from None


def dataset_names() -> list[str]:
    """Names of all datasets, sorted."""
    return sorted(path.parent.name for path in workspace.data_folder().glob("[!.]*/manifest.json"))


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write manifest.json."""
    atomic.write_json(folder / "manifest.json", asdict(manifest))


def _broken(folder: Path, reason: str) -> InputError:
    return InputError(f"The dataset {folder.name!r} is damaged ({reason}): delete {folder} and prepare it again.")
