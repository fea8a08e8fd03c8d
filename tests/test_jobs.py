"""Background jobs: their state, requests, heartbeat, log and priority."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from colorizer import jobs


def change_status(folder: Path, **values: Any) -> None:
    path = folder / "status.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


@pytest.mark.parametrize("state", ["starting", "running"])
def test_active_status_is_read_back(state: str, tmp_path: Path) -> None:
    jobs.write_status(tmp_path, state, progress={"epoch": 3})
    status = jobs.read_status(tmp_path)
    assert status.state == state
    assert status.is_active
    assert status.pid == os.getpid()
    assert status.progress == {"epoch": 3}


@pytest.mark.parametrize("state", ["stopped", "finished", "failed"])
def test_ended_status_is_read_back(state: str, tmp_path: Path) -> None:
    jobs.write_status(tmp_path, state, "why")
    change_status(tmp_path, pid=2**22 + 1, heartbeat=0)
    status = jobs.read_status(tmp_path)
    assert (status.state, status.message) == (state, "why")
    assert not status.is_active


def test_reused_process_id_reads_interrupted(tmp_path: Path) -> None:
    jobs.write_status(tmp_path, "running", progress={"epoch": 3})
    change_status(tmp_path, process=jobs.read_status(tmp_path).process + "1")
    status = jobs.read_status(tmp_path)
    assert status.state == "interrupted"
    assert "Resume" in status.message
    assert status.progress == {"epoch": 3}


def test_dead_process_reads_interrupted(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        jobs.write_status(tmp_path, "running")
        change_status(tmp_path, pid=process.pid, process=jobs._identify(process.pid))
        assert jobs.read_status(tmp_path).state == "running"
        process.kill()
    assert jobs.read_status(tmp_path).state == "interrupted"


def test_stale_heartbeat_reads_interrupted(tmp_path: Path) -> None:
    jobs.write_status(tmp_path, "running")
    change_status(tmp_path, heartbeat=time.monotonic() - jobs.STALE_SECONDS - 5)
    assert jobs.read_status(tmp_path).state == "interrupted"


def test_slow_start_is_no_interruption(tmp_path: Path) -> None:
    jobs.write_status(tmp_path, "starting")
    change_status(tmp_path, heartbeat=time.monotonic() - jobs.STALE_SECONDS - 5)
    assert jobs.read_status(tmp_path).state == "starting"


def test_heartbeat_keeps_a_long_step_alive(tmp_path: Path) -> None:
    jobs.write_status(tmp_path, "running")
    change_status(tmp_path, heartbeat=time.monotonic() - jobs.STALE_SECONDS - 5)
    with jobs.heartbeat(tmp_path):
        while not (tmp_path / "alive").exists():
            time.sleep(0.01)
        assert jobs.read_status(tmp_path).is_active
        (tmp_path / "alive").write_text(f"{time.monotonic() - jobs.STALE_SECONDS - 5:020.3f}")
        assert jobs.read_status(tmp_path).state == "interrupted", "what counts is the beat, not the file"
    assert not (tmp_path / "alive").exists()


@pytest.mark.parametrize("hours", [-1, 1])
@pytest.mark.parametrize("host", ["", "elsewhere"])
def test_running_job_survives_a_clock_that_is_set(
    hours: int, host: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs.write_status(tmp_path, "running")
    change_status(tmp_path, host=host)
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now + 3600 * hours)
    monkeypatch.setattr(psutil.Process, "create_time", lambda self: now + 3600 * hours)
    assert jobs.read_status(tmp_path).is_active


def test_job_on_another_computer_is_judged_by_its_files(tmp_path: Path) -> None:
    jobs.write_status(tmp_path, "running")
    change_status(tmp_path, host="elsewhere", pid=2**22 + 1, heartbeat=time.monotonic() - 10_000)
    assert jobs.read_status(tmp_path).is_active
    before = time.time() - jobs.STALE_SECONDS - 5
    os.utime(tmp_path / "status.json", (before, before))
    assert jobs.read_status(tmp_path).state == "interrupted"
    (tmp_path / "alive").touch()
    assert jobs.read_status(tmp_path).is_active
    assert sorted(path.name for path in tmp_path.iterdir()) == ["alive", "status.json"]


TORN = ["", "{", '{"state": "run', "null", "[]", "3", "{}", '{"mood": "good"}', "\xff"]
ODD = [
    '{"state": "running", "heartbeat": null}',
    '{"state": "running", "pid": "x", "process": "1", "heartbeat": 9e99}',
    '{"state": 3}',
    '{"state": "running", "pid": -1, "process": "1", "heartbeat": 9e99}',
    '{"state": "stopped", "progress": null}',
    '{"state": "running", "pid": 1, "process": "1", "heartbeat": NaN}',
    '{"state": "running", "pid": ' + "9" * 400 + "}",
    '{"state": "running", "progress": ' + "[" * 100_000,
]


@pytest.mark.parametrize("text", TORN)
def test_torn_status_reads_unknown(text: str, tmp_path: Path) -> None:
    (tmp_path / "status.json").write_text(text, encoding="latin-1")
    assert jobs.read_status(tmp_path).state == "unknown"


@pytest.mark.parametrize("text", ODD)
def test_invalid_status_is_never_active(text: str, tmp_path: Path) -> None:
    (tmp_path / "status.json").write_text(text)
    status = jobs.read_status(tmp_path)
    assert not status.is_active
    assert isinstance(status.state, str)
    assert isinstance(status.progress, dict)


def test_missing_status_reads_unknown(tmp_path: Path) -> None:
    assert jobs.read_status(tmp_path).state == "unknown"
    assert jobs.read_status(tmp_path / "nowhere").state == "unknown"


def test_stop_request_can_be_made_and_cleared(tmp_path: Path) -> None:
    assert not jobs.stop_requested(tmp_path)
    jobs.request_stop(tmp_path)
    jobs.request_stop(tmp_path)
    assert jobs.stop_requested(tmp_path)
    jobs.clear_stop(tmp_path)
    jobs.clear_stop(tmp_path)
    assert not jobs.stop_requested(tmp_path)


def test_log_tail(tmp_path: Path) -> None:
    assert jobs.log_tail(tmp_path) == ""
    (tmp_path / jobs.LOG).write_bytes(b"\xff\n" + b"".join(b"line %d\n" % number for number in range(1000)))
    assert jobs.log_tail(tmp_path, 3) == "line 997\nline 998\nline 999"


AFTER = "import psutil; from colorizer.jobs import lower_priority; lower_priority(); print(psutil.Process().nice())"


@pytest.mark.skipif(psutil.WINDOWS, reason="priorities have other numbers there")
@pytest.mark.parametrize(("before", "keep", "after"), [(0, "", 19), (19, "", 19), (0, "1", 0)])
def test_lower_priority_never_raises_it(before: int, keep: str, after: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLORIZER_KEEP_PRIORITY", keep)
    before = max(before, psutil.Process().nice())
    command = [sys.executable, "-c", f"import psutil; psutil.Process().nice({before}); {AFTER}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(done.stdout) == max(before, after)
