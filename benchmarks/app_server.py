"""Start the app for a benchmark, and talk to it over its WebSocket as a browser does."""

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

_ROOT = Path(__file__).resolve().parents[1]


@contextmanager
def serve_app() -> Iterator[int]:
    """Run the app on a free port, and yield the port."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true"]
    process = subprocess.Popen(
        [*command, "--server.port", str(port)], cwd=_ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while True:
            try:
                urllib.request.urlopen(f"http://localhost:{port}/_stcore/health", timeout=1).close()
                break
            except OSError:
                time.sleep(0.2)
        yield port
    finally:
        process.terminate()
        process.wait()


def connect_to(port: int) -> ClientConnection:
    """Open a session of the app."""
    return connect(f"ws://localhost:{port}/_stcore/stream", max_size=None)


def run_page(session: ClientConnection, page: str) -> float:
    """Run a page and return the seconds until the server has drawn it."""
    request = BackMsg()
    request.rerun_script.page_name = page
    started = time.perf_counter()
    session.send(request.SerializeToString())
    while True:
        message = ForwardMsg()
        message.ParseFromString(bytes(session.recv(timeout=60)))  # type: ignore[arg-type]
        if message.HasField("script_finished") and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            return time.perf_counter() - started
