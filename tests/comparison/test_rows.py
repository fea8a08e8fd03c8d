"""Rows of pictures agree with the evaluation."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest

from colorizer.color import LUMA_WEIGHTS
from colorizer.comparison.rows import (
    MAX_DIFFERENCE,
    MAX_SIDE,
    colorize,
    error_map,
    from_dataset,
    from_file,
    from_path,
    gray_cell,
    make_row,
    network_cell,
    photographs,
)
from colorizer.datasets.dataset import Dataset
from colorizer.errors import InputError
from colorizer.evaluation import evaluate_runs, picture_errors
from colorizer.inference import Colorizer, ColorOptions, to_gray
from colorizer.runs import Run
from tests.factories import file_bytes, smooth
from tests.inference.test_colorizer import untrained


def test_test_image_is_colorized_as_evaluated(trained: Run, tiny: Dataset, brief: None) -> None:
    evaluate_runs([trained], tiny)
    errors = picture_errors([trained], "tiny")
    of_run, of_gray = errors["trained"], errors["gray"]
    for number, sample in enumerate(from_dataset(tiny, range(tiny.manifest.test))):
        cell = network_cell(Colorizer.load("trained"), "trained", "#000000", sample)
        assert cell.psnr == pytest.approx(-10 * np.log10(of_run[number]), abs=0.1)
        assert gray_cell(sample).psnr == pytest.approx(-10 * np.log10(of_gray[number]), abs=0.1)


def test_row_holds_gray_networks_original(trained: Run, tiny: Dataset) -> None:
    [sample] = from_dataset(tiny, [3])
    row = make_row(sample, [gray_cell, partial(network_cell, Colorizer.load("trained"), "mine", "#123456")])
    assert [cell.label for cell in row.cells] == ["Gray", "mine", "Original"]
    assert [cell.color for cell in row.cells] == [None, "#123456", None]
    assert np.array_equal(row.cells[2].pixels, tiny.images("test")[3])
    assert (row.cells[2].psnr, row.cells[2].errors) == (None, None)
    assert row.name == "Test image 3"


def test_gray_image_has_no_original(trained: Run) -> None:
    gray = smooth(1, 60, 90)[..., :1].repeat(3, axis=-1)
    sample = from_file(file_bytes(gray), "old.png")
    row = make_row(sample, [gray_cell, partial(network_cell, Colorizer.load("trained"), "mine", "#123456")])
    assert [cell.label for cell in row.cells] == ["Gray", "mine"]
    assert all(cell.psnr is None and cell.errors is None for cell in row.cells)


def test_photograph_is_resized_and_keeps_luma(trained: Run) -> None:
    sample = from_file(file_bytes(smooth(1, 700, 900)), "large.png")
    assert max(sample.pixels.shape) == MAX_SIDE
    result = colorize(Colorizer.load("trained"), sample)
    weights = np.array(LUMA_WEIGHTS)
    assert np.abs(result @ weights - np.rint(sample.pixels @ weights)).max() <= 1.5
    assert len(photographs()) == 6
    assert photographs() is photographs(), "decoded only once"


def test_distribution_network_uses_default_vividness(tiny: Dataset) -> None:
    photo, [sample] = untrained("photo"), from_dataset(tiny, [3])
    shown = colorize(photo, sample)
    assert np.array_equal(shown, photo(to_gray(sample.pixels)))
    assert not np.array_equal(shown, photo(to_gray(sample.pixels), ColorOptions(vividness=1)))


def test_sample_key_depends_on_pixels_and_treatment(tiny: Dataset) -> None:
    one, other = from_dataset(tiny, [0, 1])
    assert one.key == from_dataset(tiny, [0])[0].key != other.key
    assert one.key != from_file(file_bytes(one.pixels), "same pixels.png").key


def test_files_that_are_not_images_are_rejected(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="notes"):
        from_file(b"no picture", "notes.jpg")
    with pytest.raises(InputError, match="cannot be read"):
        from_path(tmp_path / "missing.png")


def test_error_map_gets_brighter() -> None:
    brightness = error_map(np.linspace(0, MAX_DIFFERENCE, 20)[None])[0] @ np.array(LUMA_WEIGHTS)
    assert (np.diff(brightness) > 0).all()
    assert np.array_equal(error_map(np.array([[30.0]])), error_map(np.array([[99.0]])))
