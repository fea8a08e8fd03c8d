"""The offline sample: crops of photographs that installed packages bring along."""

import numpy as np

from colorizer import images
from colorizer.datasets import sample


def test_every_photograph_is_there_and_in_colour() -> None:
    for photograph in sample.PHOTOGRAPHS:
        picture = sample.load(photograph)
        assert min(picture.size) >= 300, photograph.name
        assert not images.is_gray(picture), photograph.name


def test_the_same_name_always_gives_the_same_crop_and_another_another() -> None:
    source = sample.SampleSource()
    assert source.read(source.names[0]) == source.read(source.names[0])
    assert len({source.read(name) for name in source.names[:12]}) == 12


def test_its_names_are_laid_out_in_splits() -> None:
    names = sample.SampleSource().names
    assert len(names) == len(set(names)) == sample.TRAIN_CROPS + sample.TEST_CROPS
    assert sum(name.startswith("test/") for name in names) == sample.TEST_CROPS


def test_no_test_pixel_is_trained_on() -> None:
    source = sample.SampleSource()
    photograph = sample.PHOTOGRAPHS[0]
    whole = sample.load(photograph).pixels
    border = round(whole.shape[1] * 0.8)
    for name in [name for name in source.names if f"/{photograph.name}/" in name][::40]:
        crop = images.decode(source.read(name)).pixels
        part = whole[:, border:] if name.startswith("test/") else whole[:, :border]
        side = len(crop)
        corner = (part[: part.shape[0] - side + 1, : part.shape[1] - side + 1] == crop[0, 0]).all(-1)
        places = np.argwhere(corner)
        assert any(np.array_equal(part[top : top + side, left : left + side], crop) for top, left in places), name
