"""A prepared dataset: a folder in `data/` that can be read, listed and trusted.

data/<name>/
    manifest.json     size, counts, gray statistics, sources, settings, cleaning, fingerprint
    index.csv         one line per image: split, row, file, class, source, original path, width, height, colorfulness
    left_out.csv      one line per file that was left out: step, source, original path, reason
    statistics.json   histograms, mean color, distribution of sizes and colorfulness
    cleaning/<step>.png   examples of what each step of cleaning found
    train.npy         uint8 (N, size, size, 3), memory-mapped when read
    test.npy
    images/{train,test}/<class>_<name>.png
    README.md         the dataset card
"""

import json
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from colorizer import files, workspace
from colorizer.errors import InputError, UserError

FORMAT_VERSION = 2
SPLITS = ("train", "test")


@dataclass(frozen=True)
class SourceRecord:
    """What one source gave to a dataset."""

    label: str
    train: int
    test: int
    skipped: int


@dataclass(frozen=True)
class CleaningRecord:
    """What one step of cleaning found."""

    step: str
    """`unreadable`, `size`, `gray`, `duplicate` or `leak`."""
    found: int
    left_out: bool
    """Whether what it found was left out of the dataset, or only counted."""
    examples: tuple[str, ...]
    """Original paths of the first few, as far as there are pictures of them in `cleaning/<step>.png`."""


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
    settings: dict[str, Any] = field(default_factory=dict)
    """How it was made, see `PrepareConfig`."""
    cleaning: tuple[CleaningRecord, ...] = ()
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
        """Where each image came from: columns as in `index.csv`.

        Raises:
            InputError: the file is missing or damaged.
        """
        texts = dict.fromkeys(("split", "file", "class", "source", "original"), str)  # A class may be called 0.
        try:
            return pd.read_csv(self.folder / "index.csv", keep_default_na=False, dtype=texts)
        except (OSError, ValueError) as error:
            raise _broken(self.folder, f"index.csv cannot be read, {error}") from None

    def card(self) -> str:
        """The dataset card, Markdown.

        Raises:
            InputError: the file is missing or damaged.
        """
        try:
            return (self.folder / "README.md").read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            raise _broken(self.folder, f"README.md cannot be read, {error}") from None

    def statistics(self) -> dict[str, Any] | None:
        """What statistics.json holds; None if there is none, as in datasets of the first format."""
        try:
            values = json.loads((self.folder / "statistics.json").read_text(encoding="utf-8"))
            return values if isinstance(values, dict) and set(SPLITS) <= set(values) else None
        except (OSError, ValueError):
            return None


def load_dataset(name: str) -> Dataset:
    """Open a dataset by name.

    Raises:
        InputError: there is none of that name, or its manifest is damaged.
    """
    folder = workspace.data_folder() / workspace.validate_name(name, "dataset")
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
        if int(values["version"]) > FORMAT_VERSION:
            raise InputError(
                f"The dataset {name!r} was prepared by a newer Colorizer: update this one, or prepare it again."
            )
        values["cleaning"] = tuple(
            CleaningRecord(**{**record, "examples": tuple(record["examples"])}) for record in values.get("cleaning", ())
        )
        return Dataset(folder, Manifest(**values))
    except UserError:
        raise
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _broken(folder, f"manifest.json cannot be read, {error}") from None


def dataset_names() -> list[str]:
    """Names of all datasets, sorted."""
    return sorted(path.parent.name for path in workspace.data_folder().glob("[!.]*/manifest.json"))


def delete_dataset(name: str) -> None:
    """Delete a dataset. It disappears at once; its files follow.

    Raises:
        InputError: there is none of that name, or it cannot be deleted.
    """
    folder = workspace.data_folder() / workspace.validate_name(name, "dataset")
    if not folder.is_dir():
        raise InputError(f"There is no dataset {name!r} (there are: {', '.join(dataset_names()) or 'none yet'}).")
    leaving = folder.with_name(f".{name}.deleting")
    try:
        shutil.rmtree(leaving, ignore_errors=True)
        folder.rename(leaving)
        shutil.rmtree(leaving)
    except OSError as error:
        raise InputError(
            f"The dataset {name!r} cannot be deleted ({error.strerror}): close programs that use it and check the "
            f"permissions of {folder.parent}."
        ) from None


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write manifest.json."""
    files.write_json(folder / "manifest.json", asdict(manifest))


def _broken(folder: Path, reason: str) -> InputError:
    return InputError(f"The dataset {folder.name!r} is damaged ({reason}): delete {folder} and prepare it again.")
