"""How long does a fresh process take: each command of the command line, and the app's pages?

Python alone and `import torch`, which everything that runs a network needs, are there for comparison. For each page:
seconds from starting the app until the server has drawn the page, and seconds of a rerun (the response to a click
that changes nothing).

    python -m benchmarks.cold_start [--rounds 5]
"""

import argparse
import tempfile
import time
from pathlib import Path

from benchmarks.app_server import request_page, run, serve_app
from benchmarks.machine import describe, median, run_python, take_turns
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
        colorize = ("-m", "colorizer", "colorize", str(picture), "--output", folder)
        commands = {
            "python -c pass": ("-c", "pass"),
            "import torch": ("-c", "import torch"),
            "import colorizer": ("-c", "import colorizer"),
            "colorizer --help": ("-m", "colorizer", "--help"),
            "colorizer train --help": ("-m", "colorizer", "train", "--help"),
            "colorizer runs list": ("-m", "colorizer", "runs", "list"),
            "colorize, 1 MP, photo": colorize,
            "colorize, 1 MP, unet": (*colorize, "--model", "unet"),
        }
        measures = {name: lambda command=command: run_python(*command).seconds for name, command in commands.items()}
        seconds = take_turns(measures, options.rounds + 1)
    print(f"\n{'':>24} {'seconds':>8} {'vs import torch':>16}")
    torch = median(seconds["import torch"][1:])
    for name, values in seconds.items():
        print(f"{name:>24} {median(values[1:]):8.2f} {median(values[1:]) / torch:16.2f}")
    print(f"\n{'page':>10} {'first':>8} {'rerun':>8}   seconds")
    for page in PAGES:
        started = time.perf_counter()
        with serve_app() as app, app.connect() as session:
            run(session, request_page(page))
            first = time.perf_counter() - started
            rerun = median([run(session, request_page(page))[0] for _ in range(options.rounds)])
        print(f"{page or 'home':>10} {first:8.2f} {rerun:8.3f}", flush=True)


if __name__ == "__main__":
    main()
