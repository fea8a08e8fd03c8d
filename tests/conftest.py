"""Fixtures of all tests: a home folder per test, a tiny dataset, and a tiny trained run."""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
import torch

from colorizer import workspace
from colorizer.datasets.dataset import Dataset, load_dataset
from colorizer.datasets.prepare.pipeline import prepare
from colorizer.runs import Run, load_run
from colorizer.runs.config import TrainingConfig
from colorizer.training.trainer import train
from tests.factories import write_class_folders

hypothesis.settings.register_profile("tests", deadline=None, max_examples=25, derandomize=True, database=None)
hypothesis.settings.load_profile("tests")


@pytest.fixture(scope="session", autouse=True)
def _share_the_machine() -> None:
    """Use one thread, and let jobs run at the priority of the tests that wait for them.

    On busy cores, threads wait for each other far longer than they work on tiny tensors, and jobs of the lowest
    priority hardly run at all.
    """
    torch.set_num_threads(1)
    os.environ["OMP_NUM_THREADS"] = "1"
    os.environ["COLORIZER_KEEP_PRIORITY"] = "1"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Path:
    """Return the folder of this test's `data/` and `checkpoints/`."""
    monkeypatch.setenv("COLORIZER_HOME", str(tmp_path))
    if "shipped_runs" not in request.fixturenames:
        monkeypatch.setattr(workspace, "shipped_run_names", set)
    return tmp_path


@pytest.fixture
def shipped_runs() -> None:
    """List the shipped runs beside those of the test. Without it they are still found by name."""


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    """Restore signal handlers, so that a test that fails while training leaves Ctrl+C working."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty images of 32x32 pixels, laid out like CIFAR-10. Read only: copy it to change it."""
    folder = tmp_path_factory.mktemp("pictures") / "cifar"
    write_class_folders(folder, train=48, test=12)
    return folder


@pytest.fixture(scope="session")
def prepared_home(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder with the dataset `tiny` and the run `trained`, created once. Read only."""
    folder = tmp_path_factory.mktemp("prepared")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLORIZER_HOME", str(folder))
        prepare([str(pictures)], "tiny")
        config = TrainingConfig("unet", "tiny", epochs=1, batch_size=16, device="cpu")
        handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        train(Run.create("trained", config), lambda line: None)
        for number, handler in handlers.items():
            signal.signal(number, handler)
    return folder


@pytest.fixture
def tiny(prepared_home: Path, home: Path) -> Dataset:
    """The dataset `tiny`: 48 training and 12 test images of 32x32 pixels."""
    shutil.copytree(prepared_home / "data" / "tiny", home / "data" / "tiny")
    return load_dataset("tiny")


@pytest.fixture
def trained(prepared_home: Path, tiny: Dataset, home: Path) -> Run:
    """The run `trained`: a U-Net after one epoch on `tiny`."""
    shutil.copytree(prepared_home / "checkpoints" / "trained", home / "checkpoints" / "trained")
    return load_run("trained")
