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
from tests.imaging.hard_files import Hard, hard_files, journey
from tests.inference.test_colorizer import untrained

ROOT = Path(__file__).parents[2]
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


def test_damaged_files_end_in_a_picture_or_a_sentence_and_need_little_memory() -> None:
    environment = {**os.environ, "COLORIZER_HOME": str(ROOT)}
    command = [sys.executable, "-m", "tests.imaging.hard_files", "--mutations", "2000"]
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    report = json.loads(ended.stdout)
    assert report["pictures"] + report["refused"] == len(FILES) + 2000
    assert min(report["pictures"], report["refused"]) > 150, "the mutations are too mild or too wild to say anything"
    assert report.get("peak_mb", 0) < 1500
