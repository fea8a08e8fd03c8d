"""The programs in benchmarks/ can be started as they say, and the page of their tables names only those there are."""

import re
from importlib import import_module
from pathlib import Path

import pytest

from benchmarks import __main__ as bench

ROOT = Path(__file__).resolve().parents[1]
PARTS = {"__init__", "__main__", "plain_loop"}
"""Without a program of their own."""
PROGRAMS = sorted(path.stem for path in (ROOT / "benchmarks").glob("*.py") if path.stem not in PARTS)


@pytest.mark.parametrize("name", PROGRAMS)
def test_each_program_says_how_to_start_it(name: str) -> None:
    module = import_module(f"benchmarks.{name}")
    assert callable(module.main)
    assert f"python -m benchmarks.{name}" in (module.__doc__ or "")


def test_documents_name_only_programs_that_exist() -> None:
    texts = [path.read_text() for path in (*(ROOT / "docs").glob("*.md"), ROOT / "README.md")]
    named = {name for text in texts for name in re.findall(r"\bbenchmarks[./](\w+)", text)}
    assert named
    assert named <= {*PROGRAMS, *PARTS}


def test_a_table_is_replaced_and_all_else_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "performance.md"
    text = "Before\n<!-- benchmarks.one --rounds 3 -->\n```\n{}```\nBetween\n<!-- benchmarks.one -->\n```\nkept\n```\n"
    page.write_text(text.format("old\n"))
    monkeypatch.setattr(bench, "PAGE", page)
    bench.put(["one", "--rounds", "3"], "new \\1\nlines\n")
    assert page.read_text() == text.format("new \\1\nlines\n")


def test_a_program_that_fails_gives_no_table(capfd: pytest.CaptureFixture[str]) -> None:
    assert bench.run(["machine", "--no-such-option"]) is None
    assert "unrecognized arguments" not in capfd.readouterr().out
