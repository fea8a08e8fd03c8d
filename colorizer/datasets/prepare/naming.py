"""One flat folder out of many: which split an image belongs to, and under which name.

The study put all classes into one folder. File names repeat across class folders, so each image
is renamed `<class>_<name>`; where even that is taken, a number is added.
"""

import hashlib
import re
from typing import NamedTuple

from colorizer.datasets.sources.base import split_path

TRAIN_FOLDERS = ("train", "training")
TEST_FOLDERS = ("test", "testing", "val", "valid", "validation")

_UNUSUAL = re.compile(r"[^\w.() +-]")
_LONGEST = 120  # bytes; file systems end at 255


class Parsed(NamedTuple):
    """What the path of an image says."""

    split: str | None
    """`train` or `test` if a folder on the way is called so."""
    group: str
    """Its class: the name of the folder it lies in, or nothing if that only names a split."""
    file: str
    """Its own name."""


def parse(name: str) -> Parsed:
    """Take the path of an image inside its source apart."""
    *folders, file = split_path(name) or [""]
    split = None
    for folder in folders:
        if folder.lower() in TRAIN_FOLDERS:
            split = "train"
        elif folder.lower() in TEST_FOLDERS:
            split = "test"
    parent = folders[-1] if folders else ""
    is_split_folder = parent.lower() in TRAIN_FOLDERS + TEST_FOLDERS
    return Parsed(split, "" if is_split_folder else parent, file)


def flat_name(parsed: Parsed) -> str:
    """`<class>_<name>` without ending, as every file system takes it."""
    stem = parsed.file.rpartition(".")[0] or parsed.file
    name = _UNUSUAL.sub("_", f"{parsed.group}_{stem}" if parsed.group else stem)
    return name.encode("utf-8", "replace")[:_LONGEST].decode("utf-8", "ignore")


def share_of(parsed: Parsed, seed: int) -> int:
    """A number from 0 to 2**32 - 1 that depends on an image's class, name and the seed alone.

    An image whose number is among the lowest tenth is in a test split of one tenth, whatever other
    images there are.
    """
    text = f"{parsed.group}/{parsed.file}"
    if seed:
        text = f"{seed}:{text}"
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:4])


def is_test(share: int, test_share: float, lowest: int, highest: int) -> bool:
    """Whether an image belongs to the test split; even of a handful, one is for training and one for testing."""
    return share != highest and (share < test_share * 2**32 or share == lowest)
