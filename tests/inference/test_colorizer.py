"""Colorizer: photographs of any size keep their size and luma."""

import threading
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from colorizer.color import fit_gamut, luma
from colorizer.errors import InputError
from colorizer.imaging import Picture, SaveOptions, decode_image
from colorizer.inference import Colorizer, ColorOptions, colorize_picture, render, to_gray
from colorizer.inference.upsampling import fit_lines
from colorizer.models.base import build_model
from colorizer.models.distribution import DistributionModel
from colorizer.models.hints import Hint, rasterize_hints
from colorizer.models.registry import ARCHITECTURES
from colorizer.runs import Run
from tests.factories import file_bytes, noise, plain_luma, smooth
from tests.inference.test_upsampling import upsample

SIDES = st.integers(1, 130)
ROUNDING = 0.5 + 1e-3


def untrained(name: str) -> Colorizer:
    torch.manual_seed(0)
    model = build_model(name)
    with torch.no_grad():
        # Stronger colors than an untrained network has.
        for parameter in list(model.parameters())[-2:] if name == "photo" else model.parameters():
            parameter.mul_(30 if name == "photo" else 3)
    return Colorizer(model, name)


@pytest.fixture(scope="module", params=ARCHITECTURES)
def colorizer(request: pytest.FixtureRequest) -> Colorizer:
    return untrained(request.param)


@pytest.fixture(scope="module")
def unet() -> Colorizer:
    return untrained("unet")


@given(height=SIDES, width=SIDES, seed=st.integers(0, 2**31), saturation=st.sampled_from([0.5, 1.0, 2.0]))
def test_size_and_luma_are_kept(colorizer: Colorizer, height: int, width: int, seed: int, saturation: float) -> None:
    pixels = noise(seed, height, width)
    result = colorizer(pixels, ColorOptions(saturation))
    assert result.shape == pixels.shape
    assert result.dtype == np.uint8
    assert np.abs(plain_luma(result) - plain_luma(pixels)).max() <= ROUNDING


@given(height=SIDES, width=SIDES, seed=st.integers(0, 2**31))
def test_zero_saturation_returns_gray_unchanged(colorizer: Colorizer, height: int, width: int, seed: int) -> None:
    gray = noise(seed, height, width)[..., :1].repeat(3, axis=-1)
    assert np.array_equal(colorizer(gray, ColorOptions(0)), gray)


def test_zero_saturation_gives_the_luma(colorizer: Colorizer) -> None:
    pixels = noise(1, 40, 50)
    result = colorizer(pixels, ColorOptions(0))
    assert np.array_equal(result, to_gray(pixels))
    assert np.abs(result - plain_luma(pixels)[..., None]).max() <= ROUNDING


def test_gray_input_with_one_or_three_channels(colorizer: Colorizer) -> None:
    gray = smooth(1, 48, 40)[..., 0]
    difference = colorizer(gray).astype(int) - colorizer(gray[..., None].repeat(3, axis=-1))
    assert np.abs(difference).max() <= 1


def test_input_colors_are_ignored(colorizer: Colorizer) -> None:
    bluish = np.full((32, 32, 3), (0, 100, 57), dtype=np.uint8)
    reddish = np.full((32, 32, 3), (22, 100, 0), dtype=np.uint8)
    assert np.abs(plain_luma(bluish) - plain_luma(reddish)).max() < 0.1
    assert np.abs(colorizer(bluish).astype(int) - colorizer(reddish)).max() <= 1


def test_output_is_colored(colorizer: Colorizer) -> None:
    # To an untrained network that says how likely colors are, all are alike, and their mean is gray.
    hints = [Hint(0.5, 0.5, (255, 0, 0))] if colorizer.predicts_distribution else []
    result = colorizer(smooth(2, 60, 45)[..., 0], hints=hints)
    assert (result.max(-1).astype(int) - result.min(-1)).max() > 5


@pytest.mark.parametrize("shape", [(1, 1), (1, 700), (900, 2), (3, 1000)])
def test_extreme_shapes(colorizer: Colorizer, shape: tuple[int, int]) -> None:
    pixels = noise(3, *shape)
    result = colorizer(pixels)
    assert result.shape == pixels.shape
    assert np.abs(plain_luma(result) - plain_luma(pixels)).max() <= ROUNDING


def test_rendering_in_strips_leaves_no_seams(unet: Colorizer) -> None:
    pixels = smooth(4, 301, 233)
    gray = luma(torch.tensor(pixels).permute(2, 0, 1) / 255)
    prediction = unet.predict(pixels)
    whole = fit_gamut(gray, upsample(fit_lines(prediction.gray, prediction.chroma(0)), gray))
    assert np.abs(whole.permute(1, 2, 0).numpy() * 255 - unet(pixels)).max() <= 0.5 + 1e-3


