"""How long does everything take that begins from nothing? Each command is a process of its own.

    python -m benchmarks.cold_start [--rounds 5]

To compare with: Python alone, and Python with only PyTorch, which everything that runs a network needs. Then the
app: from its start until the first page is drawn by the server, and what a rerun of each page takes (the answer to a
click that changes nothing), over its websocket as a browser would ask.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.sync.client import ClientConnection, connect

from benchmarks.dashboard_cost import answers, serving
from benchmarks.machine import describe
from benchmarks.photographs import SIZES, photograph

PAGES = ("", "colorize", "prepare", "train", "compare")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    print(describe())
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "picture.jpg"
        picture.write_bytes(photograph(*SIZES["1 MP"]))
        colorize = ["-m", "colorizer", "colorize", str(picture), "--output", folder]
        commands = {
            "python -c pass": ["-c", "pass"],
            "import torch": ["-c", "import torch"],
            "import colorizer": ["-c", "import colorizer"],
            "colorizer --help": ["-m", "colorizer", "--help"],
            "colorizer train --help": ["-m", "colorizer", "train", "--help"],
            "colorizer runs list": ["-m", "colorizer", "runs", "list"],
            "colorize, 1 MP, photo": colorize,
            "colorize, 1 MP, unet": [*colorize, "--model", "unet"],
        }
        print(f"\n{'':>24} {'seconds':>8} {'to import torch':>16}")
        times = {name: [run(command) for _ in range(options.rounds + 1)][1:] for name, command in commands.items()}
    torch = statistics.median(times["import torch"])
    for name, rounds in times.items():
        median = statistics.median(rounds)
        print(f"{name:>24} {median:8.2f} {median / torch:16.2f}")
    print(f"\n{'page':>10} {'first':>8} {'rerun':>8}   seconds")
    for page in PAGES:
        first, rerun = visits(page, options.rounds)
        print(f"{page or 'home':>10} {first:8.2f} {rerun:8.3f}", flush=True)


def run(command: list[str]) -> float:
    """Seconds of a process."""
    started = time.perf_counter()
    subprocess.run([sys.executable, *command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - started


def visits(page: str, rounds: int) -> tuple[float, float]:
    """Seconds from the start of the app until this page is drawn; and of a rerun, the median."""
    started = time.perf_counter()
    with serving() as (_, port), connect(f"ws://localhost:{port}/_stcore/stream", max_size=None) as client:
        ask = BackMsg()
        ask.rerun_script.page_name = page
        visit(client, ask)
        first = time.perf_counter() - started
        return first, statistics.median(visit(client, ask) for _ in range(rounds))


def visit(client: ClientConnection, ask: BackMsg) -> float:
    """Ask for a page; seconds until it is drawn."""
    started = time.perf_counter()
    client.send(ask.SerializeToString())
    answers(client)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
