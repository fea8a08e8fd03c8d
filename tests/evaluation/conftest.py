"""Fixtures of the evaluation tests."""

import pytest

from colorizer.evaluation import cost


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the timing of networks."""
    monkeypatch.setattr(cost, "_WARM_UP", 1)
    monkeypatch.setattr(cost, "_MAX_RUNS", cost._MIN_RUNS)
