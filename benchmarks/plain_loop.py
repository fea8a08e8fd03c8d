"""The study's training as its notebook had it: the plain way, with its mistakes as switches.

Float32 arrays of the whole dataset, default memory order, Adam as it comes, and the loss asked for at every
step. The product trains otherwise; this is what its speed and its results are compared with.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from colorizer.color import keep_luma, luma
from colorizer.comparison.study import mistaken
from colorizer.datasets.dataset import Dataset
from colorizer.datasets.loader import to_float
from colorizer.models.registry import architecture
from colorizer.study import STUDY_BATCH

LEARNING_RATE = 1e-4


@dataclass(frozen=True)
class Setup:
    """What is done as in the study, and what is put right."""

    layout_mistake: bool = True
    """Take height-width-channel arrays for channel-height-width ones, and the mean for the standard deviation."""
    keep_luma: bool = False
    """Let the network decide only chroma."""


def _floats(pixels: np.ndarray) -> Tensor:
    return to_float(torch.from_numpy(pixels)).contiguous()


class Plain:
    """A network with the study's arrays and its optimizer."""

    def __init__(self, architecture_name: str, dataset: Dataset, setup: Setup, seed: int = 0) -> None:
        torch.manual_seed(seed)
        self.setup = setup
        self.network: nn.Module = architecture(architecture_name).build()
        self.optimizer = torch.optim.Adam(self.network.parameters(), lr=LEARNING_RATE)
        self.gray, self.targets = {}, {}
        for split in ("train", "test"):
            pixels = np.array(dataset.images(split))
            self.gray[split] = luma(_floats(pixels))
            self.targets[split] = _floats(mistaken(pixels) if setup.layout_mistake else pixels)
        self.mean = self.gray["train"].mean()
        self.spread = self.mean if setup.layout_mistake else self.gray["train"].std()

    def predict(self, gray: Tensor) -> Tensor:
        """What the network draws, `(N, 3, H, W)`, in the order of its targets."""
        rgb: Tensor = self.network((gray - self.mean) / self.spread)
        return keep_luma(gray, rgb, fit=not self.network.training) if self.setup.keep_luma else rgb

    def steps(self) -> Iterator[float]:
        """One epoch; gives the loss of each step."""
        self.network.train()
        for rows in torch.randperm(len(self.gray["train"])).split(STUDY_BATCH):
            loss = F.mse_loss(self.predict(self.gray["train"][rows]), self.targets["train"][rows])
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            yield loss.item()

    @torch.no_grad()
    def test_sum(self) -> float:
        """The study's figure: the losses of batches of 100 test pictures, added up."""
        self.network.eval()
        batches = zip(self.gray["test"].split(STUDY_BATCH), self.targets["test"].split(STUDY_BATCH), strict=True)
        return sum(F.mse_loss(self.predict(gray), target).item() for gray, target in batches)
