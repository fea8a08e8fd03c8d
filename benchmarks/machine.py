"""What the benchmarks share: a description of the machine, and how speed, time, and memory are measured.

python -m benchmarks.machine
"""

import argparse
import os
import platform
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
import torch

from colorizer.training.learner import supports_bf16

_SIDE = 1024
"""Side of the square matrices: large enough to keep the processor busy, small enough for its cache."""
_POLL_SECONDS = 0.05


def describe() -> str:
    """Return one line: processor, cores in use, memory, operating system, Python, and PyTorch."""
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


def rate(step: Callable[[], object], seconds: float) -> float:
    """Return how many times per second `step` runs, called over and over for so many seconds."""
    count, started = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - started) < seconds:
        step()
        count += 1
    return count / elapsed


def matrix_rate(seconds: float = 1.0, dtype: torch.dtype = torch.float32) -> float:
    """Return the FLOP/s of square matrix products; a multiply-add counts as two."""
    one, other = torch.rand(_SIDE, _SIDE).to(dtype), torch.rand(_SIDE, _SIDE).to(dtype)
    result = torch.empty(_SIDE, _SIDE, dtype=dtype)
    torch.mm(one, other, out=result)
    return 2 * _SIDE**3 * rate(lambda: torch.mm(one, other, out=result), seconds)


def take_turns(measures: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, np.ndarray]:
    """Call each measure once per round, so that all of them meet the same load.

    Returns:
        For each measure its values, shape (rounds,).
    """
    rows = [[measure() for measure in measures.values()] for _ in range(rounds)]
    return dict(zip(measures, np.array(rows).T, strict=True))


@dataclass(frozen=True)
class Cost:
    """What a command took."""

    seconds: float
    cpu_seconds: float
    """Processor time of all cores, which other programs on the machine distort less than the wall clock."""
    peak_megabytes: float
    """Largest memory of the process and its children together (PSS on Linux: shared pages count once)."""
    output: str


def run_module(*arguments: str, home: Path | None = None, memory: bool = False) -> Cost:
    """Run `python -m ...` in a process of its own and measure it.

    Args:
        arguments: the module's name and its arguments.
        home: folder to use as COLORIZER_HOME.
        memory: measure memory too, which takes some processor time.

    Raises:
        SystemExit: the command failed.
    """
    return run_python("-m", *arguments, home=home, memory=memory)


def run_python(*arguments: str, home: Path | None = None, memory: bool = False) -> Cost:
    """Run `python` with these arguments, as `run_module`."""
    environment = {**os.environ, "COLORIZER_HOME": str(home)} if home else None
    before, started, peak = os.times(), time.perf_counter(), 0
    with subprocess.Popen(
        [sys.executable, *arguments], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        output: list[str] = []
        reader = threading.Thread(target=lambda: output.extend(process.stdout or ()))
        reader.start()
        while memory and process.poll() is None:
            peak = max(peak, memory_of(psutil.Process(process.pid)))
            time.sleep(_POLL_SECONDS)
        reader.join()
    seconds, after = time.perf_counter() - started, os.times()
    if process.returncode:
        raise SystemExit(f"python {' '.join(arguments)} failed with exit code {process.returncode}")
    cpu_seconds = after.children_user - before.children_user + after.children_system - before.children_system
    return Cost(seconds, cpu_seconds, peak / 1e6, "".join(output))


def memory_of(process: psutil.Process) -> int:
    """Return the bytes that a process and its children hold now."""
    total = 0
    for one in (process, *process.children(recursive=True)):
        try:
            usage = one.memory_full_info()
            total += getattr(usage, "pss", usage.rss)
        except psutil.Error:
            continue
    return total


def median(values: Sequence[float] | np.ndarray) -> float:
    """Return the median as a float."""
    return float(np.median(values))


def main() -> None:
    argparse.ArgumentParser().parse_args()
    print(describe())
    print(f"matrix products: {matrix_rate() / 1e9:.0f} GFLOP/s in float32")
    if supports_bf16(torch.device("cpu")):
        print(f"matrix products: {matrix_rate(dtype=torch.bfloat16) / 1e9:.0f} GFLOP/s in bf16")


if __name__ == "__main__":
    main()
