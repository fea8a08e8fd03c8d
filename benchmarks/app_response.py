"""How soon does the app answer: a dropped photo, a slider, a hint, another page, a ZIP, the start of a run?

Starts the app in a home without data, operates it in Chromium, and prints for each answer the time until the browser
shows it, the time it should take on two idle cores, and the CPU time of the server and its child processes, which other
programs distort less than wall-clock time. Each part starts a server of its own.

    python -m benchmarks.app_response [--parts drop hints ...] [--rounds 3]

The part `training` uses the datasets `sample` and `cifar10` of `data/`. If they are missing, it prepares the first,
and the second from `cifar10.zip` in the folder that COLORIZER_TEST_DATA names, or else leaves it out.
"""

import argparse
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
from playwright.sync_api import sync_playwright

from benchmarks.app_server import serve_app
from benchmarks.machine import describe, median, run_python
from benchmarks.photographs import SIZES, photograph
from colorizer import jobs, workspace

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

_IDLE = "document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"
_UNTIL_CHANGED = """(image, before) => new Promise((done) => {
  const check = () => image.getAttribute("src") === before ? requestAnimationFrame(check) : done();
  check();
})"""
_LIKE_A_USER = 700
"""Milliseconds between two actions."""
_MANY = 30


@dataclass
class Times:
    """Measured answers, in the order in which they first came."""

    server: psutil.Process
    rows: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    """Seconds, and processor seconds of the server, by what was measured."""

    @contextmanager
    def measure(self, name: str) -> Iterator[None]:
        """Measure what happens inside."""
        started, cpu = time.perf_counter(), self._cpu()
        yield
        self.rows.setdefault(name, []).append((time.perf_counter() - started, self._cpu() - cpu))

    def _cpu(self) -> float:
        seconds = 0.0
        for process in (self.server, *self.server.children(recursive=True)):
            try:
                times = process.cpu_times()
            except psutil.NoSuchProcess:
                continue
            seconds += times.user + times.system
        return seconds


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    datasets = prepared_datasets() if "training" in options.parts else {}
    print(describe(), end="\n\n")
    print(f"{'seconds until':36} {'median':>7} {'max':>6} {'target':>7} {'CPU':>6}")
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        photos = write_photos(Path(folder))
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for part in options.parts:
            for home in homes(Path(folder), part, datasets):
                os.environ["COLORIZER_HOME"] = str(home)
                with serve_app() as app:
                    page = browser.new_page(viewport={"width": 1440, "height": 900}, base_url=app.url)
                    page.set_default_timeout(120_000)
                    times = Times(app.process)
                    PARTS[part](page, times, photos, options.rounds)
                    page.close()
                    stop_trainings(home)
                report(times)
        browser.close()


def report(times: Times) -> None:
    for name, values in times.rows.items():
        seconds, cpu = zip(*values, strict=True)
        target = f"{TARGETS[name]:g}" if name in TARGETS else ""
        print(f"{name:36} {median(seconds):7.2f} {max(seconds):6.2f} {target:>7} {median(cpu):6.2f}", flush=True)


def write_photos(folder: Path) -> dict[str, list[Path]]:
    """Write one photo of 12 MP and thirty of 1 MP, all different."""
    photos: dict[str, list[Path]] = {}
    for size, count in (("1 MP", _MANY), ("12 MP", 1)):
        data = photograph(*SIZES[size])
        photos[size] = [folder / f"{size} {number}.jpg" for number in range(1, count + 1)]
        for number, file in enumerate(photos[size]):
            file.write_bytes(data + bytes([number]))  # What follows a JPEG file's end is ignored.
    return photos


def prepared_datasets() -> dict[str, Path]:
    """Return the folders of the datasets to train on, by name; those that are missing are prepared."""
    data = workspace.data_folder()
    sources = {"sample": "sample"}
    if "COLORIZER_TEST_DATA" in os.environ:
        sources["cifar10"] = str(Path(os.environ["COLORIZER_TEST_DATA"]) / "cifar10.zip")
    for name, source in sources.items():
        if not (data / name).exists():
            run_python("-m", "colorizer", "prepare", source, "--name", name)
    return {name: (data / name).resolve() for name in ("sample", "cifar10") if (data / name).exists()}


