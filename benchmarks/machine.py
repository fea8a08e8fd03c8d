"""The computer that a benchmark ran on, and how fast it multiplies matrices: the limit of what a network can reach.

python -m benchmarks.machine
"""

import argparse
import platform
import statistics
import time
from pathlib import Path

import psutil
import torch

_SIDE = 1024
"""Of the square matrices: large enough to be the processor's work, small enough for its cache."""


def describe() -> str:
    """One line: processor, cores in use, memory, system, and the programs that matter."""
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{_processor()}, {torch.get_num_threads()} cores, {memory:.0f} GiB; {platform.system()}, "
        f"Python {platform.python_version()}, PyTorch {torch.__version__}"
    )


def _processor() -> str:
    file = Path("/proc/cpuinfo")
    lines = file.read_text().splitlines() if file.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def matrix_rate(seconds: float = 1.0) -> float:
    """Floating-point operations a second of products of float32 matrices, two for each multiply-add; the median."""
    one, other, result = torch.rand(_SIDE, _SIDE), torch.rand(_SIDE, _SIDE), torch.empty(_SIDE, _SIDE)
    torch.mm(one, other, out=result)
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end:
        started = time.perf_counter()
        torch.mm(one, other, out=result)
        times.append(time.perf_counter() - started)
    return 2 * _SIDE**3 / statistics.median(times)


def main() -> None:
    argparse.ArgumentParser().parse_args()
    print(describe())
    print(f"products of matrices: {matrix_rate() / 1e9:.0f} GFLOP/s")


if __name__ == "__main__":
    main()
