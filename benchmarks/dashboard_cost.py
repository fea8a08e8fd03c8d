"""What an open dashboard costs the server: time of a refresh, and memory after an hour of them.

Starts the app on a home with three runs of 2,000 epochs, opens the train page over its websocket as a browser
does, with the other two runs' curves overlaid, and asks for the refreshes of an hour as fast as they are answered,
while the run gets a new epoch every other refresh.

    python -m benchmarks.dashboard_cost [--refreshes 1800]
"""

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil
from PIL import Image
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

ROOT = Path(__file__).resolve().parents[1]
EPOCHS, RUNS = 2000, ("one", "two", "three")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--refreshes", type=int, default=1800, help="an hour at one every two seconds")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["COLORIZER_HOME"] = folder
        running = make_runs()
        stop = threading.Event()
        threading.Thread(target=keep_alive, args=(running, stop), daemon=True).start()
        with serving() as (server, port), connect(f"ws://localhost:{port}/_stcore/stream", max_size=None) as page:
            watching = open_page(page)
            times = [refresh(page, watching, running, number) for number in range(100)]
            before = memory(server)
            times = [refresh(page, watching, running, number) for number in range(options.refreshes)]
            after = memory(server)
        stop.set()
    print(f"{len(RUNS)} runs of {EPOCHS:,} epochs, {options.refreshes} refreshes of the curve and the pictures")
    print(f"{'':>10} {'median':>8} {'95 of 100':>10} {'longest':>8} {'of 150 ms':>10}")
    ordered = sorted(times)
    high, middle = ordered[int(len(ordered) * 0.95)], statistics.median(ordered)
    print(
        f"{'refresh':>10} {middle * 1e3:5.0f} ms {high * 1e3:7.0f} ms {ordered[-1] * 1e3:5.0f} ms {middle / 0.15:9.0%}"
    )
    grown = after - before
    print(f"{'memory':>10} {before / 1e6:.0f} MB before, {after / 1e6:.0f} MB after: {grown / 1e6:+.1f} MB, "
          f"{grown / 20e6:.0%} of 20 MB")  # fmt: skip


def make_runs() -> Path:
    """Three runs that look as after a long training; the folder of the one that runs."""
    from colorizer import jobs
    from colorizer.runs.config import TrainingConfig
    from colorizer.runs.store import create_run

    random = np.random.default_rng(0)
    for name in RUNS:
        run = create_run(name, TrainingConfig("fc512", "sample", epochs=100_000, seed=RUNS.index(name)))
        run.samples.mkdir()
        strip = random.integers(0, 256, (32, 12 * 32, 3), dtype=np.uint8)
        for file in ("gray", "true", *(f"epoch-{epoch:05d}" for epoch in range(1, EPOCHS + 1))):
            Image.fromarray(strip).save(run.samples / f"{file}.png", compress_level=0)
        (run.folder / "metrics.jsonl").write_text("".join(line(epoch) for epoch in range(1, EPOCHS + 1)))
        jobs.write_status(run.folder, "finished")
    return run.folder.parent / RUNS[0]


def line(epoch: int) -> str:
    """A line of metrics.jsonl."""
    loss = 0.005 + 0.01 / epoch + 1e-5 * (epoch % 7)
    values = {"epoch": epoch, "step": epoch * 500, "seconds": epoch * 30.0, "learning_rate": 1e-4, "train_loss": loss,
              "test_loss": loss * 1.1, "train_sum": loss * 500, "test_sum": loss * 110}  # fmt: skip
    return json.dumps(values) + "\n"


def keep_alive(running: Path, stop: threading.Event) -> None:
    """Say once a second that the first run is at work, as its training would."""
    from colorizer import jobs

    while not stop.wait(0.5):
        progress = {"epoch": EPOCHS, "epochs": 100_000, "share": 0.02, "images_per_second": 1500.0, "seconds_left": 1e6,
                    "learning_rate": 1e-4, "memory_bytes": 5e8, "gpu_memory_bytes": None}  # fmt: skip
        jobs.write_status(running, "running", progress=progress)


@contextmanager
def serving() -> Iterator[tuple[psutil.Process, int]]:
    """The app on a free port."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true"]
    process = subprocess.Popen(
        [*command, "--server.port", str(port)], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while True:
            try:
                urllib.request.urlopen(f"http://localhost:{port}/_stcore/health", timeout=1).close()
                break
            except OSError:
                time.sleep(0.2)
        yield psutil.Process(process.pid), port
    finally:
        process.terminate()
        process.wait()


def open_page(page: ClientConnection) -> BackMsg:
    """Open the train page; the message that asks for a refresh of its curve and pictures."""
    first = BackMsg()
    first.rerun_script.query_string = f"run={RUNS[0]}"
    first.rerun_script.page_name = "train"
    page.send(first.SerializeToString())
    messages = answers(page)
    again = BackMsg()
    again.rerun_script.CopyFrom(first.rerun_script)
    navigations = [m.navigation for m in messages if m.HasField("navigation")]
    again.rerun_script.page_script_hash = navigations[-1].page_script_hash
    # Overlay the other two runs, as somebody would choose them.
    chooser = next(
        m.delta.new_element.multiselect for m in messages
        if m.HasField("delta") and m.delta.HasField("new_element") and m.delta.new_element.HasField("multiselect")
    )  # fmt: skip
    state = again.rerun_script.widget_states.widgets.add()
    state.id = chooser.id
    state.string_array_value.data.extend(RUNS[1:])
    page.send(again.SerializeToString())
    messages = answers(page)
    ticking = [m.auto_rerun for m in messages if m.HasField("auto_rerun")]
    again.rerun_script.fragment_id = min(ticking, key=lambda rerun: rerun.interval).fragment_id
    return again


def answers(page: ClientConnection) -> list[ForwardMsg]:
    """All messages until the script has finished."""
    received = []
    while True:
        message = ForwardMsg()
        message.ParseFromString(bytes(page.recv(timeout=60)))  # type: ignore[arg-type]
        received.append(message)
        if message.HasField("script_finished") and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            return received


def refresh(page: ClientConnection, watching: BackMsg, running: Path, number: int) -> float:
    """Ask for one refresh; seconds until it is answered."""
    if number % 2:
        metrics = running / "metrics.jsonl"
        epoch = len(metrics.read_bytes().splitlines()) + 1
        with metrics.open("a") as file:
            file.write(line(epoch))
    began = time.perf_counter()
    page.send(watching.SerializeToString())
    messages = answers(page)
    seconds = time.perf_counter() - began
    assert any(m.HasField("delta") for m in messages), "nothing was drawn"
    return seconds


def memory(server: psutil.Process) -> int:
    """Bytes that the server alone holds."""
    time.sleep(2)
    return int(server.memory_full_info().uss)


if __name__ == "__main__":
    main()
