"""The offline sample: small crops of real photographs that installed packages bring along.

It is no substitute for a dataset, but a newcomer can train on it within seconds and without a
download. Test crops come from the right fifth of each photograph, training crops from the rest,
so no test pixel was trained on.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from colorizer.datasets.sources.base import Entry, Progress
from colorizer.imaging.bundled import PHOTOGRAPHS, load

TRAIN_CROPS = 2000
TEST_CROPS = 400
_TEST_SHARE = 0.2
_SMALLEST_CROP = 40


@dataclass(frozen=True)
class SampleSource:
    """The crops as a source: `train/<photograph>/<number>.png` and `test/...`."""

    label: str = "sample"

    def entries(self) -> Iterator[Entry]:
        """All crops."""
        for split, count in (("test", TEST_CROPS), ("train", TRAIN_CROPS)):
            for number in range(count):
                yield Entry(f"{split}/{PHOTOGRAPHS[number % len(PHOTOGRAPHS)].name}/{number:04d}.png", 0)

    def stage(self, folder: Path, progress: Progress) -> None:
        """Nothing to do: the photographs are installed."""

    def staged(self, folder: Path) -> "SampleSource":
        """Itself."""
        return self

    def read(self, entry: Entry) -> bytes:
        """One crop as a PNG file; the same name always gives the same crop."""
        split, _, file_name = entry.name.split("/")
        number = int(Path(file_name).stem)
        pixels = load(PHOTOGRAPHS[number % len(PHOTOGRAPHS)]).pixels
        border = round(pixels.shape[1] * (1 - _TEST_SHARE))
        part = pixels[:, border:] if split == "test" else pixels[:, :border]
        random = np.random.default_rng([number, split == "test"])
        # Crops of all scales, from details to most of the picture, small ones more often.
        side = round(_SMALLEST_CROP * (min(part.shape[:2]) / _SMALLEST_CROP) ** random.random())
        top, left = (int(random.integers(0, length - side + 1)) for length in part.shape[:2])
        buffer = io.BytesIO()
        crop = Image.fromarray(part[top : top + side, left : left + side])
        crop.save(buffer, format="PNG", compress_level=0)
        return buffer.getvalue()
