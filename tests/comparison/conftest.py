"""What the tests of comparisons share."""

from tests.evaluation.conftest import brief as brief
