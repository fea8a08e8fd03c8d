"""The pipeline against figures known for CIFAR-10."""

import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from colorizer import metrics
from colorizer.color import luma
from colorizer.datasets.loader import sequential_batches
from colorizer.datasets.prepare.statistics import grayscale_mse, measure
from colorizer.imaging import decode_image
from colorizer.study import study_sum

DATA = Path(os.environ.get("COLORIZER_TEST_DATA", ""))


@pytest.mark.skipif(
    not (DATA / "cifar10.zip").is_file(),
    reason="COLORIZER_TEST_DATA names no folder with cifar10.zip",
)
def test_grayscale_baseline_of_cifar10() -> None:
    with zipfile.ZipFile(DATA / "cifar10.zip") as archive:
        names = sorted(name for name in archive.namelist() if name.startswith("test/") and name.endswith(".webp"))
        true = np.stack([decode_image(archive.read(name), name).pixels for name in names])
    assert true.shape == (10_000, 32, 32, 3)

    errors, colorful = [], []
    for rgb in sequential_batches(torch.from_numpy(true), 1000):
        expected = rgb.permute(0, 2, 3, 1).numpy()
        gray = luma(rgb).expand_as(rgb).permute(0, 2, 3, 1).numpy()
        errors.append(metrics.mean_squared_errors(expected, gray))
        colorful.append(metrics.colorfulness(expected))
    mse = np.concatenate(errors)
    assert mse.mean() == pytest.approx(0.006616, abs=1e-6)
    assert grayscale_mse(measure(true)) == pytest.approx(mse.mean(), rel=1e-5)
    assert study_sum(mse.mean(), len(mse)) == pytest.approx(0.6616, abs=1e-4)
    assert metrics.psnr(mse.mean()) == pytest.approx(21.79, abs=0.005)
    assert metrics.psnr(mse).mean() == pytest.approx(25.05, abs=0.01)
    assert np.concatenate(colorful).mean() == pytest.approx(33.65, abs=0.01)
