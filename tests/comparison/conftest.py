"""Fixtures of the comparison tests."""

from tests.evaluation.conftest import brief as brief
