"""The two networks for photographs: apart while they learn, together when they colorize."""

import pytest
import torch
from torch import Tensor, nn

from colorizer.models.photo_pair import PhotoEnsemble, photo


@pytest.fixture(scope="module")
def pair() -> PhotoEnsemble:
    torch.manual_seed(0)
    return photo()


def pictures(count: int, height: int = 64, width: int = 64) -> tuple[Tensor, Tensor]:
    """Standardized gray, and a hint in each."""
    gray = torch.randn((count, 1, height, width), generator=torch.Generator().manual_seed(1))
    hints = torch.zeros(count, 3, height, width)
    hints[:, :, 20:25, 10:15] = torch.tensor([0.2, -0.1, 1.0])[:, None, None]
    return gray, hints


@torch.no_grad()
def test_the_mean_of_both_distributions_counts(pair: PhotoEnsemble) -> None:
    pair.eval()
    for gray, hints in (pictures(2), (pictures(2)[0], None)):
        plain = pair.plain(gray, hints).softmax(1)
        mirrored = pair.mirrored(gray.flip(3), None if hints is None else hints.flip(3)).flip(3).softmax(1)
        assert not torch.allclose(plain, mirrored)
        torch.testing.assert_close(pair(gray, hints).softmax(1), (plain + mirrored) / 2)


@torch.no_grad()
def test_any_height_and_width_is_filled_up_before_it_is_mirrored(pair: PhotoEnsemble) -> None:
    pair.eval()
    gray, hints = pictures(1, 45, 70)
    filled = torch.nn.functional.pad(gray, (0, 26, 0, 19), mode="replicate")
    torch.testing.assert_close(
        pair(gray, hints), pair(filled, torch.nn.functional.pad(hints, (0, 26, 0, 19)))[..., :12, :18]
    )


def test_each_learns_from_its_half_of_a_batch_alone(pair: PhotoEnsemble) -> None:
    pair.train()
    gray, hints = pictures(5)
    scores = pair(gray, hints)
    assert scores.shape == (5, len(pair.plain.grid), 16, 16)
    for mine, others, rows in ((pair.plain, pair.mirrored, slice(3)), (pair.mirrored, pair.plain, slice(3, 5))):
        pair.zero_grad()
        scores[rows].square().sum().backward(retain_graph=True)
        assert _learns(mine)
        assert not _learns(others)


def _learns(network: nn.Module) -> bool:
    return any(parameter.grad is not None and bool(parameter.grad.any()) for parameter in network.parameters())


def test_a_half_may_be_empty(pair: PhotoEnsemble) -> None:
    pair.train()
    for count in (0, 1):
        assert len(pair(*pictures(count))) == count


def test_it_may_be_shipped() -> None:
    """Half of the 16 MB that a network may take are numbers."""
    assert sum(parameter.numel() for parameter in photo().parameters()) < 8_000_000
