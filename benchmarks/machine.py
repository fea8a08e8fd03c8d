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

from colorizer.training.learner import multiplies_bf16

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


def matrix_rate(seconds: float = 1.0, kind: torch.dtype = torch.float32) -> float:
    """Floating-point operations a second of products of matrices, two for each multiply-add; the median.

    Args:
        seconds: how long to measure.
        kind: of the matrices' numbers.
    """
    one, other = torch.rand(_SIDE, _SIDE).to(kind), torch.rand(_SIDE, _SIDE).to(kind)
    result = torch.empty(_SIDE, _SIDE, dtype=kind)
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
    print(f"products of matrices: {matrix_rate() / 1e9:.0f} GFLOP/s in float32")
    if multiplies_bf16(torch.device("cpu")):
        print(f"products of matrices: {matrix_rate(kind=torch.bfloat16) / 1e9:.0f} GFLOP/s in bf16")


if __name__ == "__main__":
    main()
