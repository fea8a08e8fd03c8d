"""Properties of luma, chroma and gamut fitting, for any picture and any network."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from torch import Tensor

from colorizer.color import chroma, fit_gamut, keep_luma, luma
from colorizer.models.base import ColorizationModel, build_model

LEVEL = 1 / 255
UNIT = st.floats(0, 1, width=32)
SHAPES = array_shapes(min_dims=2, max_dims=2, max_side=6)


@st.composite
def gray_and_color(draw: st.DrawFn, low: float = -100, high: float = 100) -> tuple[Tensor, Tensor]:
    """A gray picture and any three channels of the same size, in float64."""
    height, width = draw(SHAPES)
    gray = draw(arrays(np.float64, (1, height, width), elements=st.floats(0, 1)))
    rgb = draw(arrays(np.float64, (3, height, width), elements=st.floats(low, high)))
    return torch.from_numpy(gray), torch.from_numpy(rgb)


@pytest.fixture(scope="module", params=["fc512", "fc2048", "unet"])
def model(request: pytest.FixtureRequest) -> ColorizationModel:
    torch.manual_seed(0)
    return build_model(request.param).eval()


def test_luma_weights() -> None:
    red_green_blue_white = torch.tensor([[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]]).T[:, None]
    assert luma(red_green_blue_white).flatten().tolist() == pytest.approx([0.299, 0.587, 0.114, 1])


@given(gray_and_color())
def test_chroma_has_no_luma(pair: tuple[Tensor, Tensor]) -> None:
    assert luma(chroma(pair[1])).abs().max() < 1e-12


@given(gray_and_color())
def test_keep_luma_stays_in_gamut(pair: tuple[Tensor, Tensor]) -> None:
    gray, rgb = pair
    result = keep_luma(gray, rgb)
    assert (luma(result) - gray).abs().max() <= LEVEL
    assert result.min() >= 0
    assert result.max() <= 1


@given(gray_and_color())
def test_keep_luma_without_gamut_fit(pair: tuple[Tensor, Tensor]) -> None:
    gray, rgb = pair
    assert (luma(keep_luma(gray, rgb, fit=False)) - gray).abs().max() < 1e-9


@given(gray_and_color(0, 0))
def test_zero_chroma_gives_gray(pair: tuple[Tensor, Tensor]) -> None:
    gray, nothing = pair
    assert torch.equal(fit_gamut(gray, nothing), gray.expand(3, -1, -1))


@given(gray_and_color())
def test_gamut_fit_scales_chroma(pair: tuple[Tensor, Tensor]) -> None:
    gray, rgb = pair
    wanted = chroma(rgb)
    got = fit_gamut(gray, wanted) - gray
    length = wanted.square().sum(0)
    share = torch.where(length > 0, (got * wanted).sum(0) / length.clamp_min(1e-300), 0)
    visible = length > 1e-12
    assert (share[visible] >= -1e-9).all()
    assert (share[visible] <= 1 + 1e-9).all()
    assert (got - share * wanted).abs().max() < 1e-6


@given(gray_and_color(0, 1))
def test_colors_in_gamut_are_unchanged(pair: tuple[Tensor, Tensor]) -> None:
    _, rgb = pair
    torch.testing.assert_close(keep_luma(luma(rgb), rgb), rgb, atol=1e-9, rtol=0)


@given(pixels=arrays(np.float32, (32, 32), elements=UNIT))
def test_networks_keep_luma(model: ColorizationModel, pixels: np.ndarray) -> None:
    gray = torch.from_numpy(pixels)[None, None]
    with torch.no_grad():
        rgb = model(gray)
    assert (luma(rgb) - gray).abs().max() <= LEVEL
    assert rgb.min() >= 0
    assert rgb.max() <= 1


@pytest.mark.parametrize("strength", [-1e4, 10, 1e4])
@given(pixels=arrays(np.float32, (32, 32), elements=UNIT))
def test_luma_is_kept_for_exaggerated_outputs(model: ColorizationModel, strength: float, pixels: np.ndarray) -> None:
    gray = torch.from_numpy(pixels)[None, None]
    with torch.no_grad():
        rgb = keep_luma(gray, strength * model.network(gray))
    assert (luma(rgb) - gray).abs().max() <= LEVEL
    assert rgb.min() >= 0
    assert rgb.max() <= 1
