"""Figures against values worked out by hand or by other means."""

import numpy as np
import pytest

from colorizer import metrics
from tests.making import noise, plain_luma, smooth


def flat(*values: float) -> np.ndarray:
    """Pictures of 8 pixels' side, each of one gray value."""
    return np.stack([np.full((8, 8, 3), value) for value in values])


def test_pooled_and_mean_psnr_differ_as_they_should() -> None:
    true = np.zeros((2, 8, 8, 3), dtype=np.uint8)
    figures = metrics.summarize(true, [flat(0.1, 0.2)])
    assert figures["mse"] == pytest.approx(0.025)
    assert figures["psnr"] == pytest.approx(16.0206, abs=1e-4)
    assert figures["psnr_mean"] == pytest.approx((20 + 13.9794) / 2, abs=1e-4)


def test_the_studys_sum_adds_up_batches_of_a_hundred() -> None:
    errors = np.concatenate([np.full(100, 0.01), np.full(100, 0.03), np.full(50, 0.5)])
    assert metrics.study_sum(errors) == pytest.approx(0.54)


def test_colourfulness_of_a_picture_half_red_half_green() -> None:
    picture = np.zeros((1, 4, 4, 3))
    picture[0, :2, :, 0] = picture[0, 2:, :, 1] = 1
    # red - green is 255 or -255: mean 0, deviation 255; yellow - blue is 127.5 everywhere.
    assert metrics.colorfulness(picture) == pytest.approx(255 + 0.3 * 127.5)


def test_gray_has_no_colourfulness_at_all() -> None:
    gray = np.repeat(np.random.default_rng(0).random((3, 8, 8, 1)), 3, axis=-1)
    assert metrics.colorfulness(gray) == pytest.approx(0, abs=1e-9)


def test_identical_pictures_have_the_best_figures() -> None:
    true = np.stack([noise(1, 16, 16), smooth(2, 16, 16)])
    figures = metrics.summarize(true, [true / 255])
    assert figures["mse"] == pytest.approx(0, abs=1e-12)
    assert figures["psnr"] == figures["psnr_mean"] == 100
    assert figures["ssim"] == pytest.approx(1)
    assert figures["ciede2000"] == pytest.approx(0, abs=1e-3)
    assert figures["colorfulness"] == pytest.approx(figures["colorfulness_true"], rel=1e-5)


def test_the_colour_difference_of_black_and_white_is_a_hundred() -> None:
    assert metrics.ciede2000(flat(0.0), flat(1.0)) == pytest.approx(100, abs=0.01)


def test_the_colour_difference_of_red_and_green_is_the_known_one() -> None:
    red, green = flat(0.0), flat(0.0)
    red[..., 0] = green[..., 1] = 1
    assert metrics.ciede2000(red, green) == pytest.approx(86.6, abs=0.1)


def test_figures_do_not_depend_on_how_pictures_are_batched() -> None:
    true = np.stack([smooth(seed, 8, 8) for seed in range(7)])
    predicted = np.repeat(plain_luma(true)[..., None], 3, axis=-1) / 255
    whole = metrics.summarize(true, [predicted])
    parts = metrics.summarize(true, [predicted[:3], predicted[3:4], predicted[4:]])
    assert parts == pytest.approx(whole)
    assert whole["mse"] == pytest.approx(np.square(true / 255 - predicted).mean())


def test_dull_colours_score_lower_in_colourfulness() -> None:
    true = np.stack([smooth(3, 16, 16)])
    dull = plain_luma(true)[..., None] * 0.5 + true * 0.5
    figures = metrics.summarize(true, [dull / 255])
    assert figures["colorfulness"] == pytest.approx(figures["colorfulness_true"] / 2, rel=1e-4)
