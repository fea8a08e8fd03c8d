"""The table that `evaluate` prints."""

import pytest

from colorizer.evaluation import evaluate_runs
from colorizer.evaluation.cache import KEYS
from colorizer.evaluation.table import table
from colorizer.runs import Run

pytestmark = pytest.mark.usefixtures("brief")


def metrics_of(name: str, **values: float) -> dict[str, object]:
    known = {key: 0.5 for key in KEYS if key not in ("run", "architecture", "intervals")}
    intervals = {"mse": [0.0045, 0.0049], "within_2": [0.10, 0.12]}
    return {"run": name, "architecture": "unet", **known, **values, "intervals": intervals}


def test_table_has_a_line_per_run_and_fits_a_terminal() -> None:
    rows = [metrics_of("gray"), metrics_of("a_rather_long_name", parameters=10_525_744, macs=17_700_000)]
    lines = table(rows).splitlines()
    assert max(map(len, lines)) <= 100
    assert [line.split()[0] for line in lines if line.startswith(("run ", "gray ", "a_r"))] == [
        "run", "gray", "a_rather_long_name",
    ] * 3  # fmt: skip
    assert "10,525,744" in lines[10]
    assert "17.7" in lines[10]


def test_intervals_are_shown_as_half_widths() -> None:
    text = table([metrics_of("gray", mse=0.004712, within_2=0.1134)])
    assert "0.004712 ±0.000200" in text
    assert "11.34 ±1.00" in text


def test_table_of_a_real_run(trained: Run) -> None:
    from colorizer.datasets.dataset import load_dataset

    text = table(evaluate_runs([trained], load_dataset("tiny")))
    assert "trained" in text
    assert "±" in text
