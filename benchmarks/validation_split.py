"""Set photographs aside for choosing constants, so that neither training nor test photographs decide them.

Copies the archives without 450 of their training photographs, and writes those to `validation-*.zip`: 150 of photos256
and, of photos224, 150 of everyday scenes and 150 of other kinds. A hash of the name decides which.

    python -m benchmarks.validation_split photos256.zip photos224.zip --output split
    colorizer prepare split/photos256.zip split/photos224.zip --name photos --size 224 --no-images
    unzip split/validation-everyday.zip -d everyday
    python -m benchmarks.color_quality photo --folder everyday/train
"""

import argparse
import hashlib
import zipfile
from pathlib import Path

_COUNT = 150
_EVERYDAY = ("voc", "osie", "coco", "flickr")
"""Sources of everyday scenes in photos224: what its file names begin with."""
_TEST_FRACTION = 0.1
"""Of photos256, which comes without a test folder; `prepare` splits it by the same hash."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("photos256", type=Path)
    parser.add_argument("photos224", type=Path)
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    first, second = zipfile.ZipFile(options.photos256), zipfile.ZipFile(options.photos224)
    known = [name for name in _training(first) if _hash(f"/{Path(name).name}") >= _TEST_FRACTION]
    everyday = [name for name in _training(second) if Path(name).name.startswith(_EVERYDAY)]
    others = [name for name in _training(second) if not Path(name).name.startswith(_EVERYDAY)]
    chosen = {"known": (first, known), "everyday": (second, everyday), "other": (second, others)}
    validation = {
        label: (archive, set(sorted(names, key=lambda name: _hash(f"validation/{name}"))[:_COUNT]))
        for label, (archive, names) in chosen.items()
    }
    for label, (archive, names) in validation.items():
        _copy(archive, names, options.output / f"validation-{label}.zip")
    aside = set().union(*(names for _, names in validation.values()))
    for path, archive in ((options.photos256, first), (options.photos224, second)):
        _copy(archive, set(archive.namelist()) - aside, options.output / path.name)


def _training(archive: zipfile.ZipFile) -> list[str]:
    return sorted(name for name in archive.namelist() if name.startswith("train/") and not name.endswith("/"))


def _hash(text: str) -> float:
    """Return a hash of a text from 0 to 1."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4]) / 2**32


def _copy(source: zipfile.ZipFile, names: set[str], target: Path) -> None:
    """Write an archive of some entries of another, in their order."""
    with zipfile.ZipFile(target, "w") as archive:
        for entry in source.infolist():
            if entry.filename in names:
                archive.writestr(entry, source.read(entry))
    print(f"{target}: {len(names):,} entries")


if __name__ == "__main__":
    main()
