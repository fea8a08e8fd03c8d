"""A prepared dataset: a folder in `data/`.

data/<name>/
    manifest.json     size, counts, gray statistics, sources, settings, cleaning, fingerprint
    index.csv         one line per image: split, row, file, class, source, original path, width, height, colorfulness
    left_out.csv      one line per file that was left out: step, source, original path, reason
    statistics.json   histograms, mean color, distribution of sizes and colorfulness
    cleaning/<step>.png   examples of what each cleaning step found
    train.npy         uint8 (N, size, size, 3), memory-mapped when read
    test.npy
    images/{train,test}/<class>_<name>.png
    README.md         the dataset card
"""

import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from colorizer import files, workspace
from colorizer.errors import InputError, OutputError
from colorizer.imaging import decode_image

if TYPE_CHECKING:
    import pandas as pd

FORMAT_VERSION = 1
SPLITS = ("train", "test")
MAX_SIZE = 1024
"""Largest side of the images in pixels."""
_MAX_INDEX_BYTES = 2**31
_MAX_EXAMPLES_BYTES = 2**26
_INDEX_COLUMNS = ("split", "row", "file", "class", "source", "original")


@dataclass(frozen=True)
class SourceRecord:
    """How many images of a source are in a dataset."""

    label: str
    train: int
    test: int
    skipped: int


@dataclass(frozen=True)
class CleaningRecord:
    """What a cleaning step found."""

    step: str
    """`ignored`, `unreadable`, `size`, `gray`, `duplicate` or `leak`."""
    found: int
    left_out: bool
    """Whether what it found was left out of the dataset, or only counted."""
    examples: tuple[str, ...]
    """Original paths of the first few; some steps have images of them in `cleaning/<step>.png`."""


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
    grayscale_mse: float
    """Mean squared error of the test images without their color: the baseline that a network has to beat."""
    sources: tuple[SourceRecord, ...]
    skipped: tuple[str, ...]
    """One sentence for each file that could not be read (the first hundred)."""
    fingerprint: str
    """SHA-256 of both packed arrays; it changes when any pixel does."""
    settings: dict[str, Any] = field(default_factory=dict)
    """The options it was made with, see `PrepareConfig`."""
    cleaning: tuple[CleaningRecord, ...] = ()
    version: int = FORMAT_VERSION

    def __post_init__(self) -> None:
        if self.version != FORMAT_VERSION:
            raise ValueError("it was prepared by another version of Colorizer")
        if not (0 < self.size <= MAX_SIZE and self.train > 0 and self.test > 0 and self.gray_std > 0):
            raise ValueError("a number is out of range")


@dataclass(frozen=True)
class SplitStatistics:
    """Statistics of the images of a split."""

    images: int
    histograms: dict[str, tuple[int, ...]]
    """Number of pixels of each of 256 levels, by channel: red, green, blue and gray."""
    mean_color: tuple[float, float, float]
    """Mean red, green and blue, 0 to 255."""
    gray_mean: float
    gray_std: float
    grayscale_mse: float
    colorfulness_mean: float
    colorfulness: tuple[int, ...]
    """Number of images in each bin of colorfulness."""


@dataclass(frozen=True)
class Statistics:
    """Statistics of the images of a dataset."""

    train: SplitStatistics
    test: SplitStatistics
    sizes: tuple[tuple[int, int, int], ...]
    """Original width and height, and number of images, the most frequent first."""
    classes: tuple[tuple[str, int, int], ...]
    """Class, number of training images and number of test images."""


