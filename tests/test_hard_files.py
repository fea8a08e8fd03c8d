"""Whatever bytes come in, a right picture or one clear sentence goes out."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from colorizer.errors import InputError
from colorizer.inference import Colorizer
from tests.hard_files import Hard, hard_files, journey, mutations
from tests.test_inference import untrained

ROOT = Path(__file__).parents[1]
FILES = {hard.name: hard for hard in hard_files()}


@pytest.fixture(scope="module")
def colorizer() -> Colorizer:
    return untrained("unet")


def test_there_are_many() -> None:
    assert len(FILES) >= 60


@pytest.mark.parametrize("hard", FILES.values(), ids=FILES)
def test_a_hard_file_is_the_right_picture_or_one_sentence(hard: Hard, colorizer: Colorizer) -> None:
    if hard.pixels is None:
        with pytest.raises(InputError) as refusal:
            journey(hard.name, hard.data, colorizer)
        assert str(refusal.value).startswith(hard.name)
        assert "\n" not in str(refusal.value)
        assert ":" in str(refusal.value), "what to do comes after a colon"
    else:
        picture = journey(hard.name, hard.data, colorizer)
        assert picture.pixels.shape == hard.pixels.shape
        assert np.abs(picture.pixels.astype(int) - hard.pixels).mean() <= hard.tolerance


def test_damaged_files_never_end_in_anything_but_a_picture_or_a_sentence(colorizer: Colorizer) -> None:
    outcomes, count = {"picture": 0, "sentence": 0}, 2000
    for name, data in mutations(count):
        try:
            journey(name, data, colorizer)
            outcomes["picture"] += 1
        except InputError as error:
            outcomes["sentence"] += str(error).startswith(name)
    assert sum(outcomes.values()) == count
    assert min(outcomes.values()) > 100, "the mutations are too mild or too wild to say anything"


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel tells a process's own peak on Linux only")
def test_hard_files_need_little_memory() -> None:
    environment = {**os.environ, "COLORIZER_HOME": str(ROOT)}
    command = [sys.executable, "-m", "tests.hard_files", "--mutations", "200"]
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=True)
    assert json.loads(ended.stdout)["peak_mb"] < 1500
