"""A process killed at any file operation loses nothing, and leaves nothing that is in the way of the next start.

The program `benchmarks/kill_points.py` kills at every operation; these tests at some.
"""

import os
from pathlib import Path

import pytest

from benchmarks.kill_points import ACTIONS, Action, operations, problem

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # Forking a process with threads.
]


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.name)
def test_next_start_is_clean_after_a_kill(action: Action, tmp_path: Path) -> None:
    found = operations(action, tmp_path)
    kills = 8 if "run" in action.name or "colorize" in action.name else 5  # A preparation takes longer.
    assert len(found) > kills
    numbers = [1 + number * (len(found) - 1) // (kills - 1) for number in range(kills)]
    problems = {found[number - 1]: problem(action, tmp_path, number) for number in numbers}
    assert not any(problems.values()), problems
