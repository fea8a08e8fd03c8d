"""Normalization inside the convolutions: the same answers from fewer layers."""

import pytest
import torch
from torch import nn

from colorizer.models.base import build_model
from colorizer.models.fusing import fuse_normalization
from colorizer.models.registry import ARCHITECTURES


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_fused_network_gives_the_same_without_normalization(name: str) -> None:
    torch.manual_seed(0)
    model = build_model(name)
    for layer in model.modules():
        if isinstance(layer, nn.BatchNorm2d):
            for values in (layer.weight, layer.bias, layer.running_mean, layer.running_var):
                assert values is not None
                nn.init.uniform_(values, 0.5, 1.5)
    gray = torch.rand(2, 1, 32, 32)
    model.eval()
    with torch.no_grad():
        before = model(gray)
        fuse_normalization(model)
        assert not any(isinstance(layer, nn.BatchNorm2d) for layer in model.modules())
        assert torch.allclose(model(gray), before, atol=1e-4)
        assert before.std() > 0.01
