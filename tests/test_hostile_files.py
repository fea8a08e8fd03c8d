"""Files, archives, folders, and paths made to do harm get an answer.

These are the cases of `benchmarks/hostile_files.py` that take little; the program takes all of them, and measures.
"""

import functools
import json
import sys
from pathlib import Path

import pytest

from benchmarks.hostile import Case, cases
from benchmarks.hostile_files import open_case, place


@functools.cache
def all_cases() -> list[Case]:
    """Return the cases. Only the process that runs the tests makes them."""
    return list(cases())


def test_there_are_at_least_200_cases() -> None:
    assert len({case.name for case in all_cases()}) == len(all_cases()) >= 200


@pytest.mark.skipif(sys.platform != "linux", reason="needs the pipes, devices, and links of Linux")
@pytest.mark.parametrize("kind", ["image", "archive", "folder"])
def test_hostile_cases_get_an_answer(kind: str, tmp_path: Path) -> None:
    problems = {}
    for number, case in enumerate(case for case in all_cases() if case.kind == kind and case.is_quick):
        folder = tmp_path / str(number)
        folder.mkdir()
        path = place(case, folder)
        case.write(path)
        result = json.loads(open_case(case, path))
        if not result["is_expected"]:
            problems[case.name] = result["answer"]
    assert not problems