def homes(folder: Path, part: str, datasets: dict[str, Path]) -> Iterator[Path]:
    """Create homes with the shipped runs, for `training` one per dataset."""
    for name in datasets if part == "training" else [""]:
        home = folder / f"{part}{name}"
        (home / "data").mkdir(parents=True)
        shutil.copytree(workspace.shipped_runs_folder(), home / "checkpoints")
        if name:
            (home / "data" / name).symlink_to(datasets[name])
        yield home


def stop_trainings(home: Path) -> None:
    for run in (home / "checkpoints").iterdir():
        status = jobs.read_status(run)
        if status.is_active and status.pid:
            psutil.Process(status.pid).kill()


def settle(page: "Page") -> None:
    """Wait until the server has nothing to do, and then as long as a user would."""
    page.wait_for_function(_IDLE)
    page.wait_for_timeout(_LIKE_A_USER)


def until_changed(picture: "Locator", act: Callable[[], None]) -> None:
    """Act, and wait until the picture is another one."""
    before = picture.get_attribute("src")
    act()
    picture.evaluate(_UNTIL_CHANGED, before)


def drop(page: "Page", files: list[Path]) -> None:
    page.locator("input[type=file]").first.set_input_files(files)


def stage(page: "Page") -> "Locator":
    return page.locator(".st-key-stage img.after")


def open_with_photo(page: "Page", photos: dict[str, list[Path]]) -> None:
    page.goto("/colorize")
    settle(page)
    drop(page, photos["1 MP"][:1])
    stage(page).wait_for()
    settle(page)


def measure_drop(page: "Page", times: Times, photos: dict[str, list[Path]], rounds: int) -> None:
    """Photos of several sizes, after the first page of the server has opened."""
    with times.measure("first page of the server"):
        page.goto("/colorize")
        page.locator("input[type=file]").first.wait_for(state="attached")
    settle(page)
    with times.measure("first color, 1 MP, first of the server"):
        drop(page, photos["1 MP"][:1])
        stage(page).wait_for()
    for size in ("1 MP", "12 MP"):
        for number in range(rounds):
            settle(page)
            page.goto("/colorize")  # A new session.
            settle(page)
            with times.measure(f"first color, {size}"):
                drop(page, photos[size][number:][:1] or photos[size][:1])
                stage(page).wait_for()
        if size == "1 MP":
            measure_settings(page, times, rounds)
    settle(page)
    measure_settings(page, times, rounds, " at 12 MP")


def measure_settings(page: "Page", times: Times, rounds: int, suffix: str = "") -> None:
    """A slider and the looks."""
    page.locator("[data-id=Vivid]").wait_for()
    for _ in range(rounds):
        for look in ("Vivid", "Natural"):
            settle(page)
            with times.measure(f"look{suffix}"):
                until_changed(stage(page), page.locator(f"[data-id={look}]").click)
    page.get_by_text("Adjust", exact=True).click()
    saturation = page.get_by_role("slider", name="Saturation")
    saturation.focus()
    for _ in range(rounds):
        settle(page)
        with times.measure(f"slider{suffix}"):
            until_changed(stage(page), lambda: saturation.press("ArrowRight"))


def measure_hints(page: "Page", times: Times, photos: dict[str, list[Path]], rounds: int) -> None:
    """Hints that are added, recolored and moved."""
    open_with_photo(page, photos)
    page.get_by_text("Hints", exact=True).click()
    frame, dots, colors = page.locator(".frame .picture"), page.locator(".dot"), page.locator(".colors button")
    picture = frame.locator("img")
    picture.wait_for()
    for number in range(rounds):
        settle(page)
        box = frame.bounding_box()
        assert box is not None
        share = (number + 1) / (rounds + 1)
        place = {"x": box["width"] * share, "y": box["height"] * (0.3 + 0.4 * (number % 2))}
        with times.measure("a new hint"):
            until_changed(picture, lambda: frame.click(position=place))  # type: ignore[arg-type]  # noqa: B023
        colors.first.wait_for()
        settle(page)
        with times.measure("a hint's new color"):
            until_changed(picture, colors.nth(1).click)
        settle(page)
        with times.measure("a moved hint"):
            until_changed(picture, lambda: dots.last.press("Shift+ArrowDown"))


