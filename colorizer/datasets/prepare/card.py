"""The dataset card: a README about a dataset, written beside its data."""

from colorizer.datasets.dataset import Manifest
from colorizer.datasets.prepare.clean import STEPS, action
from colorizer.text import escape_markdown

_RESIZED = {
    "crop": "center-cropped to a square and resized (Lanczos)",
    "resize": "resized to a square, without keeping the aspect ratio (Lanczos)",
    "reject": "left out",
}


def dataset_card(manifest: Manifest) -> str:
    """Return Markdown that says what the dataset holds, where it came from, and how it was cleaned and split.

    Names are escaped: an archive called `![](https://...)` must not load an image from another site.
    """
    sources = "\n".join(
        f"| {escape_markdown(source.label)} | {source.train:,} | {source.test:,} | {source.skipped:,} |"
        for source in manifest.sources
    )
    titles = {step.key: step.title for step in STEPS}
    cleaning = "\n".join(
        f"| {titles[record.step]} | {record.found:,} | {action(record)} |" for record in manifest.cleaning
    )
    settings = manifest.settings
    seed = f"{settings['seed']}:" if settings["seed"] else ""
    split = (
        "A source with both training and test folders keeps its own split. Any other is split by the"
        if settings["split"] == "folders"
        else "By the"
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
- **Grayscale baseline**: mean squared error of the test images without their color: {manifest.grayscale_mse:.6f}.
- **Split**: {split} SHA-256 of each image's
  `{seed}class/name`: the lowest {settings["test_fraction"]:.0%} of all hashes are the test split.
- **Names**: all classes share one flat folder, so an image is called `<class>_<name>.png`, with a number if that is
  taken. `index.csv` lists the original path of each image, `left_out.csv` what was left out and why.
- **Size**: images of other sizes were {_RESIZED[settings["resize_mode"]]}.
- **Fingerprint** of the pixels: `{manifest.fingerprint}`.
"""
