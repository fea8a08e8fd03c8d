"""The offline sample: crops of photographs that installed packages bring along."""

import numpy as np

from colorizer.datasets.sources import sample
from colorizer.imaging import decode_image
from colorizer.imaging.bundled import PHOTOGRAPHS, load


def test_crops_depend_only_on_the_name() -> None:
    source = sample.SampleSource()
    first = next(source.entries())
    assert source.read(first) == source.read(first)
    assert len({source.read(entry) for entry in list(source.entries())[:12]}) == 12


def test_names_are_laid_out_in_splits() -> None:
    names = [entry.name for entry in sample.SampleSource().entries()]
    assert len(names) == len(set(names)) == sample.TRAIN_CROPS + sample.TEST_CROPS
    assert sum(name.startswith("test/") for name in names) == sample.TEST_CROPS


def test_train_and_test_crops_do_not_overlap() -> None:
    source = sample.SampleSource()
    photograph = PHOTOGRAPHS[0]
    whole = load(photograph).pixels
    border = round(whole.shape[1] * 0.8)
    for entry in [entry for entry in source.entries() if f"/{photograph.name}/" in entry.name][::40]:
        name = entry.name
        crop = decode_image(source.read(entry)).pixels
        part = whole[:, border:] if name.startswith("test/") else whole[:, :border]
        side = len(crop)
        corner = (part[: part.shape[0] - side + 1, : part.shape[1] - side + 1] == crop[0, 0]).all(-1)
        places = np.argwhere(corner)
        assert any(np.array_equal(part[top : top + side, left : left + side], crop) for top, left in places), name
