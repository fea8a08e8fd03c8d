"""A strip of test pictures, colored after each epoch: one can see the network learn."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from colorizer import files
from colorizer.color import luma
from colorizer.datasets.loader import to_float
from colorizer.models.base import ColorizationModel

COUNT = 12


def choose_samples(images: Tensor) -> Tensor:
    """Up to twelve pictures spread evenly over a split, `(n, 3, H, W)` float in [0, 1]."""
    rows = torch.linspace(0, len(images) - 1, min(COUNT, len(images))).round().long()
    return to_float(images[rows.to(images.device)])


@torch.no_grad()
def save_strip(model: ColorizationModel, samples: Tensor, folder: Path, epoch: int) -> None:
    """Write `epoch-<number>.png`, and beside it once `gray.png` and `true.png`."""
    folder.mkdir(exist_ok=True)
    gray = luma(samples)
    model.eval()
    _write(folder / f"epoch-{epoch:05d}.png", model(gray).clamp(0, 1))
    if not (folder / "true.png").exists():
        _write(folder / "gray.png", gray.expand_as(samples))
        _write(folder / "true.png", samples)


def _write(path: Path, rgb: Tensor) -> None:
    side_by_side = torch.cat(list(rgb), dim=-1).permute(1, 2, 0)
    pixels = side_by_side.mul(255).round().to(torch.uint8).cpu().numpy()
    with files.atomic_write(path) as temporary:
        Image.fromarray(np.ascontiguousarray(pixels)).save(temporary, format="PNG")
