"""A preparation that is stopped, killed, paused or discarded, and what is there afterwards."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from colorizer import jobs
from colorizer.datasets.dataset import dataset_names, load_dataset
from colorizer.datasets.prepare import launcher
from colorizer.datasets.prepare.config import PrepareConfig
from colorizer.datasets.prepare.estimate import Estimate
from colorizer.datasets.prepare.pipeline import READING, WRITING, prepare, resume
from colorizer.datasets.prepare.workdir import discard, load_preparation, preparations, workdir
from colorizer.errors import InputError
from tests.factories import (
    file_bytes,
    folder_bytes,
    noise,
    smooth,
    tar_bytes,
    write_class_folders,
    write_picture,
    zip_folder,
)  # fmt: skip

PATIENCE = 60


@pytest.fixture(autouse=True)
def _no_preparation_outlives_its_test() -> Iterator[None]:
    yield
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if "prepare" in child.cmdline():
                child.kill()
                child.wait(10)


def interrupting(what: str, at: int) -> Callable[[str, int, int], None]:
    """A progress that is interrupted by a person, after so many pictures of a kind of work."""

    def progress(doing: str, done: int, total: int) -> None:
        if doing == what and done >= at:
            raise KeyboardInterrupt

    return progress


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def many(folder: Path, count: int = 900) -> Path:
    """Enough pictures for several processes and several steps."""
    data = [file_bytes(noise(number, 32, 32), compress_level=0) for number in range(600)]
    for split, part in (("train", count * 2 // 3), ("test", count // 3)):
        (folder / split).mkdir(parents=True)
        for number in range(part):
            (folder / split / f"{number}.png").write_bytes(data[number % 600])
    return folder


@pytest.mark.parametrize(("what", "at"), [("Organizing", 0), (READING, 1), (READING, 13), (READING, 60), (WRITING, 1)])
def test_an_interrupted_preparation_goes_on_to_the_same_bytes(
    what: str, at: int, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = folder_bytes(prepare([str(pictures)], "made").folder)
    monkeypatch.setenv("COLORIZER_HOME", str(tmp_path / "other"))
    monkeypatch.setattr("colorizer.datasets.prepare.pipeline._MOST_IN_CHUNK", 5)
    with pytest.raises(KeyboardInterrupt):
        prepare([str(pictures)], "made", progress=interrupting(what, at))
    assert dataset_names() == []
    assert load_preparation("made").status().state == "stopped"
    read: list[int] = []
    prepare(
        [str(pictures)], "made", progress=lambda doing, done, total: read.append(done) if doing == READING else None
    )
    assert folder_bytes(load_dataset("made").folder) == whole
    assert [path.name for path in (tmp_path / "other" / "data").iterdir()] == ["made"]
    if what == WRITING or at == 60:
        assert read == [], "what had been read was read again"
    elif at > 1:
        assert min(read) > at, "what had been read was read again"


def test_a_source_that_changed_meanwhile_is_read_anew(tmp_path: Path) -> None:
    folder = write_class_folders(tmp_path / "source", train=30, test=12)
    with pytest.raises(KeyboardInterrupt):
        prepare([str(folder)], "made", progress=interrupting(READING, 1))
    write_picture(folder / "train" / "cat" / "new.png", smooth(99))
    assert prepare([str(folder)], "made").manifest.train == 31


def test_a_mistyped_source_does_not_cost_what_is_half_made(tmp_path: Path, pictures: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        prepare([str(pictures)], "made", progress=interrupting(READING, 1))
    half_made = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*"))
    with pytest.raises(InputError, match="no-such"):
        prepare([str(tmp_path / "no-such")], "made")
    assert sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*")) == half_made


def test_other_settings_begin_anew(tmp_path: Path, pictures: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        prepare([str(pictures)], "made", progress=interrupting(READING, 1))
    assert prepare([str(pictures)], "made", 16).images("train").shape == (48, 16, 16, 3)


@pytest.mark.parametrize("damage", ["plan", "arrays", "request"])
def test_a_damaged_half_made_dataset_is_made_anew_or_refused_clearly(damage: str, pictures: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        prepare([str(pictures)], "made", progress=interrupting(READING, 40))
    folder = workdir("made")
    if damage == "plan":
        (folder / "plan.sqlite").write_bytes(b"no database" * 500)
    elif damage == "request":
        (folder / "request.json").write_text("{")
    else:
        (folder / "dataset" / "test.npy").write_bytes(b"")
    assert prepare([str(pictures)], "made").manifest.train == 48


def test_a_killed_preparation_goes_on_and_its_workers_end(tmp_path: Path) -> None:
    folder = many(tmp_path / "source", 1800)
    command = [sys.executable, "-m", "colorizer", "prepare", str(folder), "--name", "made"]
    process = subprocess.Popen(command, cwd=Path(__file__).parents[2], stdout=subprocess.DEVNULL)
    plan = workdir("made") / "dataset" / "test.npy"
    until(lambda: plan.is_file() and plan.stat().st_size > 300_000)
    workers = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert jobs.read_status(workdir("made")).state == "interrupted"
    until(lambda: not any(worker.is_running() for worker in workers))
    assert len(workers) >= 1
    first: list[int] = []
    prepare([str(folder)], "made", progress=lambda what, done, total: first.append(done) if what == READING else None)
    assert min(first) > 100
    assert load_dataset("made").manifest.train == 1200


def test_a_launched_preparation_is_paused_gone_on_with_and_finished(tmp_path: Path) -> None:
    archive = zip_folder(many(tmp_path / "source", 1800), tmp_path / "pile.zip")
    with archive.open("rb") as file:
        preparation = launcher.start(PrepareConfig((), "made"), [("pile.zip", file)])
    archive.unlink()
    until(lambda: preparation.status().progress.get("what") == READING)
    launcher.pause(preparation)
    until(lambda: preparation.status().state == "stopped")
    assert [item.name for item in preparations()] == ["made"]
    with pytest.raises(InputError, match="half made already"):
        launcher.start(PrepareConfig(("sample",), "made"))
    launcher.resume(preparation)
    until(lambda: "made" in dataset_names())
    until(lambda: not preparation.folder.exists())
    manifest = load_dataset("made").manifest
    assert (manifest.train, manifest.test) == (1200, 600)
    assert manifest.sources[0].label == "pile.zip"
    until(lambda: [path.name for path in (tmp_path / "data").iterdir()] == ["made"])


@pytest.mark.parametrize("when", ["at work", "paused"])
def test_a_discarded_preparation_leaves_nothing(when: str, tmp_path: Path) -> None:
    preparation = launcher.start(PrepareConfig((str(many(tmp_path / "source", 1800)),), "made"))
    until(lambda: preparation.status().progress.get("what") == READING)
    if when == "paused":
        launcher.pause(preparation)
        until(lambda: preparation.status().state == "stopped")
    discard("made")
    until(lambda: list((tmp_path / "data").iterdir()) == [])


def test_a_launched_preparation_that_fails_says_why_and_keeps_no_data(tmp_path: Path) -> None:
    source = tar_bytes(tmp_path / "one.tar", {"a.png": file_bytes(smooth(0))})
    preparation = launcher.start(PrepareConfig((str(source),), "made"))
    until(lambda: preparation.status().state == "failed")
    assert "at least one to train on" in preparation.status().message
    until(lambda: {path.name for path in preparation.folder.iterdir()} <= {"request.json", "status.json", "log.txt"})
    discard("made")
    assert not preparation.folder.exists()


@pytest.mark.parametrize("sources", [(), ("/no/such/folder",)])
def test_what_cannot_be_launched_leaves_nothing(sources: tuple[str, ...], tmp_path: Path) -> None:
    with pytest.raises(InputError):
        launcher.start(PrepareConfig(sources, "made"))
    assert list((tmp_path / "data").iterdir()) == []


def test_nothing_half_made_cannot_be_gone_on_with() -> None:
    with pytest.raises(InputError, match="no half-made dataset 'made'"):
        resume("made")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no limit on the size of files")
@pytest.mark.parametrize("blocks", [40, 400])
def test_a_disk_that_is_full_is_told_and_leaves_nothing(blocks: int, tmp_path: Path) -> None:
    """A limit on the size of files fails a real write, in the plan or in the packed array."""
    folder = many(tmp_path / "source", 600)
    program = f'ulimit -f {blocks}; exec "$0" -m colorizer prepare "$1" --name made --no-images --size 32'
    result = subprocess.run(
        ["bash", "-c", program, sys.executable, str(folder)], cwd=Path(__file__).parents[2], capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 2, result.stderr
    assert "could not be written" in result.stderr
    assert list((tmp_path / "data").iterdir()) == []


def test_too_little_room_is_told_before_anything_is_read(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=100_000))
    with pytest.raises(InputError, match=r"not enough room: 60 pictures take about \d+ kB, and 100 kB are free"):
        prepare([str(pictures)], "made")
    assert list((tmp_path / "data").iterdir()) == []


def test_an_estimate_is_close_to_what_a_dataset_takes(pictures: Path) -> None:
    told: list[Estimate] = []
    dataset = prepare([str(pictures)], "made", announce=told.append)
    files = [path for path in dataset.folder.rglob("*") if path.is_file()]
    packed = sum(path.stat().st_size for path in files if path.suffix == ".npy")
    images = sum(-(-path.stat().st_size // 4096) * 4096 for path in files if "images" in path.parts)
    assert told[0].files == 60
    assert told[0].packed == pytest.approx(packed, rel=0.01)
    assert told[0].images == pytest.approx(images, rel=0.3)
    assert json.loads((dataset.folder / "manifest.json").read_text())["settings"]["size"] == 32
