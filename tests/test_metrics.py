"""Metrics against values calculated by hand or by other means."""

import numpy as np
import pytest
from skimage.metrics import structural_similarity

from colorizer import metrics
from tests.factories import noise, plain_luma, smooth


def flat(*values: float) -> np.ndarray:
    """Pictures of 8 pixels' side, each of one gray value."""
    return np.stack([np.full((8, 8, 3), value) for value in values])


def test_colorfulness_of_half_red_half_green() -> None:
    picture = np.zeros((1, 4, 4, 3))
    picture[0, :2, :, 0] = picture[0, 2:, :, 1] = 1
    # red - green is 255 or -255: mean 0, deviation 255; yellow - blue is 127.5 everywhere.
    assert metrics.colorfulness(picture) == pytest.approx(255 + 0.3 * 127.5)


def test_gray_has_zero_colorfulness() -> None:
    gray = np.repeat(np.random.default_rng(0).random((3, 8, 8, 1)), 3, axis=-1)
    assert metrics.colorfulness(gray) == pytest.approx(0, abs=1e-9)


def test_identical_images_have_the_best_metrics() -> None:
    true = np.stack([noise(1, 16, 16), smooth(2, 16, 16)])
    figures = metrics.measure(true, true / np.float32(255))
    assert figures["mse"] == pytest.approx(0, abs=1e-12)
    assert figures["psnr_mean"].tolist() == [100, 100]
    assert figures["ssim"] == pytest.approx(1)
    assert figures["ciede2000"] == pytest.approx(0, abs=1e-3)
    assert figures["colorfulness"] == pytest.approx(figures["colorfulness_true"], rel=1e-5)
    assert figures["colorfulness_distance"] == pytest.approx(0, abs=1e-4)
    assert figures["within_2"].tolist() == figures["within_5"].tolist() == [1, 1]


def test_metrics_against_hand_calculation() -> None:
    figures = metrics.measure(np.zeros((2, 8, 8, 3), dtype=np.uint8), flat(0.1, 0.2))
    assert figures["mse"] == pytest.approx([0.01, 0.04])
    assert figures["psnr_mean"] == pytest.approx([20, 13.9794], abs=1e-4)
    # One picture is black and both are flat: all that is left of the similarity is 0.01^2 / (value^2 + 0.01^2).
    assert figures["ssim"] == pytest.approx([1e-4 / (1e-2 + 1e-4), 1e-4 / (4e-2 + 1e-4)], rel=1e-4)


def test_ssim_is_per_image() -> None:
    true = np.stack([smooth(seed, 24, 32) for seed in range(5)]) / 255
    predicted = np.clip(true + np.random.default_rng(0).normal(0, 0.1, true.shape), 0, 1)
    alone = [
        structural_similarity(one, other, channel_axis=-1, data_range=1.0)
        for one, other in zip(true, predicted, strict=True)
    ]
    assert metrics.ssim(true, predicted) == pytest.approx(alone, abs=1e-12)
    assert metrics.ssim(true.astype(np.float32), predicted.astype(np.float32)) == pytest.approx(alone, abs=1e-4)


def test_within_needs_all_three_channels() -> None:
    true = np.full((1, 10, 10, 3), 0.5)
    predicted = true.copy()
    predicted[0, 0, :, 0] += 0.03  # ten pixels off in one channel
    predicted[0, 1, :5] -= 0.06  # five in all
    predicted[0, 2, 0, 2] += 0.0199
    within_2, within_5 = metrics.share_within(true, predicted, (0.02, 0.05))
    assert within_2 == pytest.approx([0.85])
    assert within_5 == pytest.approx([0.95])


def test_colorfulness_distance_does_not_cancel() -> None:
    vivid, dull = np.zeros((2, 8, 8, 3), np.uint8)
    vivid[:4, :, 0] = vivid[4:, :, 1] = 200
    true = np.stack([vivid, dull])
    figures = metrics.measure(true, true[::-1] / np.float32(255))
    assert figures["colorfulness"].mean() == pytest.approx(figures["colorfulness_true"].mean())
    assert figures["colorfulness_distance"].mean() == pytest.approx(figures["colorfulness_true"].max(), rel=1e-5)


def test_ciede2000_of_black_and_white_is_100() -> None:
    assert metrics.ciede2000(flat(0.0), flat(1.0)) == pytest.approx(100, abs=0.01)


def test_ciede2000_of_red_and_green() -> None:
    red, green = flat(0.0), flat(0.0)
    red[..., 0] = green[..., 1] = 1
    assert metrics.ciede2000(red, green) == pytest.approx(86.6, abs=0.1)


def test_dull_colors_have_lower_colorfulness() -> None:
    true = np.stack([smooth(3, 16, 16)])
    dull = plain_luma(true)[..., None] * 0.5 + true * 0.5
    figures = metrics.measure(true, (dull / 255).astype(np.float32))
    assert figures["colorfulness"] == pytest.approx(figures["colorfulness_true"] / 2, rel=1e-4)
