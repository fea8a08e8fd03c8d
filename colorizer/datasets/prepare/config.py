"""What a dataset is to be made from, and how. The command line's flags and the page's fields come from here."""

from dataclasses import asdict, dataclass, fields
from typing import Any

from colorizer import workspace
from colorizer.errors import InputError
from colorizer.options import option, validate_options

SMALLEST, LARGEST = 8, 1024


@dataclass(frozen=True)
class PrepareConfig:
    """Everything that decides what a dataset holds. Checked when made.

    Raises:
        InputError: a value is out of its range; the message names the setting and the range.
    """

    sources: tuple[str, ...]
    """Folders, archives, or the words `sample`, `cifar10`, `cifar100`."""
    name: str
    size: int = option(
        32, "Side of the dataset's square pictures in pixels.", label="Size in pixels", low=SMALLEST, high=LARGEST
    )
    sizes: str = option(
        "crop",
        "What becomes of a picture of another size: crop takes the square in its middle and resizes it, "
        "resize squeezes all of it into the square, reject leaves it out.",
        label="Pictures of other sizes", choices=("crop", "resize", "reject"),
    )  # fmt: skip
    split: str = option(
        "own",
        "own keeps a source's train and test folders where it has both; ratio splits every source anew.",
        label="Split", choices=("own", "ratio"),
    )  # fmt: skip
    test_share: float = option(
        0.1, "Part of the pictures that becomes the test split, where they are split anew.",
        label="Share for testing", low=0.01, high=0.9,
    )  # fmt: skip
    seed: int = option(
        0, "Another seed splits otherwise; the same seed always splits the same way.",
        label="Seed of the split", low=0, high=2**31 - 1,
    )  # fmt: skip
    skip_unreadable: bool = option(
        True, "Leave out files that cannot be read; otherwise the first one ends the preparation.",
        label="Leave out unreadable files",
    )  # fmt: skip
    drop_gray: bool = option(
        False,
        "Leave out pictures without color: there is nothing to learn from them.",
        label="Leave out gray pictures",
    )
    drop_duplicates: bool = option(
        False, "Leave out pictures whose pixels are those of an earlier one.", label="Leave out exact duplicates"
    )
    drop_leaks: bool = option(
        False, "Leave out training pictures that all but equal a test picture, whatever their brightness and colors.",
        label="Leave out near-duplicates of test pictures",
    )  # fmt: skip
    flat_images: bool = option(
        True, "Also write every picture as a PNG file into one flat folder.", label="Flat folder of PNG files"
    )

    def __post_init__(self) -> None:
        workspace.validate_name(self.name, "dataset")
        validate_options(self)

    def require_sources(self) -> None:
        """Archives that are still to be dropped may come after the rest.

        Raises:
            InputError: there are no sources.
        """
        if not self.sources:
            raise InputError("Name at least one source: a folder, an archive or the word sample.")

    def settings(self) -> dict[str, Any]:
        """How it is made, without where from."""
        return {item.name: getattr(self, item.name) for item in fields(self) if item.metadata}


def to_json(config: PrepareConfig) -> dict[str, Any]:
    """The configuration as JSON can hold it."""
    return asdict(config)


def from_json(values: dict[str, Any]) -> PrepareConfig:
    """The inverse of `to_json`.

    Raises:
        InputError, TypeError: it is no such configuration.
    """
    return PrepareConfig(**{**values, "sources": tuple(values["sources"])})
