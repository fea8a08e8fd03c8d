"""How long does a photograph take, and how much memory, compared with decoding and encoding alone?

For each size a process of its own creates a JPEG file with the detail of a photograph and measures from its bytes to
the bytes of the result: decoding; the network, upsampling its chroma, and joining it with luma; encoding. Values are
medians of several rounds after one to warm up. The floor is what every colorizer needs: decoding the file and encoding
a color one of that size. The second table shows memory over many photographs in a row.

    python -m benchmarks.photographs
"""

import argparse
import io
import multiprocessing
import resource
import statistics
import sys
import time

import numpy as np
import psutil
from PIL import Image

from benchmarks.machine import describe
from colorizer.imaging import decode_image, encode_image
from colorizer.imaging.bundled import PHOTOGRAPHS, load
from colorizer.inference import Colorizer, colorize_picture

SIZES = {"0.25 MP": (576, 432), "1 MP": (1152, 864), "12 MP": (4000, 3000), "48 MP": (8000, 6000)}
ROUNDS = 5


def photograph(width: int, height: int) -> bytes:
    """Return a grayscale JPEG file: a sample photograph enlarged, with film grain."""
    small = Image.fromarray(load(next(item for item in PHOTOGRAPHS if item.name == "hopper")).pixels)
    pixels = np.asarray(small.convert("L").resize((width, height), Image.Resampling.BICUBIC)).copy()
    random = np.random.default_rng(0)
    for row in pixels:
        row[:] = np.clip(row + random.normal(0, 4, width), 0, 255)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def measure(size: tuple[int, int]) -> tuple[list[float], float]:
    """Return the seconds of decoding, colorizing, encoding, and the floor; and this process's peak memory in MB."""
    data, colorizer = photograph(*size), Colorizer.load()
    rounds = []
    for _ in range(ROUNDS + 1):
        start = time.perf_counter()
        picture = decode_image(data)
        read = time.perf_counter()
        result = colorize_picture(picture, colorizer.predict(picture.pixels))
        colored = time.perf_counter()
        encode_image(result)
        written = time.perf_counter()
        rounds.append((read - start, colored - read, written - colored))
    # The floor comes last and holds less, so the peak memory is that of colorizing.
    floor = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        with Image.open(io.BytesIO(data)) as image:
            image.load()
        Image.fromarray(result.pixels).save(io.BytesIO(), "JPEG", quality=95, subsampling="4:4:4")
        floor.append(time.perf_counter() - start)
    unit = 2**20 if sys.platform == "darwin" else 2**10
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    medians = [statistics.median(column) for column in zip(*rounds[1:], strict=True)]
    return [*medians, statistics.median(floor)], peak


def memory_over_time(count: int) -> list[tuple[int, float]]:
    """Return this process's memory in MB after some of `count` photographs of different sizes."""
    colorizer, process, seen = Colorizer.load(), psutil.Process(), []
    files = [photograph(1200 + 400 * number, 900 + 300 * number) for number in range(5)]
    for number in range(1, count + 1):
        picture = decode_image(files[number % 5])
        encode_image(colorize_picture(picture, colorizer.predict(picture.pixels)))
        if number in (10, count // 2, count):
            seen.append((number, process.memory_info().rss / 2**20))
    return seen


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=200, help="number of photographs in a row")
    options = parser.parse_args()
    spawn = multiprocessing.get_context("spawn")
    print(describe(), end="\n\n")
    print(f"{'size':8} {'decode':>7} {'color':>7} {'encode':>7} {'total':>7} {'floor':>7} {'ratio':>9} {'peak MB':>8}")
    for name, size in SIZES.items():
        with spawn.Pool(1) as pool:
            (read, color, write, floor), peak = pool.apply(measure, (size,))
        total = read + color + write
        seconds = " ".join(f"{value:7.3f}" for value in (read, color, write, total, floor))
        print(f"{name:8} {seconds} {total / floor:9.2f} {peak:8.0f}", flush=True)
    with spawn.Pool(1) as pool:
        rows = pool.apply(memory_over_time, (options.count,))
    print("\nphotographs in a row   memory MB")
    for number, memory in rows:
        print(f"{number:20d} {memory:11.0f}")
    print(f"growth since the tenth: {rows[-1][1] - rows[0][1]:+.0f} MB")


if __name__ == "__main__":
    main()
