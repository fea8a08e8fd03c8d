"""What does an open training dashboard cost the server: the time of a refresh, and memory after an hour of them?

Creates three runs of 2,000 epochs, one of which seems to be running, opens the Train page with the curves of all three,
and requests an hour's refreshes as fast as they are answered, while the run gets a new epoch every other refresh.

    python -m benchmarks.dashboard [--refreshes 1800]
"""

import argparse
import json
import os
import tempfile
import threading
import time

import numpy as np
import psutil
from PIL import Image
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.sync.client import ClientConnection

from benchmarks.app_server import request_page, run, serve_app
from benchmarks.machine import describe
from colorizer import jobs
from colorizer.runs import Run
from colorizer.runs.config import TrainingConfig

EPOCHS, RUNS = 2000, ("one", "two", "three")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--refreshes", type=int, default=1800, help="default: an hour at one every two seconds")
    options = parser.parse_args()
    print(describe())
    with tempfile.TemporaryDirectory() as folder:
        os.environ["COLORIZER_HOME"] = folder
        running = create_runs()[0]
        stopped = threading.Event()
        threading.Thread(target=keep_running, args=(running, stopped), daemon=True).start()
        with serve_app() as app, app.connect() as session:
            request = open_page(session)
            for number in range(min(100, options.refreshes)):
                refresh(session, request, running, number)
            before = memory(app.process)
            seconds = [refresh(session, request, running, number) for number in range(options.refreshes)]
            after = memory(app.process)
        stopped.set()
    median, high, longest = np.quantile(seconds, (0.5, 0.95, 1)) * 1e3
    print(f"{len(RUNS)} runs of {EPOCHS:,} epochs, {options.refreshes:,} refreshes")
    print(f"refresh: median {median:.0f} ms, 95th percentile {high:.0f} ms, longest {longest:.0f} ms")
    print(f"memory: {before / 1e6:.0f} MB before, {after / 1e6:.0f} MB after, {(after - before) / 1e6:+.1f} MB")


def create_runs() -> list[Run]:
    """Create runs that look as after a long training."""
    random = np.random.default_rng(0)
    runs = [Run.create(name, TrainingConfig("fc512", "sample", epochs=100_000)) for name in RUNS]
    for one in runs:
        one.samples.mkdir()
        strip = Image.fromarray(random.integers(0, 256, (32, 12 * 32, 3), dtype=np.uint8))
        for name in ("gray", "true", *(f"epoch-{epoch:05d}" for epoch in range(1, EPOCHS + 1))):
            strip.save(one.samples / f"{name}.png", compress_level=0)
        (one.folder / "metrics.jsonl").write_text("".join(metrics_line(epoch) for epoch in range(1, EPOCHS + 1)))
        jobs.write_status(one.folder, "finished")
    return runs


def metrics_line(epoch: int) -> str:
    """Return a line of metrics.jsonl."""
    loss = 0.005 + 0.01 / epoch + 1e-5 * (epoch % 7)
    values = {"epoch": epoch, "step": epoch * 500, "seconds": epoch * 30.0, "learning_rate": 1e-4}
    return json.dumps({**values, "train_loss": loss, "test_loss": loss * 1.1}) + "\n"


def keep_running(running: Run, stopped: threading.Event) -> None:
    """Report twice a second that a run is running, as its training would."""
    progress = {"epoch": EPOCHS, "epochs": 100_000, "share": 0.02, "images_per_second": 1500.0, "seconds_left": 1e6,
                "learning_rate": 1e-4, "memory_bytes": 5e8, "gpu_memory_bytes": None}  # fmt: skip
    while not stopped.wait(0.5):
        jobs.write_status(running.folder, "running", progress=progress)


def open_page(session: ClientConnection) -> BackMsg:
    """Open the Train page with the curves of all runs, and return the request that refreshes its fastest fragment."""
    request = request_page("train", f"run={RUNS[0]}")
    _, messages = run(session, request)
    pages = [message.navigation for message in messages if message.HasField("navigation")]
    request.rerun_script.page_script_hash = pages[-1].page_script_hash
    elements = (message.delta.new_element for message in messages if message.delta.HasField("new_element"))
    others = next(element.multiselect for element in elements if element.HasField("multiselect"))
    state = request.rerun_script.widget_states.widgets.add()
    state.id = others.id
    state.string_array_value.data.extend(RUNS[1:])
    _, messages = run(session, request)
    timers = [message.auto_rerun for message in messages if message.HasField("auto_rerun")]
    request.rerun_script.fragment_id = min(timers, key=lambda timer: timer.interval).fragment_id
    return request


def refresh(session: ClientConnection, request: BackMsg, running: Run, number: int) -> float:
    """Refresh once; return the seconds it took."""
    if number % 2:
        metrics = running.folder / "metrics.jsonl"
        with metrics.open("a") as file:
            file.write(metrics_line(EPOCHS + number))
    seconds, messages = run(session, request)
    assert any(message.HasField("delta") for message in messages), "nothing was drawn"
    return seconds


def memory(process: psutil.Process) -> int:
    """Return the bytes that the server alone holds."""
    time.sleep(2)
    return int(process.memory_full_info().uss)


if __name__ == "__main__":
    main()
