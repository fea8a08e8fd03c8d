"""The loss of the study."""

import pytest

from colorizer.study import STUDY_SUMS, mean_test_error, study_sum


def test_study_sum_adds_batches_of_100() -> None:
    assert study_sum((100 * 0.01 + 100 * 0.03) / 200, 200) == pytest.approx(0.01 + 0.03)
    assert study_sum((100 * 0.01 + 50 * 0.5) / 150, 150) == pytest.approx(0.01 + 0.5 / 2), "a smaller batch counts less"


def test_mean_test_error_inverts_study_sum() -> None:
    assert mean_test_error(study_sum(0.0045, 10_000)) == pytest.approx(0.0045)
    assert mean_test_error(STUDY_SUMS["fc2048"][1]) == pytest.approx(0.013706)
