"""The learning rate over a run."""

import pytest

from colorizer.runs.config import TrainingConfig
from colorizer.training.schedule import learning_rate

STEPS = 200


def rates(schedule: str) -> list[float]:
    config = TrainingConfig(schedule=schedule, learning_rate=0.01)
    return [learning_rate(config, step, STEPS) for step in range(STEPS)]


def test_a_constant_rate_never_changes() -> None:
    assert set(rates("constant")) == {0.01}


def test_one_cycle_rises_for_a_fifth_and_falls_to_nearly_nothing() -> None:
    values = rates("one_cycle")
    top = values.index(max(values))
    assert top == STEPS // 5
    assert values[top] == pytest.approx(0.01)
    assert values[0] == pytest.approx(0.0004)
    assert values[-1] < 1e-5
    assert values[: top + 1] == sorted(values[: top + 1])
    assert values[top:] == sorted(values[top:], reverse=True)
    assert min(values) > 0


@pytest.mark.parametrize("steps", [1, 2, 3, 5])
def test_the_shortest_runs_have_a_rate_at_every_step(steps: int) -> None:
    config = TrainingConfig(learning_rate=0.01)
    assert all(0 < learning_rate(config, step, steps) <= 0.01 for step in range(steps))
