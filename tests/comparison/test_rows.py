"""Rows of pictures: what is in them agrees with what was measured."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest

from colorizer.color import LUMA_WEIGHTS
from colorizer.comparison import error_map
from colorizer.comparison.rows import (
    LARGEST_SIDE,
    from_dataset,
    from_file,
    from_path,
    gray_cell,
    make_row,
    network_cell,
    paint,
    photographs,
)
from colorizer.datasets.dataset import Dataset
from colorizer.errors import InputError
from colorizer.evaluation import evaluate_runs, picture_errors
from colorizer.inference.colorizer import Colorizer
from colorizer.inference.rendering import ColorOptions, to_gray
from colorizer.runs.store import Run
from tests.factories import file_bytes, smooth
from tests.inference.test_colorizer import untrained


def test_a_test_picture_is_colored_as_it_was_measured(trained: Run, tiny: Dataset, brief: None) -> None:
    evaluate_runs([trained], tiny)
    errors = picture_errors([trained], "tiny")
    of_run, of_gray = errors["trained"], errors["gray"]
    for number, sample in enumerate(from_dataset(tiny, range(tiny.manifest.test))):
        cell = network_cell(Colorizer.load("trained"), "trained", "#000000", sample)
        assert cell.psnr == pytest.approx(-10 * np.log10(of_run[number]), abs=0.1)
        assert gray_cell(sample).psnr == pytest.approx(-10 * np.log10(of_gray[number]), abs=0.1)


def test_a_row_is_gray_then_networks_then_truth(trained: Run, tiny: Dataset) -> None:
    [sample] = from_dataset(tiny, [3])
    row = make_row(sample, [gray_cell, partial(network_cell, Colorizer.load("trained"), "mine", "#123456")])
    assert [cell.label for cell in row.cells] == ["Gray", "mine", "Truth"]
    assert [cell.color for cell in row.cells] == [None, "#123456", None]
    assert np.array_equal(row.cells[2].pixels, tiny.images("test")[3])
    assert (row.cells[2].psnr, row.cells[2].errors) == (None, None)
    assert row.name == "Test picture 3"


def test_a_gray_picture_has_no_truth_to_be_compared_with(trained: Run) -> None:
    gray = smooth(1, 60, 90)[..., :1].repeat(3, axis=-1)
    sample = from_file(file_bytes(gray), "old.png")
    row = make_row(sample, [gray_cell, partial(network_cell, Colorizer.load("trained"), "mine", "#123456")])
    assert [cell.label for cell in row.cells] == ["Gray", "mine"]
    assert all(cell.psnr is None and cell.errors is None for cell in row.cells)


def test_a_photograph_keeps_its_luma_and_is_made_small(trained: Run) -> None:
    sample = from_file(file_bytes(smooth(1, 700, 900)), "large.png")
    assert max(sample.pixels.shape) == LARGEST_SIDE
    result = paint(Colorizer.load("trained"), sample)
    weights = np.array(LUMA_WEIGHTS)
    assert np.abs(result @ weights - np.rint(sample.pixels @ weights)).max() <= 1.5
    assert len(photographs()) == 6
    assert photographs() is photographs(), "they are decoded once"


def test_a_network_with_likelihoods_shows_the_colors_of_the_colorize_page(tiny: Dataset) -> None:
    photo, [sample] = untrained("photo"), from_dataset(tiny, [3])
    shown = paint(photo, sample)
    assert np.array_equal(shown, photo(to_gray(sample.pixels)))
    assert not np.array_equal(shown, photo(to_gray(sample.pixels), ColorOptions(vividness=0)))


def test_a_subject_is_known_by_its_pixels_and_how_they_are_treated(tiny: Dataset) -> None:
    one, other = from_dataset(tiny, [0, 1])
    assert one.key == from_dataset(tiny, [0])[0].key != other.key
    assert one.key != from_file(file_bytes(one.pixels), "same pixels.png").key


def test_files_that_are_no_pictures_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="notes"):
        from_file(b"no picture", "notes.jpg")
    with pytest.raises(InputError, match="cannot be read"):
        from_path(tmp_path / "missing.png")


def test_error_maps_go_from_dark_to_bright() -> None:
    true = smooth(1)
    assert error_map.difference(true, true).max() == 0
    black, white = (np.full((1, 1, 3), value, np.uint8) for value in (0, 255))
    assert error_map.difference(black, white)[0, 0] == pytest.approx(100, abs=0.01)
    brightness = error_map.draw(np.linspace(0, error_map.MOST, 20)[None])[0] @ np.array(LUMA_WEIGHTS)
    assert (np.diff(brightness) > 0).all()
    assert np.array_equal(error_map.draw(np.array([[30.0]])), error_map.draw(np.array([[99.0]])))
