"""Preparations that are stopped, killed, paused or discarded."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from colorizer import jobs
from colorizer.datasets import dataset_names, load_dataset
from colorizer.datasets.prepare import (
    PrepareConfig,
    list_preparations,
    load_preparation,
    prepare,
    resume,
    start_preparation,
)
from colorizer.datasets.prepare.estimate import Estimate
from colorizer.datasets.prepare.pipeline import DECODING, WRITING
from colorizer.datasets.prepare.workdir import workdir
from colorizer.errors import InputError, OutputError
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
from tests.waiting import wait_until


@pytest.fixture(autouse=True)
def _no_preparation_outlives_its_test() -> Iterator[None]:
    yield
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if "prepare" in child.cmdline():
                child.kill()
                child.wait(10)
    jobs.reap()


def interrupting(task: str, at: int) -> Callable[[str, int, int], None]:
    """Return an `on_progress` that interrupts a task after so many images."""

    def on_progress(current: str, done: int, total: int) -> None:
        if current == task and done >= at:
            raise KeyboardInterrupt

    return on_progress


def many(folder: Path, count: int = 900) -> Path:
    """Write enough images for several processes and several chunks."""
    data = [file_bytes(noise(number, 32, 32), compress_level=0) for number in range(600)]
    for split, part in (("train", count * 2 // 3), ("test", count // 3)):
        (folder / split).mkdir(parents=True)
        for number in range(part):
            (folder / split / f"{number}.png").write_bytes(data[number % 600])
    return folder


@pytest.mark.parametrize(
    ("task", "at"),
    [("Assigning splits and names", 0), (DECODING, 1), (DECODING, 13), (DECODING, 60), (WRITING, 1)],
)
def test_interrupted_preparation_resumes_to_the_same_bytes(
    task: str, at: int, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = folder_bytes(prepare([str(pictures)], "made").folder)
    monkeypatch.setenv("COLORIZER_HOME", str(tmp_path / "other"))
    monkeypatch.setattr("colorizer.datasets.prepare.pipeline._MAX_CHUNK", 5)
    with pytest.raises(KeyboardInterrupt):
        prepare([str(pictures)], "made", on_progress=interrupting(task, at))
    assert dataset_names() == []
    assert load_preparation("made").status().state == "stopped"
    read: list[int] = []
    prepare(
        [str(pictures)], "made", on_progress=lambda now, done, total: read.append(done) if now == DECODING else None
    )
    assert folder_bytes(load_dataset("made").folder) == whole
    assert [path.name for path in (tmp_path / "other" / "data").iterdir()] == ["made"]
    if task == WRITING or at == 60:
        assert read == [], "decoded files are not decoded again"
    elif at > 1:
        assert min(read) > at, "decoded files are not decoded again"


def test_changed_source_is_read_again(tmp_path: Path) -> None:
    folder = write_class_folders(tmp_path / "source", train=30, test=12)
    with pytest.raises(KeyboardInterrupt):
        prepare([str(folder)], "made", on_progress=interrupting(DECODING, 1))
    write_picture(folder / "train" / "cat" / "new.png", smooth(99))
    assert prepare([str(folder)], "made").manifest.train == 31


def test_mistyped_source_keeps_the_unfinished_dataset(tmp_path: Path, pictures: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        prepare([str(pictures)], "made", on_progress=interrupting(DECODING, 1))
    unfinished = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*"))
    with pytest.raises(InputError, match="no-such"):
        prepare([str(tmp_path / "no-such")], "made")
    assert sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*")) == unfinished


def test_other_options_start_over(tmp_path: Path, pictures: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        prepare([str(pictures)], "made", on_progress=interrupting(DECODING, 1))
    assert prepare([str(pictures)], "made", 16).images("train").shape == (48, 16, 16, 3)


@pytest.mark.parametrize("damage", ["plan", "arrays", "request"])
def test_damaged_unfinished_dataset_starts_over(damage: str, pictures: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        prepare([str(pictures)], "made", on_progress=interrupting(DECODING, 40))
    folder = workdir("made")
    if damage == "plan":
        (folder / "plan.sqlite").write_bytes(b"no database" * 500)
    elif damage == "request":
        (folder / "request.json").write_text("{")
    else:
        (folder / "dataset" / "test.npy").write_bytes(b"")
    assert prepare([str(pictures)], "made").manifest.train == 48


def test_killed_preparation_resumes_and_its_workers_exit(tmp_path: Path) -> None:
    folder = many(tmp_path / "source", 1800)
    command = [sys.executable, "-m", "colorizer", "prepare", str(folder), "--name", "made"]
    process = subprocess.Popen(command, cwd=Path(__file__).parents[2], stdout=subprocess.DEVNULL)
    plan = workdir("made") / "dataset" / "test.npy"
    wait_until(lambda: plan.is_file() and plan.stat().st_size > 300_000)
    workers = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert jobs.read_status(workdir("made")).state == "interrupted"
    wait_until(lambda: not any(worker.is_running() for worker in workers))
    assert len(workers) >= 1
    first: list[int] = []
    prepare([str(folder)], "made", on_progress=lambda now, done, total: first.append(done) if now == DECODING else None)
    assert min(first) > 100
    assert load_dataset("made").manifest.train == 1200


def test_launched_preparation_pauses_resumes_and_finishes(tmp_path: Path) -> None:
    archive = zip_folder(many(tmp_path / "source", 1800), tmp_path / "pile.zip")
    with archive.open("rb") as file:
        preparation = start_preparation(PrepareConfig((), "made"), [("pile.zip", file)])
    archive.unlink()
    wait_until(lambda: preparation.status().progress.get("task") == DECODING)
    preparation.pause()
    wait_until(lambda: preparation.status().state == "stopped")
    assert [item.name for item in list_preparations()] == ["made"]
    with pytest.raises(InputError, match="already an unfinished dataset"):
        start_preparation(PrepareConfig(("sample",), "made"))
    preparation.resume()
    wait_until(lambda: "made" in dataset_names())
    wait_until(lambda: not preparation.folder.exists())
    manifest = load_dataset("made").manifest
    assert (manifest.train, manifest.test) == (1200, 600)
    assert manifest.sources[0].label == "pile.zip"
    wait_until(lambda: [path.name for path in (tmp_path / "data").iterdir()] == ["made"])


@pytest.mark.parametrize("when", ["at work", "paused"])
def test_discarded_preparation_leaves_nothing(when: str, tmp_path: Path) -> None:
    preparation = start_preparation(PrepareConfig((str(many(tmp_path / "source", 1800)),), "made"))
    wait_until(lambda: preparation.status().progress.get("task") == DECODING)
    if when == "paused":
        preparation.pause()
        wait_until(lambda: preparation.status().state == "stopped")
    preparation.discard()
    wait_until(lambda: list((tmp_path / "data").iterdir()) == [])


def test_failed_preparation_reports_the_reason(tmp_path: Path) -> None:
    source = tar_bytes(tmp_path / "one.tar", {"a.png": file_bytes(smooth(0))})
    preparation = start_preparation(PrepareConfig((str(source),), "made"))
    wait_until(lambda: preparation.status().state == "failed")
    assert "at least one for training" in preparation.status().message
    kept = {"request.json", "status.json", "log.txt"}
    wait_until(lambda: {path.name for path in preparation.folder.iterdir()} <= kept)
    preparation.discard()
    assert not preparation.folder.exists()


@pytest.mark.parametrize("sources", [(), ("/no/such/folder",)])
def test_failed_launch_leaves_nothing(sources: tuple[str, ...], tmp_path: Path) -> None:
    with pytest.raises(InputError):
        start_preparation(PrepareConfig(sources, "made"))
    assert list((tmp_path / "data").iterdir()) == []


def test_resume_of_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="no unfinished dataset 'made'"):
        resume("made")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no limit on the size of files")
@pytest.mark.parametrize("blocks", [40, 400])
def test_full_disk_is_reported_and_leaves_nothing(blocks: int, tmp_path: Path) -> None:
    """A limit on the size of files fails a real write, in the plan or in the packed array."""
    folder = many(tmp_path / "source", 600)
    program = f'ulimit -f {blocks}; exec "$0" -m colorizer prepare "$1" --name made --no-images --size 32'
    result = subprocess.run(
        ["bash", "-c", program, sys.executable, str(folder)], cwd=Path(__file__).parents[2], capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 3, result.stderr
    assert "cannot be written" in result.stderr
    assert list((tmp_path / "data").iterdir()) == []


def test_too_little_space_is_reported_before_decoding(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=100_000))
    with pytest.raises(OutputError, match=r"not enough disk space: 60 images take about \d+ kB, and 100 kB is free"):
        prepare([str(pictures)], "made")
    assert list((tmp_path / "data").iterdir()) == []


def test_estimate_is_close_to_the_real_size(pictures: Path) -> None:
    estimates: list[Estimate] = []
    dataset = prepare([str(pictures)], "made", on_estimate=estimates.append)
    files = [path for path in dataset.folder.rglob("*") if path.is_file()]
    packed = sum(path.stat().st_size for path in files if path.suffix == ".npy")
    images = sum(-(-path.stat().st_size // 4096) * 4096 for path in files if "images" in path.parts)
    assert estimates[0].files == 60
    assert estimates[0].packed == pytest.approx(packed, rel=0.01)
    assert estimates[0].images == pytest.approx(images, rel=0.3)
    assert json.loads((dataset.folder / "manifest.json").read_text())["settings"]["size"] == 32
