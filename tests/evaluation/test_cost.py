"""Multiply-adds compared with counts by hand, and timing."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from colorizer.evaluation import cost
from colorizer.inference import Colorizer
from colorizer.models import build_model


def convolution(inputs: int, outputs: int, side: int, kernel: int = 3) -> int:
    """Return the multiply-adds of a padded convolution of a square."""
    return side**2 * inputs * outputs * kernel**2


ENCODER = (
    convolution(1, 16, 32) + convolution(16, 16, 32) + convolution(16, 32, 16)
    + 3 * convolution(32, 32, 16) - 2 * (convolution(32, 32, 16) - convolution(32, 32, 8))
)  # fmt: skip


@pytest.mark.parametrize("hidden", [512, 2048])
def test_fully_connected_networks_match_count_by_hand(hidden: int) -> None:
    assert cost.multiply_adds(f"fc{hidden}", 32) == ENCODER + 2048 * hidden + hidden * 3072


def test_cost_of_unet_scales_with_pixels() -> None:
    assert cost.multiply_adds("unet", 64) == 4 * cost.multiply_adds("unet", 32)


def test_photo_network_can_be_counted() -> None:
    assert 3e9 < cost.multiply_adds("photo", 256) < 4e9


class Attention(nn.Module):
    """Scaled dot-product attention, once as a function and once as a layer."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.MultiheadAttention(16, 4, batch_first=True)

    def forward(self, gray: Tensor) -> Tensor:
        tokens = gray.flatten(1).reshape(1, -1, 16)
        tokens = F.scaled_dot_product_attention(tokens, tokens, tokens)
        return self.layer(tokens, tokens, tokens, need_weights=False)[0]


TOKENS = 8 * 8 // 16
NETWORKS: dict[str, tuple[Callable[[], nn.Module], int]] = {
    "convolution": (lambda: nn.Conv2d(1, 6, 3, padding=1), 64 * 9 * 6),
    "grouped": (lambda: nn.Sequential(nn.Conv2d(1, 4, 1), nn.Conv2d(4, 4, 3, padding=1, groups=4)), 64 * (4 + 4 * 9)),
    "transposed": (lambda: nn.ConvTranspose2d(1, 5, 2, stride=2), 64 * 4 * 5),
    "dense": (lambda: nn.Sequential(nn.Flatten(), nn.Linear(64, 10)), 640),
    "attention": (Attention, 2 * TOKENS**2 * 16 + 4 * TOKENS * 16 * 16 + 2 * TOKENS**2 * 16),
    "no products": (lambda: nn.Sequential(nn.BatchNorm2d(1), nn.ReLU(), nn.MaxPool2d(2)), 0),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_layer_matches_count_by_hand(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    build, expected = NETWORKS[name]
    monkeypatch.setattr(cost, "build_model", lambda name: SimpleNamespace(network=build()))
    assert cost.multiply_adds(f"{name} made here", 8) == expected


def test_timing_uses_one_image_on_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[torch.Size, int]] = []

    class Recorder(Colorizer):
        def predict_thumbnails(self, gray: Tensor) -> Tensor:
            seen.append((gray.shape, torch.get_num_threads()))
            return gray

    ticks = iter(range(10**6))
    monkeypatch.setattr(cost, "_clock", lambda: next(ticks) / 1000)
    torch.set_num_threads(2)
    try:
        taken = cost.milliseconds(Recorder(build_model("fc512")), 32)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(1)
    assert taken == pytest.approx(1)
    assert set(seen) == {(torch.Size([1, 1, 32, 32]), 1)}
    assert len(seen) == 105


def test_slow_network_is_timed_only_a_few_times(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Tensor] = []
    monkeypatch.setattr(Colorizer, "predict_thumbnails", lambda self, gray: calls.append(gray))
    ticks = iter(range(10**6))
    monkeypatch.setattr("time.perf_counter", lambda: 3.0 * next(ticks))
    cost.milliseconds(Colorizer(build_model("fc512")), 32)
    assert len(calls) == 10
