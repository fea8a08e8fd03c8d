"""Files, archives, folders, and paths made to do harm get an answer.

These are the cases of `benchmarks/hostile_files.py` that take little; the program takes all of them, and measures.
"""

import json
import sys
from pathlib import Path

import pytest

from benchmarks.hostile import cases
from benchmarks.hostile_files import open_case, place

CASES = list(cases())


def test_there_are_at_least_200_cases() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 200


@pytest.mark.skipif(sys.platform != "linux", reason="needs the pipes, devices, and links of Linux")
@pytest.mark.parametrize("kind", ["image", "archive", "folder"])
def test_hostile_cases_get_an_answer(kind: str, tmp_path: Path) -> None:
    problems = {}
    for number, case in enumerate(case for case in CASES if case.kind == kind and case.is_quick):
        folder = tmp_path / str(number)
        folder.mkdir()
        path = place(case, folder)
        case.write(path)
        result = json.loads(open_case(case, path))
        if not result["is_expected"]:
            problems[case.name] = result["answer"]
    assert not problems
