"""Color suggestions and variants of networks that predict color distributions."""

import numpy as np
import pytest
import torch

from colorizer.color import luma
from colorizer.errors import InputError
from colorizer.inference import Colorizer, find_variants, render
from colorizer.inference.variants import FIRST_CHOICE, _Object, _other_colors
from colorizer.models.color_bins import chroma_to_cbcr
from colorizer.models.distribution import ColorDistribution, DistributionModel
from colorizer.models.hints import Hint
from tests.factories import smooth
from tests.inference.test_colorizer import untrained


@pytest.fixture(scope="module")
def photo() -> Colorizer:
    return untrained("photo")


def sure_on_the_left(model: DistributionModel) -> ColorDistribution:
    """On the left surely gray; on the right orange, or less likely blue."""
    points = model.bins.centers

    def peak(cb: float, cr: float, height: float) -> torch.Tensor:
        return height * torch.exp(-(((points - torch.tensor([cb, cr])).norm(dim=1) / 0.05) ** 2))

    scores = torch.zeros(len(points), 16, 16)
    scores += peak(0, 0, 15.0)[:, None, None]
    scores[..., 8:] = (peak(-0.15, 0.15, 15.0) + peak(0.15, -0.1, 14.5))[:, None, None]
    return ColorDistribution(torch.full((1, 16, 16), 0.5), scores.half(), model)


def test_suggested_colors_are_sorted_by_likelihood(photo: Colorizer) -> None:
    assert isinstance(photo.model, DistributionModel)
    prediction = sure_on_the_left(photo.model)
    orange, blue = prediction.suggest_colors(0.9, 0.5, 2)
    assert orange[0] > orange[1] > orange[2]
    assert blue[2] > blue[1] > blue[0]
    for color in (orange, blue):
        assert float(luma(torch.tensor(color)[:, None, None] / 255)) == pytest.approx(0.5, abs=0.01)
    red, green, dark = prediction.suggest_colors(0.0, 0.0, 1)[0]
    assert max(red, green, dark) - min(red, green, dark) < 8


def test_suggested_colors_are_distinct(photo: Colorizer) -> None:
    prediction = photo.predict(smooth(5, 64, 64))
    assert isinstance(prediction, ColorDistribution)
    colors = torch.tensor(prediction.suggest_colors(0.3, 0.3, 6))[..., None, None] / 255
    plane = chroma_to_cbcr(colors - luma(colors))[..., 0, 0]
    distances = torch.cdist(plane, plane) + torch.eye(len(plane))
    assert len(plane) == 6
    assert distances.min() > 0.02


def test_suggested_colors_of_white_places_are_distinct(photo: Colorizer) -> None:
    assert isinstance(photo.model, DistributionModel)
    logits = torch.zeros(len(photo.model.bins), 16, 16)
    colors = ColorDistribution(torch.ones(1, 16, 16), logits.half(), photo.model).suggest_colors(0.5, 0.5, 7)
    assert len(colors) == len(set(colors))


def test_variants_differ_and_follow_the_users_hints(photo: Colorizer) -> None:
    pixels = smooth(6, 80, 100)
    mine = Hint(0.5, 0.5, (200, 30, 30))
    found = find_variants(photo, pixels, 3, [mine])
    assert found[0].label == FIRST_CHOICE
    assert [variant.hints[0] for variant in found] == [mine] * 3
    assert [len(variant.hints) for variant in found] == [1, 2, 2]
    assert len({variant.label for variant in found}) > 1
    pictures = [render(pixels, variant.prediction) for variant in found]
    assert len({picture.tobytes() for picture in pictures}) == 3
    again = find_variants(photo, pixels, 3, [mine])
    assert [variant.hints for variant in found] == [variant.hints for variant in again]
    for variant, picture in zip(found, pictures, strict=True):
        alone = render(pixels, photo.predict(pixels, variant.hints))
        assert np.abs(alone.astype(int) - picture).max() <= 1


def test_variants_change_open_colors_and_keep_settled_ones(photo: Colorizer) -> None:
    assert isinstance(photo.model, DistributionModel)
    first = sure_on_the_left(photo.model)
    freedom = first.hue_freedom
    assert freedom[:, 12:].min() > 5 * freedom[:, :4].max()
    extent = first.extent(Hint(0.8, 0.5, (0, 0, 0)))
    assert extent[8, 13] > 0.9
    assert extent[:, :4].max() < 0.01


@pytest.mark.parametrize(("freedom", "blue"), [(0.04, False), (0.1, True)])
def test_the_less_open_a_hue_is_the_less_variants_turn_it(freedom: float, blue: bool, photo: Colorizer) -> None:
    assert isinstance(photo.model, DistributionModel)
    first = sure_on_the_left(photo.model)
    orange = _Object(Hint(0.8, 0.5, (0, 0, 0)), freedom, 1.0, (torch.arange(16) >= 8).float().expand(16, 16))
    colors = [hint.color for hint, _ in _other_colors(first, orange)]
    assert any(color[2] > color[0] for color in colors) == blue


@pytest.mark.parametrize("count", [1, 7])
def test_number_of_variants_out_of_range_is_refused(count: int, photo: Colorizer) -> None:
    with pytest.raises(InputError, match="from 2 to 6"):
        find_variants(photo, smooth(6, 20, 20), count)


def test_point_estimate_network_has_no_variants() -> None:
    with pytest.raises(InputError, match="a single coloring"):
        find_variants(untrained("unet"), smooth(6, 20, 20))
