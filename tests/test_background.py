"""Work in the background steps aside, and never forward."""

import subprocess
import sys

import psutil
import pytest

AFTER = (
    "import psutil; from colorizer.background import lower_priority; lower_priority(); print(psutil.Process().nice())"
)


@pytest.mark.skipif(psutil.WINDOWS, reason="priorities have other numbers there")
@pytest.mark.parametrize(("before", "after"), [(0, 10), (15, 15)])
def test_a_process_gets_a_lower_priority_but_never_a_higher(before: int, after: int) -> None:
    before = max(before, psutil.Process().nice())
    command = [sys.executable, "-c", f"import psutil; psutil.Process().nice({before}); {AFTER}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(done.stdout) == max(before, after)
