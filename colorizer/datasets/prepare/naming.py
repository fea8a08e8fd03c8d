"""Split and flat file name of an image.

As in the 2021 study, all classes go into one folder. File names repeat across class folders, so each image is
renamed `<class>_<name>`, with a number where even that is taken.
"""

import hashlib
import re
from typing import NamedTuple

from colorizer.datasets.sources.base import split_path

TRAIN_FOLDERS = ("train", "training")
TEST_FOLDERS = ("test", "testing", "val", "valid", "validation")

_UNSAFE = re.compile(r"[^\w.() +-]")
_MAX_BYTES = 120  # File systems allow 255.


class ParsedPath(NamedTuple):
    """What the path of an image says about it."""

    split: str | None
    """`train` or `test` if a folder in its path has that name; the outermost counts, as a class may have it too."""
    class_name: str
    """Name of the folder it is in; empty if that is the split's folder."""
    file: str
    """Its own name."""


def parse(name: str) -> ParsedPath:
    """Parse the path of an image inside its source."""
    *folders, file = split_path(name) or [""]
    for depth, folder in enumerate(folders, start=1):
        if folder.lower() in TRAIN_FOLDERS + TEST_FOLDERS:
            split = "train" if folder.lower() in TRAIN_FOLDERS else "test"
            return ParsedPath(split, folders[-1] if depth < len(folders) else "", file)
    return ParsedPath(None, folders[-1] if folders else "", file)


def flat_name(path: ParsedPath) -> str:
    """Return `<class>_<name>` without suffix, in characters and a length that every file system allows."""
    stem = path.file.rpartition(".")[0] or path.file
    name = _UNSAFE.sub("_", f"{path.class_name}_{stem}" if path.class_name else stem)
    return name.encode("utf-8", "replace")[:_MAX_BYTES].decode("utf-8", "ignore")


def split_hash(path: ParsedPath, seed: int) -> int:
    """Return a number from 0 to 2**32 - 1 that depends only on an image's class, name and the seed.

    The lowest tenth of all hashes is a test split of one tenth. So the split of an image does not change when other
    images are added.
    """
    text = f"{path.class_name}/{path.file}"
    if seed:
        text = f"{seed}:{text}"
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:4])


def is_test(value: int, test_fraction: float, lowest: int, highest: int) -> bool:
    """Return whether an image with this `split_hash` is in the test split.

    The image with the lowest hash always is, and that with the highest never, so that neither split is empty.
    """
    return value != highest and (value < test_fraction * 2**32 or value == lowest)
