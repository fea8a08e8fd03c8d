"""All architectures: sizes, shapes, ranges, and fused batch normalization."""

import subprocess
import sys

import pytest
import torch
from torch import nn

from colorizer.errors import InputError
from colorizer.models.base import build_model
from colorizer.models.registry import ARCHITECTURES, architecture


@pytest.mark.parametrize(("name", "count"), [("fc512", 2_659_888), ("fc2048", 10_525_744)])
def test_networks_of_the_study_have_its_parameter_counts(name: str, count: int) -> None:
    assert build_model(name).parameters_count == count


@pytest.mark.parametrize("name", ["fc512", "fc2048", "unet"])
def test_network_output_is_between_zero_and_one(name: str) -> None:
    torch.manual_seed(1)
    network = build_model(name).network.eval()
    with torch.no_grad():
        rgb = network(3 * torch.randn(2, 1, 32, 32))
    assert rgb.shape == (2, 3, 32, 32)
    assert rgb.min() > 0
    assert rgb.max() < 1


@pytest.mark.parametrize(("height", "width"), [(1, 1), (7, 5), (32, 32), (33, 65), (8, 1), (2, 40)])
@pytest.mark.parametrize("name", [name for name, kind in ARCHITECTURES.items() if kind.image_size is None])
def test_output_has_the_size_of_the_input(name: str, height: int, width: int) -> None:
    model = build_model(name).eval()
    with torch.no_grad():
        rgb = model(torch.rand(2, 1, height, width))
    assert rgb.shape == (2, 3, height, width)
    assert torch.isfinite(rgb).all()


def test_padding_does_not_change_the_rest_of_the_picture() -> None:
    torch.manual_seed(2)
    network = build_model("unet").network.eval()
    gray = torch.randn(1, 1, 64, 64)
    extended = torch.cat([gray, gray[..., -1:].expand(-1, -1, -1, 8)], dim=-1)
    with torch.no_grad():
        torch.testing.assert_close(network(extended[..., :65]), network(extended)[..., :65])


def test_input_is_standardized_with_gray_statistics() -> None:
    model = build_model("fc512", gray_mean=0.4, gray_std=0.2).eval()
    seen = []
    model.network.register_forward_pre_hook(lambda module, arguments: seen.append(arguments[0]))
    with torch.no_grad():
        model(torch.full((1, 1, 32, 32), 0.8))
    torch.testing.assert_close(seen[0], torch.full((1, 1, 32, 32), 2.0))


def test_without_keep_luma_output_is_that_of_the_network() -> None:
    torch.manual_seed(3)
    model = build_model("fc512", keep_luma=False).eval()
    gray = torch.rand(1, 1, 32, 32)
    with torch.no_grad():
        torch.testing.assert_close(model(gray), model.network((gray - 0.5) / 0.25))


def test_gradient_reaches_colors_outside_the_gamut() -> None:
    model = build_model("unet").train()
    white = torch.ones(2, 1, 8, 8)
    model(white).square().sum().backward()
    gradients = [parameter.grad for parameter in model.network.head.parameters()]  # type: ignore[union-attr]
    assert all(gradient is not None and gradient.abs().max() > 0 for gradient in gradients)


def test_unknown_architecture_is_refused_listing_known_ones() -> None:
    with pytest.raises(InputError, match="fc512, fc2048, unet, photo"):
        architecture("resnet")


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_fused_network_gives_the_same_output(name: str) -> None:
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
        model.fuse_batch_norm()
        assert not any(isinstance(layer, nn.BatchNorm2d) for layer in model.modules())
        assert torch.allclose(model(gray), before, atol=1e-4)
        assert before.std() > 0.01


def test_importing_the_registry_does_not_load_pytorch() -> None:
    code = "import sys, colorizer.models, colorizer.runs.config; print('torch' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "False"
