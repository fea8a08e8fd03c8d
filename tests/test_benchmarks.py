"""The benchmarks can be started as they say, and the docs name only those that exist."""

import re
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from benchmarks import __main__ as bench
from benchmarks.machine import rate, run_python, take_turns

ROOT = Path(__file__).resolve().parents[1]
HELPERS = {"__init__", "__main__", "app_server", "baseline", "photo_data"}
"""Modules without a program of their own."""
PROGRAMS = sorted(path.stem for path in (ROOT / "benchmarks").glob("*.py") if path.stem not in HELPERS)


@pytest.mark.parametrize("name", PROGRAMS)
def test_docstring_has_the_command(name: str) -> None:
    module = import_module(f"benchmarks.{name}")
    assert callable(module.main)
    assert f"python -m benchmarks.{name}" in (module.__doc__ or "")


def test_docs_name_only_existing_benchmarks() -> None:
    texts = [path.read_text(encoding="utf-8") for path in (*(ROOT / "docs").glob("*.md"), ROOT / "README.md")]
    named = {name for text in texts for name in re.findall(r"\bbenchmarks[./](\w+)", text)}
    assert named
    assert named <= {*PROGRAMS, *HELPERS}


def test_update_table_changes_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "performance.md"
    text = "Before\n<!-- benchmarks.one --rounds 3 -->\n```\n{}```\nBetween\n<!-- benchmarks.one -->\n```\nother\n```\n"
    page.write_text(text.format("old\n"))
    monkeypatch.setattr(bench, "PAGE", page)
    bench.update_table(["one", "--rounds", "3"], "new \\1\nlines\n")
    assert page.read_text() == text.format("new \\1\nlines\n")


def test_failed_benchmark_has_no_output(capfd: pytest.CaptureFixture[str]) -> None:
    assert bench.run(["machine", "--no-such-option"]) is None
    assert "unrecognized arguments" not in capfd.readouterr().out


def test_measuring() -> None:
    assert rate(lambda: None, 0.01) > 1
    values = iter(range(4))
    turns = take_turns({"a": lambda: next(values), "b": lambda: next(values)}, 2)
    assert {name: row.tolist() for name, row in turns.items()} == {"a": [0, 2], "b": [1, 3]}
    cost = run_python("-c", "print('hello')", memory=True)
    assert cost.output == "hello\n"
    assert cost.peak_megabytes > 1
    assert np.isfinite([cost.seconds, cost.cpu_seconds]).all()
    with pytest.raises(SystemExit, match="failed with exit code 3"):
        run_python("-c", "raise SystemExit(3)")
