"""The study's training loop as its notebook had it, with its mistakes as switches.

Float32 arrays of the whole dataset, default memory format, plain Adam, and the loss read at every step. Colorizer
trains differently; this is the baseline for its speed and its results.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from colorizer.color import keep_luma, luma
from colorizer.comparison.study import scramble
from colorizer.datasets.dataset import Dataset
from colorizer.datasets.loader import to_float
from colorizer.models import build_model
from colorizer.study import STUDY_BATCH

LEARNING_RATE = 1e-4


@dataclass(frozen=True)
class Setup:
    """Which of the study's choices to repeat."""

    scramble_layout: bool = True
    """Reinterpret height-width-channel arrays as channel-height-width, and divide by the mean, not the std."""
    keep_luma: bool = False
    """Let the network decide only chroma."""


class PlainLoop:
    """A network with the study's arrays and optimizer."""

    def __init__(self, architecture_name: str, dataset: Dataset, setup: Setup, seed: int = 0) -> None:
        torch.manual_seed(seed)
        self.setup = setup
        self.network: nn.Module = build_model(architecture_name).network
        self.optimizer = torch.optim.Adam(self.network.parameters(), lr=LEARNING_RATE)
        self.gray, self.targets = {}, {}
        for split in ("train", "test"):
            pixels = np.array(dataset.images(split))
            self.gray[split] = luma(_to_float(pixels))
            self.targets[split] = _to_float(scramble(pixels) if setup.scramble_layout else pixels)
        self.mean = self.gray["train"].mean()
        self.std = self.mean if setup.scramble_layout else self.gray["train"].std()

    def predict(self, gray: Tensor) -> Tensor:
        """Return the network's output `(N, 3, H, W)`, in the layout of its targets."""
        rgb: Tensor = self.network((gray - self.mean) / self.std)
        return keep_luma(gray, rgb, fit=not self.network.training) if self.setup.keep_luma else rgb

    def steps(self) -> Iterator[float]:
        """Train one epoch; yields the loss of each step."""
        self.network.train()
        for rows in torch.randperm(len(self.gray["train"])).split(STUDY_BATCH):
            loss = F.mse_loss(self.predict(self.gray["train"][rows]), self.targets["train"][rows])
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            yield loss.item()

    @torch.no_grad()
    def test_sum(self) -> float:
        """Return the study's test loss: the MSE of batches of 100 test images, added up."""
        self.network.eval()
        batches = zip(self.gray["test"].split(STUDY_BATCH), self.targets["test"].split(STUDY_BATCH), strict=True)
        return sum(F.mse_loss(self.predict(gray), target).item() for gray, target in batches)


def _to_float(pixels: np.ndarray) -> Tensor:
    return to_float(torch.from_numpy(pixels)).contiguous()
