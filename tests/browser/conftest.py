"""A running app and Chromium windows on it."""

import os
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from colorizer import jobs
from tests.waiting import PATIENCE, wait_until

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SHIPPED = ROOT / "checkpoints" / "unet" / "best.safetensors"
SIZES = {"desktop": (1440, 900), "phone": (390, 844)}
EXPECTED_ERRORS = ("_stcore/",)
"""Streamlit's frontend asks for these below a deep link first, and the browser reports that they are missing."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    reason = "no Chromium on this computer" if CHROMIUM is None else ""
    if not SHIPPED.exists():
        reason = "the shipped weights are not in this checkout"
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker(pytest.mark.filterwarnings("ignore::ResourceWarning"))
            if reason:
                item.add_marker(pytest.mark.skip(reason=reason))


@contextmanager
def home_in(folder: Path) -> Iterator[Path]:
    """Make a home with the shipped runs and no data. Trainings started in it are killed in the end."""
    shutil.copytree(ROOT / "checkpoints", folder / "checkpoints")
    yield folder
    for status in map(jobs.read_status, (folder / "checkpoints").iterdir()):
        if status.is_active and status.pid:
            with suppress(psutil.NoSuchProcess):
                psutil.Process(status.pid).kill()


@pytest.fixture(scope="session")
def app_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home for all tests that add neither datasets nor runs."""
    with home_in(tmp_path_factory.mktemp("home")) as folder:
        yield folder


@contextmanager
def serving(home: Path) -> Iterator[str]:
    """Start the app on a free port and yield its URL. Its log is `server.log` in `home`."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    command += ["--server.headless", "true"]
    log = (home / "server.log").open("wb")
    environment = {**os.environ, "COLORIZER_HOME": str(home)}
    process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env=environment)
    url = f"http://localhost:{port}"
    try:

        def is_ready() -> bool:
            assert process.poll() is None, (home / "server.log").read_text()
            with suppress(OSError):
                urllib.request.urlopen(f"{url}/_stcore/health", timeout=1).close()
                return True
            return False

        wait_until(is_ready, "the app answers")
        yield url
    finally:
        process.terminate()
        process.wait(PATIENCE)
        log.close()


@pytest.fixture(scope="session")
def server(app_home: Path) -> Iterator[str]:
    """The app, shared by these tests."""
    with serving(app_home) as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=1000 * PATIENCE)
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield chromium
        chromium.close()


@contextmanager
def window(browser, url: str, size: str, theme: str = "light") -> Iterator[Any]:
    """Open a browser window. Errors in the browser's console fail the test."""
    width, height = SIZES[size]
    page = browser.new_page(viewport={"width": width, "height": height}, base_url=url, color_scheme=theme)
    page.set_default_timeout(1000 * PATIENCE)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(f"{message.location['url']}: {message.text}")
            if message.type == "error" else None)  # fmt: skip
    yield page
    page.close()
    assert [error for error in errors if not any(part in error for part in EXPECTED_ERRORS)] == []


@pytest.fixture(params=SIZES)
def page(request: pytest.FixtureRequest, browser, server: str) -> Iterator[Any]:
    """A window on the app at desktop or phone size."""
    with window(browser, server, request.param) as opened:
        yield opened
