"""Start the app for a benchmark, and talk to it over its WebSocket as a browser does."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

_ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class App:
    """A running app."""

    port: int
    process: psutil.Process

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://localhost:{self.port}"

    def connect(self) -> ClientConnection:
        """Open a session."""
        return connect(f"ws://localhost:{self.port}/_stcore/stream", max_size=None)


@contextmanager
def serve_app() -> Iterator[App]:
    """Run the app on a free port."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true"]
    # Started by hand, the app does not have what importing this package set for the threads of this process.
    environment = {name: value for name, value in os.environ.items() if name != "GOMP_SPINCOUNT"}
    process = subprocess.Popen(
        [*command, "--server.port", str(port)],
        cwd=_ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while True:
            try:
                urllib.request.urlopen(f"http://localhost:{port}/_stcore/health", timeout=1).close()
                break
            except OSError:
                time.sleep(0.2)
        yield App(port, psutil.Process(process.pid))
    finally:
        process.terminate()
        process.wait()


def request_page(page: str, query: str = "") -> BackMsg:
    """Return the request to run a page."""
    request = BackMsg()
    request.rerun_script.page_name = page
    request.rerun_script.query_string = query
    return request


def run(session: ClientConnection, request: BackMsg) -> tuple[float, list[ForwardMsg]]:
    """Send a request; return the seconds until the server has finished, and all its messages."""
    messages: list[ForwardMsg] = []
    started = time.perf_counter()
    session.send(request.SerializeToString())
    while True:
        message = ForwardMsg()
        message.ParseFromString(bytes(session.recv(timeout=60)))  # type: ignore[arg-type]
        messages.append(message)
        if message.HasField("script_finished") and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            return time.perf_counter() - started, messages