def test_to_gray_rounds_the_luma() -> None:
    pixels = noise(6, 301, 7)
    assert np.abs(to_gray(pixels) - plain_luma(pixels)[..., None]).max() <= ROUNDING


def test_large_photograph_keeps_its_luma(unet: Colorizer) -> None:
    pixels = noise(5, 900, 1300)
    result = unet(pixels)
    assert result.shape == pixels.shape
    assert np.abs(plain_luma(result) - plain_luma(pixels)).max() <= ROUNDING


def test_saturation_scales_the_colors(unet: Colorizer) -> None:
    pixels = np.full((40, 40, 3), 128, dtype=np.uint8)
    pixels[::5] += 3
    prediction = unet.predict(pixels)
    spreads = []
    for saturation in (0.0, 0.5, 1.0, 2.0):
        result = render(pixels, prediction, ColorOptions(saturation)).astype(int)
        spreads.append((result.max(-1) - result.min(-1)).mean())
    assert spreads[0] == 0
    assert spreads == sorted(spreads)
    assert spreads[3] > spreads[1] > 0


def test_restored_contrast_reaches_from_black_to_white(unet: Colorizer) -> None:
    ramp = np.linspace(90, 160, 64).round().astype(np.uint8)
    faded = np.repeat(np.tile(ramp, (64, 1))[..., None], 3, 2)
    options = ColorOptions(saturation=0, restore_contrast=True)
    restored = unet(faded, options)[..., 0].astype(int)
    assert restored.min() <= 5
    assert restored.max() >= 250
    assert (np.diff(restored[0]) >= 0).all()
    fog = np.full((64, 64, 3), 120, np.uint8)
    assert np.array_equal(unet(fog, options), fog), "there is no contrast to restore"


def test_warmth_shifts_colors_and_keeps_luma(unet: Colorizer) -> None:
    pixels = smooth(3, 60, 40)
    prediction = unet.predict(pixels)
    balances = []
    for warmth in (-1.0, 0.0, 1.0):
        result = render(pixels, prediction, ColorOptions(saturation=0.05, warmth=warmth))
        assert np.abs(plain_luma(result) - plain_luma(pixels)).max() <= ROUNDING
        balances.append((result[..., 0].astype(int) - result[..., 2]).mean())
    assert balances[0] < balances[1] - 5
    assert balances[2] > balances[1] + 5


@pytest.mark.parametrize(
    "options", [(-0.1, 0), (2.1, 0), (float("nan"), 0), (1, -1.1), (1, 1.1), (1, float("nan")), (1, 0, 1.1)]
)
def test_color_options_out_of_range_are_refused(options: tuple[float, float]) -> None:
    with pytest.raises(InputError, match=r"must be from (0 to 2|-1 to 1|0 to 1)"):
        ColorOptions(*options)


def test_16_bit_gray_gives_16_bit_color(unet: Colorizer) -> None:
    gray = np.linspace(0, 65535, 200 * 90, dtype=np.uint16).reshape(200, 90)
    result = unet(gray)
    assert result.dtype == np.uint16
    assert result.shape == (200, 90, 3)
    assert np.abs(plain_luma(result) - gray).max() <= 2
    eight = render(np.rint(gray / 257).astype(np.uint8), unet.predict(gray), ColorOptions(saturation=0.2))
    assert np.abs(render(gray, unet.predict(gray), ColorOptions(saturation=0.2)) / 257 - eight).mean() < 0.6


def test_batch_equals_single_calls(colorizer: Colorizer) -> None:
    pictures: list[Any] = [
        smooth(1, 60, 90),
        smooth(2, 90, 60),
        Image.fromarray(smooth(3, 60, 90)),
        smooth(4, 32, 32)[..., 0],
    ]
    together = colorizer.batch(pictures, ColorOptions(0.5))
    assert isinstance(together[2], Image.Image)
    for picture, result in zip(pictures, together, strict=True):
        alone = np.asarray(colorizer(picture, ColorOptions(0.5))).astype(int)
        assert np.abs(alone - np.asarray(result)).max() <= 1
    assert colorizer.batch([]) == []


@pytest.mark.parametrize("mode", ["RGB", "L", "1", "P", "RGBA", "LA", "CMYK", "I;16", "I", "F", "HSV", "YCbCr"])
def test_pil_image_of_any_mode(unet: Colorizer, mode: str) -> None:
    if mode in ("I;16", "I"):
        image = Image.fromarray(smooth(1, 30, 20)[..., 0].astype(np.uint16 if mode == "I;16" else np.int32) * 257)
    else:
        image = Image.fromarray(smooth(1, 30, 20)).convert(mode)
    result = unet(image)
    assert isinstance(result, Image.Image)
    assert (result.mode, result.size) == ("RGB", (20, 30))


