"""The offline sample: small crops of real photographs that come with installed packages.

It is no substitute for a dataset, but a network can be trained on it within seconds and without a download. Test
crops come from the right fifth of each photograph and training crops from the rest, so no test pixel is trained on.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from colorizer.datasets.sources.base import Entry, Source
from colorizer.imaging.bundled import PHOTOGRAPHS, load

TRAIN_CROPS = 2000
TEST_CROPS = 400
_TEST_FRACTION = 0.2
_MIN_CROP = 40


@dataclass(frozen=True)
class SampleSource(Source):
    """The crops, laid out as `train/<photograph>/<number>.png` and `test/...`."""

    label: str = "sample"

    def entries(self) -> Iterator[Entry]:
        for split, count in (("test", TEST_CROPS), ("train", TRAIN_CROPS)):
            for number in range(count):
                yield Entry(f"{split}/{PHOTOGRAPHS[number % len(PHOTOGRAPHS)].name}/{number:04d}.png", 0)

    def read(self, entry: Entry) -> bytes:
        """Return a crop as a PNG file; the same name always gives the same crop."""
        split, _, file_name = entry.name.split("/")
        number = int(Path(file_name).stem)
        pixels = load(PHOTOGRAPHS[number % len(PHOTOGRAPHS)]).pixels
        border = round(pixels.shape[1] * (1 - _TEST_FRACTION))
        part = pixels[:, border:] if split == "test" else pixels[:, :border]
        random = np.random.default_rng([number, split == "test"])
        # Log-uniform sizes: from details to most of the photograph, small ones more often.
        side = round(_MIN_CROP * (min(part.shape[:2]) / _MIN_CROP) ** random.random())
        top, left = (int(random.integers(0, length - side + 1)) for length in part.shape[:2])
        buffer = io.BytesIO()
        crop = Image.fromarray(part[top : top + side, left : left + side])
        crop.save(buffer, format="PNG", compress_level=0)
        return buffer.getvalue()
