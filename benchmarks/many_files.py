"""Does memory grow with the number of files?

A ZIP file of so many tiny pictures is generated and made into a dataset, once with few and once with many
files. The table shows the most memory that all processes held together (PSS, on Linux), the growth per file,
and what that makes of a million files.

    python -m benchmarks.many_files [--few 60000] [--many 200000]
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
import psutil
from PIL import Image

from benchmarks.preparing import memory

MILLION = 1_000_000


def write_zip(path: Path, count: int) -> None:
    """So many pictures of 8 pixels, one in ten of them for testing; their names are as long as CIFAR-10's."""
    random = np.random.default_rng(0)
    files = []
    for _ in range(500):
        buffer = BytesIO()
        pixels = random.integers(0, 256, (8, 8, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(buffer, "BMP")
        files.append(buffer.getvalue())
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(count):
            split = "test" if number % 10 == 0 else "train"
            # The last pixel is the number, so no two pictures are the same.
            data = files[number % 500][:-4] + number.to_bytes(4)
            archive.writestr(f"{split}/automobile/station_wagon_s_{number:07d}.bmp", data)


def peak(count: int) -> tuple[float, float]:
    """Seconds and megabytes of preparing so many files."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "many.zip"
        write_zip(path, count)
        command = [sys.executable, "-m", "colorizer", "prepare", str(path), "--name", "many", "--size", "8"]
        started, most = time.perf_counter(), 0
        with subprocess.Popen(
            [*command, "--no-images"], env={**os.environ, "COLORIZER_HOME": folder}, stdout=subprocess.DEVNULL
        ) as process:
            while process.poll() is None:
                most = max(most, memory(psutil.Process(process.pid)))
                time.sleep(0.1)
        if process.returncode:
            raise SystemExit(f"preparing {count:,} files ended with {process.returncode}")
        return time.perf_counter() - started, most / 1e6


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--few", type=int, default=60_000)
    parser.add_argument("--many", type=int, default=200_000)
    options = parser.parse_args()
    print(f"{'files':>10} {'seconds':>8} {'MB':>7} {'ratio':>6}")
    megabytes = {}
    for count in (options.few, options.many):
        seconds, megabytes[count] = peak(count)
        ratio = megabytes[count] / megabytes[options.few]
        print(f"{count:10,} {seconds:8.1f} {megabytes[count]:7.0f} {ratio:6.2f}", flush=True)
    each = (megabytes[options.many] - megabytes[options.few]) / (options.many - options.few)
    print(f"{each * 1e6:.0f} bytes a file; {MILLION:,} files: {each * (MILLION - options.few):.0f} MB more than few")


if __name__ == "__main__":
    main()