@pytest.mark.parametrize("dtype", [np.uint16, np.int32])
def test_16_bit_pil_image_is_scaled_not_clipped(unet: Colorizer, dtype: type) -> None:
    gray = smooth(1, 30, 20)[..., 0]
    result = np.asarray(unet(Image.fromarray(gray.astype(dtype) * dtype(257))))
    assert np.abs(plain_luma(result) - gray).max() <= ROUNDING


@pytest.mark.parametrize("shape", [(4, 4, 4), (4, 4, 1), (4,), (0, 4, 3), (0, 4), (2, 4, 4, 3)])
def test_array_of_wrong_shape_is_refused(unet: Colorizer, shape: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match="must be uint8 of shape"):
        unet(np.zeros(shape, dtype=np.uint8))


def test_array_of_wrong_dtype_is_refused(unet: Colorizer) -> None:
    with pytest.raises(InputError, match="float64"):
        unet(np.zeros((4, 4, 3)))


def test_input_is_not_modified(unet: Colorizer) -> None:
    pixels = noise(6, 30, 30)
    before = pixels.copy()
    pixels.setflags(write=False)
    unet(pixels)
    assert np.array_equal(pixels, before)


def test_colorize_picture_keeps_alpha_and_metadata(unet: Colorizer) -> None:
    alpha = noise(7, 30, 20)[..., 0]
    picture = Picture(smooth(1, 30, 20), alpha=alpha, name="a.png", exif=b"x", dpi=(300, 300))
    result = colorize_picture(picture, unet.predict(picture.pixels))
    assert np.array_equal(result.pixels, unet(picture.pixels))
    assert (result.alpha is alpha, result.name, result.exif, result.dpi) == (True, "a.png", b"x", (300, 300))


