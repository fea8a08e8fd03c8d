"""What is known of the study."""

import pytest

from colorizer.study import STUDY_SUMS, mean_test_error, study_sum


def test_the_studys_sum_adds_up_batches_of_a_hundred() -> None:
    assert study_sum((100 * 0.01 + 100 * 0.03) / 200, 200) == pytest.approx(0.01 + 0.03)
    assert study_sum((100 * 0.01 + 50 * 0.5) / 150, 150) == pytest.approx(0.01 + 0.5 / 2), "a short batch by its size"


def test_a_sum_over_the_test_pictures_becomes_their_mean_again() -> None:
    assert mean_test_error(study_sum(0.0045, 10_000)) == pytest.approx(0.0045)
    assert mean_test_error(STUDY_SUMS["fc2048"][1]) == pytest.approx(0.013706)
