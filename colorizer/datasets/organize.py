"""One flat folder out of many: which split an image belongs to, and under which name.

The study put all classes into one folder. File names repeat across class folders, so each image
is renamed `<class>_<name>`; where even that is taken, a number is added.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

TRAIN_FOLDERS = ("train", "training")
TEST_FOLDERS = ("test", "testing", "val", "valid", "validation")
TEST_SHARE = 0.1
"""Part of the images that becomes the test split where a source has no split of its own."""

_UNUSUAL = re.compile(r"[^\w.() +-]")
_LONGEST = 120  # bytes; file systems end at 255


@dataclass(frozen=True)
class Place:
    """Where one image of a source goes."""

    source_name: str
    """Its path inside the source."""
    split: str
    """`train` or `test`."""
    file_name: str
    """Its name in the flat folder, ending in `.png`."""


def organize(names: Sequence[str], taken: set[str]) -> list[Place]:
    """Give every image of one source a split and a flat name.

    A source with both training and test images keeps its split. Otherwise a hash of each image's
    class and name decides, so that an image stays in its split when others are added.

    Args:
        names: paths inside the source, in the order in which names are to be given.
        taken: flat names already given, as `split/name` in lower case; the new ones are added.

    Returns:
        One place per name, in the same order.
    """
    parsed = [_parse(name) for name in names]
    has_own_split = {split for split, _, _ in parsed} >= {"train", "test"}
    hashes = [_hash(f"{group}/{path.name}") for _, group, path in parsed]
    lowest, highest = min(hashes, default=0), max(hashes, default=0)
    places = []
    for name, (own_split, group, path), share in zip(names, parsed, hashes, strict=True):
        if has_own_split:
            split = own_split or "train"
        else:
            # Even of a handful of images, one is for training and one for testing.
            is_test = share != highest and (share < TEST_SHARE or share == lowest)
            split = "test" if is_test else "train"
        base = _shorten(_UNUSUAL.sub("_", f"{group}_{path.stem}" if group else path.stem))
        file_name, number = f"{base}.png", 2
        # Lower case, because Windows and macOS take A.png and a.png for the same file.
        while f"{split}/{file_name}".lower() in taken:
            file_name, number = f"{base}-{number}.png", number + 1
        taken.add(f"{split}/{file_name}".lower())
        places.append(Place(name, split, file_name))
    return places


def _parse(name: str) -> tuple[str | None, str, PurePosixPath]:
    """The split folder a path names (if any), its class folder ('' if none), and the path."""
    path = PurePosixPath(name.replace("\\", "/"))  # some ZIP files come from Windows
    split = None
    for folder in path.parts[:-1]:
        if folder.lower() in TRAIN_FOLDERS:
            split = "train"
        elif folder.lower() in TEST_FOLDERS:
            split = "test"
    parent = path.parts[-2] if len(path.parts) > 1 else ""
    is_split_folder = parent.lower() in TRAIN_FOLDERS + TEST_FOLDERS
    return split, "" if is_split_folder else parent, path


def _shorten(name: str) -> str:
    return name.encode("utf-8")[:_LONGEST].decode("utf-8", "ignore")


def _hash(text: str) -> float:
    """A number in [0, 1) that depends on the text alone."""
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8]) / 2**64
