"""What the tests of figures share."""

import pytest

from colorizer.evaluation import cost


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time is taken, but not for long."""
    monkeypatch.setattr(cost, "_WARM_UP", 1)
    monkeypatch.setattr(cost, "_MOST", cost._FEWEST)
