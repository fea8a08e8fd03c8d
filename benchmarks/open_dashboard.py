"""What an open dashboard costs the training, and how soon the first point of its curve is there.

Starts the app, opens the train page in Chromium, presses start, and times the first point of the curve. Then it
measures the training's speed by turns with the page open and closed; browser, server and training share this
computer, which is the worst case.

    python -m colorizer prepare sample --name sample
    python -m benchmarks.open_dashboard [--rounds 4] [--seconds 20]
"""

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from benchmarks.dashboard_cost import serving
from colorizer import jobs, workspace
from colorizer.runs import launcher
from colorizer.runs.store import Run, load_run

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=20.0)
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
            speeds: dict[str, list[float]] = {"closed": [], "open": []}
            for _ in range(options.rounds):
                page.goto("about:blank")
                speeds["closed"].append(speed(run, options.seconds))
                page.goto(address)
                page.get_by_test_id("stVegaLiteChart").wait_for()
                speeds["open"].append(speed(run, options.seconds))
            launcher.stop(run)
            while jobs.read_status(run.folder).is_active:
                time.sleep(0.2)
            browser.close()
    print(f"{'dashboard':>10} {'steps a second':>15}")
    for label, values in speeds.items():
        print(f"{label:>10} {statistics.median(values):15.2f}   each: {', '.join(f'{value:.2f}' for value in values)}")
    print(f"open beside closed: {statistics.median(speeds['open']) / statistics.median(speeds['closed']) - 1:+.1%}")


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
