"""What an open dashboard costs the training, and how soon the first point of its curve is there.

Starts the app, opens the train page in Chromium, presses start, and times the first point of the curve. Then it
measures the training's speed by turns with the page closed; open, with the browser at the lowest priority, so that
it takes next to nothing from the training, as if it ran on another computer; and open with a browser that has no
GPU and draws on the training's own cores, the worst case. Beside it, the processor time of server and browser.

    python -m colorizer prepare sample --name sample
    python -m benchmarks.open_dashboard [--rounds 5] [--seconds 15]
"""

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path

import psutil
from playwright.sync_api import sync_playwright

from benchmarks.dashboard_cost import serving
from colorizer import jobs, workspace
from colorizer.runs import launcher
from colorizer.runs.store import Run, load_run

CLOSED, AWAY, HERE = "closed", "open, browser away", "open, browser here"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=15.0)
    options = parser.parse_args()
    data = workspace.data_folder().resolve()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["COLORIZER_HOME"] = folder
        (Path(folder) / "data").symlink_to(data)
        with serving() as (_, port), sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.goto(f"http://localhost:{port}/train")
            page.get_by_role("spinbutton", name="Epochs").fill("100000")
            page.keyboard.press("Tab")
            page.get_by_text("images a second").wait_for()
            page.get_by_role("button", name="Start training").click()
            began = time.perf_counter()
            page.get_by_test_id("stVegaLiteChart").wait_for(timeout=120_000)
            print(f"first point of the curve: {time.perf_counter() - began:.1f} s after pressing start")
            address, run = page.url, load_run("run-1")
            rows: dict[str, list[tuple[float, ...]]] = {CLOSED: [], AWAY: [], HERE: []}
            for _ in range(options.rounds):
                for state, measured in rows.items():
                    page.goto("about:blank" if state == CLOSED else address)
                    if state != CLOSED:
                        page.get_by_test_id("stVegaLiteChart").wait_for()
                    for process in processes("chromium"):
                        process.nice(19 if state == AWAY else 0)
                    before = [busy(name) for name in ("streamlit", "chromium")]
                    steps = speed(run, options.seconds)
                    after = [busy(name) for name in ("streamlit", "chromium")]
                    share = [(late - early) / options.seconds for early, late in zip(before, after, strict=True)]
                    measured.append((steps, *share))
            launcher.stop(run)
            while jobs.read_status(run.folder).is_active:
                time.sleep(0.2)
            browser.close()
    print(f"{'dashboard':>22} {'steps/s':>8} {'to closed':>9} {'server':>7} {'browser':>8}   (of one core)")
    medians = {state: [statistics.median(column) for column in zip(*rows[state], strict=True)] for state in rows}
    for state, (steps, server, browser_share) in medians.items():
        change = steps / medians[CLOSED][0] - 1
        print(f"{state:>22} {steps:8.2f} {change:+9.1%} {server:7.1%} {browser_share:8.1%}")
    print("each:", {state: [round(row[0], 2) for row in rows[state]] for state in rows})


def processes(name: str) -> list[psutil.Process]:
    """Those with this word in their command."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        if name in " ".join(process.info["cmdline"] or []):
            found.append(process)
    return found


def busy(name: str) -> float:
    """Processor seconds spent so far by the processes with this word in their command."""
    return sum(sum(process.cpu_times()[:2]) for process in processes(name))


def speed(run: Run, seconds: float) -> float:
    """Steps a second over this time."""
    time.sleep(2)  # Let the page settle.
    first, began = _steps(run)
    time.sleep(seconds)
    last, ended = _steps(run)
    return (last - first) / (ended - began)


def _steps(run: Run) -> tuple[float, float]:
    """Steps done, and when the training said so."""
    status = run.status()
    return float(status.progress["epoch"] * status.progress["batches"] + status.progress["batch"]), status.heartbeat


if __name__ == "__main__":
    main()