def test_loaded_run_is_thread_safe(trained: Run) -> None:
    from colorizer import Colorizer as Public

    loaded = Public.load("trained")
    assert loaded.name == "trained"
    pictures = [[noise(100 * person + seed, 40, 40 + seed) for seed in range(20)] for person in range(8)]
    alone = [[loaded(pixels) for pixels in own] for own in pictures]
    together: dict[int, list[np.ndarray]] = {}

    def colorize(person: int) -> None:
        together[person] = [loaded(pixels) for pixels in pictures[person]]

    threads = [threading.Thread(target=colorize, args=(person,)) for person in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for person in range(8):
        for one, other in zip(alone[person], together[person], strict=True):
            assert np.abs(one.astype(int) - other).max() <= 1, "threads may round differently, and no more"


@pytest.mark.parametrize("damage", ["missing", "cut"])
def test_run_without_usable_weights_is_refused(trained: Run, damage: str) -> None:
    if damage == "missing":
        trained.best_weights.unlink()
    else:
        trained.best_weights.write_bytes(trained.best_weights.read_bytes()[:5000])
    with pytest.raises(InputError, match="missing" if damage == "missing" else "damaged"):
        Colorizer.load("trained")


def test_unknown_run_is_refused() -> None:
    with pytest.raises(InputError, match="no run 'nobody'"):
        Colorizer.load("nobody")


def test_hint_colors_its_place_and_keeps_luma() -> None:
    photo = untrained("photo")
    gray = smooth(3, 70, 90)[..., 0]
    plain, led = photo(gray), photo(gray, hints=[Hint(0.5, 0.5, (255, 0, 0))])
    assert not np.array_equal(plain, led)
    assert np.abs(plain_luma(led) - gray).max() <= ROUNDING


def test_network_without_hints_refuses_them(unet: Colorizer) -> None:
    with pytest.raises(InputError, match="does not accept color hints"):
        unet(smooth(3, 20, 20), hints=[Hint(0, 1, (0, 0, 0))])


@pytest.mark.parametrize(("x", "y", "color"), [(1.1, 0, (0, 0, 0)), (0, float("nan"), (0, 0, 0)), (0, 0, (0, 0, 256))])
def test_invalid_hint_is_refused(x: float, y: float, color: tuple[int, int, int]) -> None:
    with pytest.raises(InputError, match="A hint"):
        Hint(x, y, color)


@pytest.mark.parametrize("reach", [-0.1, 1.1, float("nan")])
def test_hint_with_invalid_reach_is_refused(reach: float) -> None:
    with pytest.raises(InputError, match="reach must be from 0 to 1"):
        Hint(0.5, 0.5, (0, 0, 0), reach)


def test_known_plain_prediction_gives_the_same_result() -> None:
    photo, gray = untrained("photo"), smooth(3, 70, 90)[..., 0]
    hints = [Hint(0.5, 0.5, (255, 0, 0))]
    first = photo.predict(gray, hints).chroma(0.5)
    torch.testing.assert_close(first, photo.predict(gray, hints, plain=photo.predict(gray)).chroma(0.5))


def test_hint_with_invalid_strength_is_refused() -> None:
    with pytest.raises(InputError, match="strength must be from 0 to 1"):
        Hint(0.5, 0.5, (255, 0, 0), strength=1.5)


def test_rasterized_hints_are_squares_clipped_at_the_border() -> None:
    drawn = rasterize_hints([Hint(0, 0, (0, 0, 255)), Hint(1, 1, (90, 90, 90))], 20, 30)
    assert drawn[2].sum() == 2 * 16
    assert drawn[:2, 0, 0].tolist() == pytest.approx([0.5, -0.114 / 1.402])
    assert drawn[:2, -1, -1].abs().max() < 1e-6
    assert drawn[:, 10, 15].abs().max() == 0


def test_vividness_affects_only_color_distributions(unet: Colorizer) -> None:
    gray = smooth(4, 64, 64)[..., 0]
    for colorizer, same in ((unet, True), (untrained("photo"), False)):
        prediction = colorizer.predict(gray)
        safe, vivid = (render(gray, prediction, ColorOptions(vividness=vividness)) for vividness in (0, 1))
        assert np.array_equal(safe, vivid) == same
        assert colorizer.predicts_distribution != same


def test_photo_network_runs_at_two_sizes_and_once_on_small_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    photo = untrained("photo")
    assert isinstance(photo.model, DistributionModel)
    logits, seen = photo.model.logits, []

    def noted(gray: torch.Tensor, hints: torch.Tensor | None = None) -> torch.Tensor:
        assert hints is None or hints.shape[2:] == gray.shape[2:]
        seen.append(tuple(gray.shape[2:]))
        return logits(gray, hints)

    monkeypatch.setattr(photo.model, "logits", noted)
    prediction = photo.predict(smooth(3, 300, 600)[..., 0], [Hint(0.5, 0.5, (255, 0, 0))])
    assert seen == [(224, 448), (160, 320)] * 2  # With hints and without, to see what the hints change.
    assert prediction.gray.shape == (1, 56, 112)
    seen.clear()
    photo.predict(smooth(3, 120, 130)[..., 0])
    assert seen == [(128, 128)]


@pytest.mark.parametrize(("height", "width"), [(33, 33), (90, 133), (257, 257), (300, 400), (75, 258)])
def test_predicted_colors_are_aligned(height: int, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A network that paints red up to three quarters of what it sees, and blue from there."""
    photo = untrained("photo")
    assert isinstance(photo.model, DistributionModel)
    points = photo.model.bins.centers
    red, blue = (int((points - torch.tensor(place)).norm(dim=1).argmin()) for place in ((-0.1, 0.3), (0.3, -0.1)))

    def scores(gray: torch.Tensor, hints: torch.Tensor | None = None) -> torch.Tensor:
        across = torch.arange(gray.shape[3])[None, None, None].expand(1, 1, *gray.shape[2:])
        is_red = torch.nn.functional.avg_pool2d((across < 0.75 * gray.shape[3]).float(), 4, ceil_mode=True)[0, 0]
        told = torch.full((1, len(points), *is_red.shape), -100.0)
        told[0, red], told[0, blue] = (is_red + 1e-9).log(), (1 - is_red + 1e-9).log()
        return told

    monkeypatch.setattr(photo.model, "logits", scores)
    result = photo(np.full((height, width), 120, np.uint8), ColorOptions(vividness=0)).astype(float)
    # Smoothing along edges widens the slope on flat gray, but leaves red and blue equal where the network put the edge.
    is_red = result[height // 2, :, 0] > result[height // 2, :, 2]
    assert is_red.mean() == pytest.approx(0.75, abs=max(0.005, 1 / width))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_side_by_side_keeps_the_original_on_the_left(dtype: type) -> None:
    levels: np.ndarray = np.linspace(0, np.iinfo(dtype).max, 40 * 30).reshape(40, 30).astype(dtype)
    saving = SaveOptions(side_by_side=True)
    _, data = untrained("unet").colorize_bytes(file_bytes(Image.fromarray(levels)), "old.png", saving=saving)
    picture = decode_image(data)
    assert picture.size == (60, 40)
    original = decode_image(file_bytes(Image.fromarray(levels))).pixels
    assert np.abs(picture.pixels[:, :30].astype(int) - original).max() <= 1
