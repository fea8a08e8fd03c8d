"""Any bytes give a correct picture or one clear sentence."""

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


def test_there_are_at_least_60_files() -> None:
    assert len(FILES) >= 60


@pytest.mark.parametrize("hard", FILES.values(), ids=FILES)
def test_hard_file_decodes_or_gives_one_sentence(hard: Hard, colorizer: Colorizer) -> None:
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


def test_mutated_files_decode_or_are_refused_in_bounded_memory() -> None:
    environment = {**os.environ, "COLORIZER_HOME": str(ROOT)}
    command = [sys.executable, "-m", "tests.imaging.hard_files", "--mutations", "200", "--model", "unet"]
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    report = json.loads(ended.stdout)
    assert report["pictures"] + report["refused"] == len(FILES) + 200
    assert min(report["pictures"], report["refused"]) > 40, "the mutations are too mild or too wild to say anything"
    assert report.get("peak_mb", 0) < 1500
