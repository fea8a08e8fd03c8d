"""Measure images that go through a network."""

import numpy as np
import pytest
import torch
from torch import Tensor

from colorizer import metrics
from colorizer.evaluation import measure
from tests.factories import plain_luma, smooth


def to_gray(luma: Tensor) -> Tensor:
    return luma.expand(-1, 3, -1, -1)


@pytest.mark.parametrize(("count", "side"), [(1, 32), (64, 32), (65, 32), (200, 32), (3, 300)])
def test_metrics_do_not_depend_on_chunks(count: int, side: int) -> None:
    true = np.stack([smooth(seed, side, side) for seed in range(count)])
    fractions: list[float] = []
    found = measure.measure_pictures(true, to_gray, fractions.append)
    gray = np.repeat(plain_luma(true)[..., None], 3, axis=-1) / 255
    whole = metrics.measure(true, gray.astype(np.float32))
    assert found.keys() == whole.keys()
    for key, values in whole.items():
        assert found[key] == pytest.approx(values, rel=1e-3, abs=1e-4), key
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1


def test_each_worker_computes_on_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[int] = []

    def predict(luma: Tensor) -> Tensor:
        threads.append(torch.get_num_threads())
        return to_gray(luma)

    torch.set_num_threads(2)
    try:
        measure.measure_pictures(np.stack([smooth(seed) for seed in range(130)]), predict)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(1)
    assert threads == [1, 1, 1]


def test_interruption_cancels_remaining_chunks() -> None:
    seen: list[int] = []

    def predict(luma: Tensor) -> Tensor:
        seen.append(len(luma))
        return to_gray(luma)

    def interrupt(fraction: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measure.measure_pictures(np.zeros((64 * 50, 32, 32, 3), np.uint8), predict, interrupt)
    assert len(seen) < 40
