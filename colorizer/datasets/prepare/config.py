"""The options of `prepare`. The command-line flags and the page's form are generated from them."""

from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from colorizer import workspace
from colorizer.datasets.dataset import MAX_SIZE
from colorizer.errors import InputError
from colorizer.options import option, validate_options

MIN_SIZE = 8


@dataclass(frozen=True)
class PrepareConfig:
    """Everything that determines what a dataset holds.

    Raises:
        InputError: an option is out of range; the message names the option and the range.
    """

    sources: tuple[str, ...]
    """Folders, archives, or the names `sample`, `cifar10`, `cifar100`."""
    name: str
    size: int = option(
        32, "Side of the dataset's square images in pixels.", label="Image size", low=MIN_SIZE, high=MAX_SIZE
    )
    resize_mode: str = option(
        "crop",
        "How to make images of other sizes square: crop keeps the central square, resize distorts the whole image, "
        "reject leaves the image out.",
        label="Resize mode", choices=("crop", "resize", "reject"),
    )  # fmt: skip
    split: str = option(
        "folders",
        "folders keeps the train and test folders of a source that has both; random splits every source anew.",
        label="Split", choices=("folders", "random"),
    )  # fmt: skip
    test_fraction: float = option(
        0.1, "Fraction of the images to use as the test split, for sources that are split at random.",
        label="Test fraction", low=0.01, high=0.9,
    )  # fmt: skip
    seed: int = option(
        0, "Seed of the random split; the same seed gives the same split.", label="Seed", low=0, high=2**31 - 1
    )
    skip_unreadable: bool = option(
        True, "Skip files that cannot be read; otherwise, preparing stops at the first one.",
        label="Skip unreadable files",
    )  # fmt: skip
    drop_grayscale: bool = option(
        False, "Leave out images without color, from which there is nothing to learn.", label="Remove grayscale images"
    )
    drop_duplicates: bool = option(
        False,
        "Leave out images whose pixels are identical to those of an earlier one.",
        label="Remove exact duplicates",
    )
    drop_leaks: bool = option(
        False,
        "Leave out training images that are near-duplicates of a test image, regardless of brightness and color.",
        label="Remove train-test leaks",
    )
    images: bool = option(True, "Also write every image as a PNG file to one flat folder.", label="Write PNG files")

    def __post_init__(self) -> None:
        workspace.validate_name(self.name, "dataset")
        validate_options(self)

    def require_sources(self) -> None:
        """Check that there are sources. Uploaded archives are added after the configuration is made.

        Raises:
            InputError: there are none.
        """
        if not self.sources:
            raise InputError("Name at least one source: a folder, an archive, or the name sample.", setting="sources")

    def options(self) -> dict[str, Any]:
        """Return all options, without the sources and the name."""
        return {item.name: getattr(self, item.name) for item in fields(self) if item.metadata}

    def to_json(self) -> dict[str, Any]:
        """Return the configuration as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """Return the configuration that `to_json` has written.

        Raises:
            InputError, LookupError, TypeError: the values are invalid.
        """
        return cls(**{**values, "sources": tuple(values["sources"])})