def measure_variants(page: "Page", times: Times, photos: dict[str, list[Path]], rounds: int) -> None:
    """Variants of one photo after the other."""
    page.goto("/colorize")
    settle(page)
    for number in range(rounds):
        drop(page, photos["1 MP"][number : number + 1])
        stage(page).wait_for()
        settle(page)
        page.wait_for_timeout(_LIKE_A_USER)
        pictures = page.locator(".st-key-grid-Variants img")
        with times.measure("four variants"):
            with times.measure("first variant"):
                page.get_by_text("Variants", exact=True).click()
                pictures.first.wait_for()
            pictures.nth(3).wait_for()
        settle(page)
        page.get_by_text("Before / after", exact=True).click()
        stage(page).wait_for()


def measure_pages(page: "Page", times: Times, photos: dict[str, list[Path]], rounds: int) -> None:
    """Pages one after the other, with a photo open on Colorize."""
    open_with_photo(page, photos)
    titles = {"Train": "Train", "Compare": "Compare", "Prepare data": "Prepare data", "Colorize": "Colorize"}
    for number in range(rounds + 1):
        for link, title in titles.items():
            settle(page)
            with times.measure(f"page {title}" + (", first visit" if number == 0 else "")):
                page.get_by_role("link", name=link, exact=True).first.click()
                page.get_by_role("heading", name=title, level=1).wait_for()
                page.wait_for_function(_IDLE)


def measure_thirty(page: "Page", times: Times, photos: dict[str, list[Path]], rounds: int) -> None:
    """Thirty photos: thumbnails and the ZIP, which is asked for at once."""
    page.goto("/colorize")
    settle(page)
    with times.measure("first card of thirty"):
        drop(page, photos["1 MP"])
        page.locator(".st-key-filmstrip button", has_text="Colorized").first.wait_for()
    button = page.get_by_role("button", name=f"Colorize all {_MANY} into a ZIP")
    button.wait_for()
    with times.measure("ZIP of thirty"):
        button.click()
        page.get_by_role("button", name=f"Download ZIP ({_MANY})").wait_for()


def measure_training(page: "Page", times: Times, photos: dict[str, list[Path]], rounds: int) -> None:
    """The first point of a run with the settings that the form offers."""
    dataset = next((Path(os.environ["COLORIZER_HOME"]) / "data").iterdir()).name
    page.goto("/train")
    page.get_by_role("button", name="New run").click()
    page.get_by_role("textbox", name="Name", exact=True).fill("timed")
    start = page.get_by_role("button", name="Start training")
    start.wait_for()
    settle(page)
    with times.measure(f"first point of a run, {dataset}"):
        start.click()
        page.wait_for_url("**run=timed")
        page.get_by_role("heading", name="timed").wait_for()
        page.locator("[data-stale=false] [data-testid=stVegaLiteChart]").first.wait_for()


PARTS: dict[str, Callable[["Page", Times, dict[str, list[Path]], int], None]] = {
    "drop": measure_drop,
    "hints": measure_hints,
    "variants": measure_variants,
    "pages": measure_pages,
    "thirty": measure_thirty,
    "training": measure_training,
}
TARGETS = {
    "first color, 1 MP, first of the server": 1.5,
    "first color, 1 MP": 1.5,
    "first color, 12 MP": 2.5,
    "slider": 0.4,
    "look": 0.4,
    "slider at 12 MP": 0.4,
    "look at 12 MP": 0.4,
    "a new hint": 0.5,
    "a hint's new color": 0.5,
    "a moved hint": 0.5,
    "first variant": 1.5,
    "four variants": 4.0,
    "page Train": 0.8,
    "page Compare": 0.8,
    "page Prepare data": 0.8,
    "page Colorize": 0.8,
    "first card of thirty": 2.0,
    "ZIP of thirty": 6.0,
    "first point of a run, sample": 10.0,
    "first point of a run, cifar10": 10.0,
}
"""Seconds on two idle cores."""


if __name__ == "__main__":
    main()
