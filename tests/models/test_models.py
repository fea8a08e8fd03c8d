"""The networks: their exact sizes, and what they take and give."""

import pytest
import torch

from colorizer.errors import InputError
from colorizer.models.base import ColorizationModel, build_model
from colorizer.models.registry import ARCHITECTURES, architecture


@pytest.mark.parametrize(("name", "count"), [("fc512", 2_659_888), ("fc2048", 10_525_744)])
def test_the_studys_networks_have_exactly_its_parameters(name: str, count: int) -> None:
    assert ColorizationModel(name).parameters_count == count


@pytest.mark.parametrize("name", ["fc512", "fc2048", "unet"])
def test_every_network_gives_values_between_zero_and_one(name: str) -> None:
    torch.manual_seed(1)
    network = architecture(name).build().eval()
    with torch.no_grad():
        rgb = network(3 * torch.randn(2, 1, 32, 32))
    assert rgb.shape == (2, 3, 32, 32)
    assert rgb.min() > 0
    assert rgb.max() < 1


@pytest.mark.parametrize(("height", "width"), [(1, 1), (7, 5), (32, 32), (33, 65), (8, 1), (2, 40)])
@pytest.mark.parametrize("name", [name for name, kind in ARCHITECTURES.items() if kind.size is None])
def test_any_size_is_taken_and_given_back(name: str, height: int, width: int) -> None:
    model = build_model(name).eval()
    with torch.no_grad():
        rgb = model(torch.rand(2, 1, height, width))
    assert rgb.shape == (2, 3, height, width)
    assert torch.isfinite(rgb).all()


def test_padding_leaves_the_rest_of_the_picture_alone() -> None:
    torch.manual_seed(2)
    network = architecture("unet").build().eval()
    gray = torch.randn(1, 1, 64, 64)
    extended = torch.cat([gray, gray[..., -1:].expand(-1, -1, -1, 8)], dim=-1)
    with torch.no_grad():
        torch.testing.assert_close(network(extended[..., :65]), network(extended)[..., :65])


def test_the_input_is_standardized_with_the_statistics_of_the_training_set() -> None:
    model = ColorizationModel("fc512", gray_mean=0.4, gray_std=0.2).eval()
    seen = []
    model.network.register_forward_pre_hook(lambda module, arguments: seen.append(arguments[0]))
    with torch.no_grad():
        model(torch.full((1, 1, 32, 32), 0.8))
    torch.testing.assert_close(seen[0], torch.full((1, 1, 32, 32), 2.0))


def test_in_the_studys_mode_the_networks_own_picture_comes_out() -> None:
    torch.manual_seed(3)
    model = ColorizationModel("fc512", keep_luma=False).eval()
    gray = torch.rand(1, 1, 32, 32)
    with torch.no_grad():
        torch.testing.assert_close(model(gray), model.network((gray - 0.5) / 0.25))


def test_while_training_a_gradient_reaches_colors_outside_the_gamut() -> None:
    model = ColorizationModel("unet").train()
    white = torch.ones(2, 1, 8, 8)
    model(white).square().sum().backward()
    gradients = [parameter.grad for parameter in model.network.head.parameters()]  # type: ignore[union-attr]
    assert all(gradient is not None and gradient.abs().max() > 0 for gradient in gradients)


def test_an_unknown_architecture_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match="fc512, fc2048, unet, photo"):
        architecture("resnet")