@dataclass(frozen=True)
class Dataset:
    """A dataset on disk."""

    folder: Path
    manifest: Manifest

    @property
    def name(self) -> str:
        """Name of its folder."""
        return self.folder.name

    def images(self, split: str) -> np.ndarray:
        """Return all images of a split, memory-mapped, `(N, size, size, 3)` uint8 RGB. Writing changes only memory.

        Raises:
            InputError: the file is missing or does not match the manifest.
        """
        if split not in SPLITS:
            raise InputError(f"There is no split {split!r}: choose train or test.")
        expected = (getattr(self.manifest, split), self.manifest.size, self.manifest.size, 3)
        path = self.folder / f"{split}.npy"
        try:
            files.require_regular(path)
            array = np.load(path, mmap_mode="c", allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise _damaged(self.folder, f"{split}.npy cannot be read: {error}") from None
        if array.shape != expected or array.dtype != np.uint8:
            raise _damaged(self.folder, f"{split}.npy holds {array.shape}, not {expected}")
        return array

    def index(self) -> "pd.DataFrame":
        """Return where each image came from, with the columns of `index.csv`.

        Raises:
            InputError: the file is missing or damaged.
        """
        import pandas as pd

        path = self.folder / "index.csv"
        texts = dict.fromkeys(("split", "file", "class", "source", "original"), str)  # A class may be called 0.
        try:
            files.require_regular(path, _MAX_INDEX_BYTES)
            index = pd.read_csv(path, keep_default_na=False, dtype={**texts, "row": np.int64})
            for split in SPLITS:
                rows = index.loc[index["split"] == split, "row"]
                if not rows.between(0, getattr(self.manifest, split) - 1).all():
                    raise ValueError("a row is out of range")
            if not set(_INDEX_COLUMNS) <= set(index):
                raise ValueError("a column is missing")
            return index
        except (OSError, ValueError, LookupError) as error:
            raise _damaged(self.folder, f"index.csv cannot be read: {error}") from None

    def card(self) -> str:
        """Return the dataset card, Markdown.

        Raises:
            InputError: the file is missing or damaged.
        """
        try:
            return files.read_text(self.folder / "README.md")
        except (OSError, ValueError) as error:
            raise _damaged(self.folder, f"README.md cannot be read: {error}") from None

    def cleaning_examples(self, step: str) -> np.ndarray | None:
        """Return examples of what a cleaning step found, side by side, `(H, W, 3)` uint8 RGB, or None.

        Raises:
            InputError: the file is damaged.
        """
        path = self.folder / "cleaning" / f"{step}.png"
        if not path.is_file():
            return None
        try:
            files.require_regular(path, _MAX_EXAMPLES_BYTES)
            return decode_image(path.read_bytes(), f"cleaning/{path.name}").pixels
        except (OSError, ValueError) as error:
            raise _damaged(self.folder, f"cleaning/{path.name} cannot be read: {error}") from None

    def statistics(self) -> Statistics:
        """Return the statistics of its images.

        Raises:
            InputError: the file is missing or damaged.
        """
        try:
            return files.read_record(self.folder / "statistics.json", Statistics)
        except (OSError, ValueError) as error:
            raise _damaged(self.folder, f"statistics.json cannot be read: {error}") from None


def load_dataset(name: str) -> Dataset:
    """Load a dataset by name.

    Raises:
        InputError: there is none of that name, or its manifest is damaged.
    """
    folder = workspace.data_folder() / workspace.validate_name(name, "dataset")
    path = folder / "manifest.json"
    if not path.exists():
        raise InputError(f"{_unknown(name)} Make it with: python -m colorizer prepare SOURCE --name {name}")
    try:
        return Dataset(folder, files.read_record(path, Manifest))
    except (OSError, ValueError) as error:
        raise _damaged(folder, f"manifest.json cannot be read: {error}") from None


def dataset_names() -> list[str]:
    """Return the names of all datasets, sorted."""
    return sorted(path.parent.name for path in workspace.data_folder().glob("[!.]*/manifest.json"))


def delete_dataset(name: str) -> None:
    """Delete a dataset. It disappears at once, then its files are deleted.

    Raises:
        InputError: there is none of that name.
        OutputError: it cannot be deleted.
    """
    folder = workspace.data_folder() / workspace.validate_name(name, "dataset")
    if not folder.is_dir():
        raise InputError(_unknown(name))
    hidden = files.hidden(folder, "deleting")
    try:
        folder.rename(hidden)
    except OSError as error:
        raise OutputError(
            f"The dataset {name!r} cannot be deleted ({error.strerror}): close programs that use it and check the "
            f"permissions of {folder.parent}."
        ) from None
    shutil.rmtree(hidden, ignore_errors=True)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write manifest.json."""
    files.write_json(folder / "manifest.json", asdict(manifest))


def _unknown(name: str) -> str:
    return f"There is no dataset {name!r} (there are: {', '.join(dataset_names()) or 'none yet'})."


def _damaged(folder: Path, reason: str) -> InputError:
    return InputError(f"The dataset {folder.name!r} is damaged ({reason}): delete {folder} and prepare it again.")
