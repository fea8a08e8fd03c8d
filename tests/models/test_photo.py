"""The photo ensemble: trained apart, averaged for inference."""

import pytest
import torch
from torch import Tensor, nn

from colorizer.models.color_bins import ColorBins
from colorizer.models.photo import PhotoEnsemble


@pytest.fixture(scope="module")
def ensemble() -> PhotoEnsemble:
    torch.manual_seed(0)
    return PhotoEnsemble(ColorBins())


def random_pictures(count: int, height: int = 64, width: int = 64) -> tuple[Tensor, Tensor]:
    """Return standardized gray pictures, each with a hint."""
    gray = torch.randn((count, 1, height, width), generator=torch.Generator().manual_seed(1))
    hints = torch.zeros(count, 3, height, width)
    hints[:, :, 20:25, 10:15] = torch.tensor([0.2, -0.1, 1.0])[:, None, None]
    return gray, hints


@torch.no_grad()
def test_distributions_of_both_networks_are_averaged(ensemble: PhotoEnsemble) -> None:
    ensemble.eval()
    for gray, hints in (random_pictures(2), (random_pictures(2)[0], None)):
        plain = ensemble.plain(gray, hints).softmax(1)
        mirrored = ensemble.mirrored(gray.flip(3), None if hints is None else hints.flip(3)).flip(3).softmax(1)
        assert not torch.allclose(plain, mirrored)
        torch.testing.assert_close(ensemble(gray, hints).softmax(1), (plain + mirrored) / 2)


@torch.no_grad()
def test_pictures_are_padded_before_mirroring(ensemble: PhotoEnsemble) -> None:
    ensemble.eval()
    gray, hints = random_pictures(1, 45, 70)
    filled = torch.nn.functional.pad(gray, (0, 26, 0, 19), mode="replicate")
    torch.testing.assert_close(
        ensemble(gray, hints), ensemble(filled, torch.nn.functional.pad(hints, (0, 26, 0, 19)))[..., :12, :18]
    )


def test_each_network_learns_from_its_half_of_the_batch(ensemble: PhotoEnsemble) -> None:
    ensemble.train()
    gray, hints = random_pictures(5)
    logits = ensemble(gray, hints)
    assert logits.shape == (5, len(ensemble.plain.bins), 16, 16)
    for mine, others, rows in (
        (ensemble.plain, ensemble.mirrored, slice(3)),
        (ensemble.mirrored, ensemble.plain, slice(3, 5)),
    ):
        ensemble.zero_grad()
        logits[rows].square().sum().backward(retain_graph=True)
        assert _has_gradient(mine)
        assert not _has_gradient(others)


def _has_gradient(network: nn.Module) -> bool:
    return any(parameter.grad is not None and bool(parameter.grad.any()) for parameter in network.parameters())


def test_half_batch_may_be_empty(ensemble: PhotoEnsemble) -> None:
    ensemble.train()
    for count in (0, 1):
        assert len(ensemble(*random_pictures(count))) == count


def test_weights_are_small_enough_to_ship() -> None:
    """At most 16 MB in half precision."""
    assert sum(parameter.numel() for parameter in PhotoEnsemble(ColorBins()).parameters()) < 8_000_000
