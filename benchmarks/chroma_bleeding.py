"""How far do colors bleed across an edge when low-resolution chroma is upsampled?

Synthetic images of two colors with a sharp edge between them, straight, slanted, or round. Their chroma is averaged
down to 1/8 of the size, as a network predicts it, and upsampled again: bilinearly, and guided by luma. The table shows
the mean absolute chroma error within 3 pixels of the edge.

    python -m benchmarks.chroma_bleeding [--figure FILE.png]
"""

import argparse
from collections.abc import Iterator
from itertools import combinations

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from colorizer.color import chroma, fit_gamut, luma
from colorizer.inference.upsampling import fit_lines

SIDE, SCALE, NEAR = 512, 8, 3
COLORS = {"red": (0.7, 0.2, 0.2), "sky": (0.5, 0.7, 0.95), "leaf": (0.2, 0.45, 0.15), "skin": (0.85, 0.65, 0.55)}

DRAWN = {"red/sky": "edge in luma", "red/leaf": "no edge in luma"}


def shapes() -> dict[str, Tensor]:
    """Return masks `(H, W)` bool whose border is the edge."""
    y, x = torch.meshgrid(torch.arange(SIDE), torch.arange(SIDE), indexing="ij")
    return {
        "straight": x < SIDE // 2 + 3,
        "slanted": x * 2 + y < SIDE * 1.4,
        "round": (x - SIDE / 2) ** 2 + (y - SIDE / 2) ** 2 < (SIDE / 3.1) ** 2,
    }


def near_edge(mask: Tensor) -> Tensor:
    """Return the pixels at most `NEAR` from the border of a mask, `(H, W)` bool."""
    value = mask.float()[None, None]
    wide = F.max_pool2d(value, 2 * NEAR + 1, 1, NEAR) - (-F.max_pool2d(-value, 2 * NEAR + 1, 1, NEAR))
    return wide[0, 0] > 0


def upsample_both(rgb: Tensor) -> tuple[Tensor, Tensor]:
    """Return chroma `(3, H, W)` upsampled from 1/8 bilinearly, and guided by luma."""
    small = F.avg_pool2d(chroma(rgb)[None], SCALE)
    bilinear = F.interpolate(small, size=rgb.shape[-2:], mode="bilinear", align_corners=False)[0]
    gray = luma(rgb)
    strips = fit_lines(F.avg_pool2d(gray, SCALE), small[0]).strips(*gray.shape[-2:])
    return bilinear, torch.cat([offset + slope * gray[:, top:bottom] for top, bottom, slope, offset in strips], dim=1)


def images() -> Iterator[tuple[str, str, Tensor, Tensor]]:
    """Yield the shape, colors, mask, and RGB `(3, H, W)` of each synthetic image."""
    random = torch.Generator().manual_seed(0)
    for name, mask in shapes().items():
        for first, second in combinations(COLORS, 2):
            one, other = (torch.tensor(COLORS[key])[:, None, None] for key in (first, second))
            # Photographs are never flat: add a little texture in luma on both sides.
            texture = 0.02 * torch.randn(1, SIDE, SIDE, generator=random)
            yield name, f"{first}/{second}", mask, (torch.where(mask, one, other) + texture).clamp(0, 1)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--figure", help="also draw one edge with and one without a step in luma to this PNG file")
    options = parser.parse_args()
    print(f"{'edge':10} {'colors':12} {'contrast':>8} {'bilinear':>9} {'guided':>8} {'ratio':>6}")
    ratios, examples = [], {}
    for name, colors, mask, rgb in images():
        gray = luma(rgb)
        contrast = (gray[0, mask].mean() - gray[0, ~mask].mean()).abs().item()
        edge = near_edge(mask)
        errors = [(result - chroma(rgb)).abs()[:, edge].mean().item() for result in upsample_both(rgb)]
        ratios.append((contrast, errors[1] / errors[0]))
        print(f"{name:10} {colors:12} {contrast:8.2f} {errors[0]:9.4f} {errors[1]:8.4f} {ratios[-1][1]:6.2f}")
        if name == "slanted" and colors in DRAWN:
            examples[DRAWN[colors]] = rgb
    sharp = [ratio for contrast, ratio in ratios if contrast > 0.1]
    flat = [ratio for contrast, ratio in ratios if contrast <= 0.1]
    print(f"ratio guided / bilinear with an edge in luma: median {np.median(sharp):.2f}, worst {max(sharp):.2f}")
    print(f"without an edge in luma: median {np.median(flat):.2f}, worst {max(flat):.2f}")
    if options.figure:
        _draw(examples, options.figure)


def _draw(examples: dict[str, Tensor], path: str) -> None:
    figure, axes = plt.subplots(len(examples), 3, figsize=(9, 6.4), layout="constrained")
    middle = slice(SIDE // 2 - 32, SIDE // 2 + 32)
    across = slice(int(SIDE * 0.45) - 32, int(SIDE * 0.45) + 32)
    for row, (title, rgb) in zip(axes, examples.items(), strict=True):
        shown = [rgb, *(fit_gamut(luma(rgb), colors) for colors in upsample_both(rgb))]
        for axis, image, name in zip(row, shown, ("true colors", "bilinear", "guided by luma"), strict=True):
            axis.imshow(image[:, middle, across].permute(1, 2, 0).numpy(), interpolation="nearest")
            axis.set_title(f"{title}: {name}", fontsize=10)
            axis.axis("off")
    figure.savefig(path, dpi=100)


if __name__ == "__main__":
    main()
