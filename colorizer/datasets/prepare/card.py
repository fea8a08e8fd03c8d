"""The dataset card: a page about a dataset for people, written beside its data."""

from typing import TYPE_CHECKING

from colorizer.datasets.prepare.clean import STEPS, verdict

if TYPE_CHECKING:
    from colorizer.datasets.dataset import Manifest

_SIZES = {
    "crop": "cut to a square from its middle and resized (Lanczos)",
    "resize": "squeezed to a square (Lanczos)",
    "reject": "left out",
}


def dataset_card(manifest: "Manifest") -> str:
    """Markdown that says what the dataset holds, where it came from, and how it was cleaned and split."""
    sources = "\n".join(
        f"| {source.label} | {source.train:,} | {source.test:,} | {source.skipped:,} |" for source in manifest.sources
    )
    titles = {step.key: step.title for step in STEPS}
    cleaning = "\n".join(
        f"| {titles[record.step]} | {record.found:,} | {verdict(record)} |" for record in manifest.cleaning
    )
    settings = manifest.settings
    seed = f"{settings['seed']}:" if settings["seed"] else ""
    own = (
        "A source with both training and test images keeps its own. Otherwise the"
        if settings["split"] == "own"
        else "The"
    )
    return f"""# Dataset {manifest.name}

{manifest.train:,} training and {manifest.test:,} test images of {manifest.size}x{manifest.size} pixels,
8-bit sRGB.

| source | train | test | skipped |
|---|---|---|---|
{sources}

| cleaning | found | |
|---|---|---|
{cleaning}

- **Luma of the training images** (0.299 R + 0.587 G + 0.114 B, in [0, 1]): mean {manifest.gray_mean:.6f},
  standard deviation {manifest.gray_std:.6f}.
- **Gray copy**: leaving the test images gray has a mean squared error of {manifest.gray_copy_mse:.6f}.
- **Split**: {own} SHA-256 of each image's
  `{seed}class/name` decides: the lowest {settings["test_share"]:.0%} of all hashes are the test split.
- **Names**: all classes share one flat folder, so an image is called `<class>_<name>.png`, with a number where
  that was taken. `index.csv` tells the original path of each, `left_out.csv` what was left out and why.
- **Size**: an image of another size was {_SIZES[settings["sizes"]]}.
- **Fingerprint** of the pixels: `{manifest.fingerprint}`.
"""
