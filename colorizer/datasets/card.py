"""The dataset card: a page about a dataset for people, written beside its data."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from colorizer.datasets.dataset import Manifest


def dataset_card(manifest: "Manifest") -> str:
    """Markdown that says what the dataset holds, where it came from and how it was split."""
    rows = "\n".join(
        f"| {source.label} | {source.train:,} | {source.test:,} | {source.skipped:,} |" for source in manifest.sources
    )
    return f"""# Dataset {manifest.name}

{manifest.train:,} training and {manifest.test:,} test images of {manifest.size}x{manifest.size} pixels,
8-bit sRGB.

| source | train | test | skipped |
|---|---|---|---|
{rows}

- **Luma of the training images** (0.299 R + 0.587 G + 0.114 B, in [0, 1]): mean {manifest.gray_mean:.6f},
  standard deviation {manifest.gray_std:.6f}.
- **Gray copy**: leaving the test images gray has a mean squared error of {manifest.gray_copy_mse:.6f}.
- **Split**: a source with both training and test images keeps its own. Otherwise the SHA-256 of each image's
  `class/name` decides: the lowest tenth of all hashes is the test split.
- **Names**: all classes share one flat folder, so an image is called `<class>_<name>.png`, with a number where
  that was taken. `index.csv` tells the original path of each.
- **Size**: an image of another size was cut to a square from its middle and resized (Lanczos).
- **Fingerprint** of the pixels: `{manifest.fingerprint}`.
"""
