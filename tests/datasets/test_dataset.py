"""Reading prepared datasets, whole and damaged."""

import json
from pathlib import Path

import numpy as np
import pytest

from colorizer.datasets.dataset import Dataset, dataset_names, load_dataset
from colorizer.errors import InputError


def test_a_dataset_is_listed_and_opened_by_name(tiny: Dataset) -> None:
    assert dataset_names() == ["tiny"]
    assert load_dataset("tiny") == tiny
    assert tiny.name == "tiny"


def test_half_made_datasets_are_not_listed(tiny: Dataset, home: Path) -> None:
    (home / "data" / "empty").mkdir()
    hidden = home / "data" / ".other.building"
    hidden.mkdir()
    (hidden / "manifest.json").write_text("{}")
    assert dataset_names() == ["tiny"]


def test_writing_to_the_images_leaves_the_file_alone(tiny: Dataset) -> None:
    before = (tiny.folder / "test.npy").read_bytes()
    images = tiny.images("test")
    images[:] = 0
    assert (tiny.folder / "test.npy").read_bytes() == before
    assert tiny.images("test").any()


def test_an_unknown_dataset_is_refused_with_the_known_ones(tiny: Dataset) -> None:
    with pytest.raises(InputError, match=r"no dataset 'other' \(there are: tiny\).*prepare SOURCE --name other"):
        load_dataset("other")


def test_an_unknown_split_is_refused(tiny: Dataset) -> None:
    with pytest.raises(InputError, match="choose train or test"):
        tiny.images("validation")


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"name": "tiny"}', '{"sources": 3, "skipped": []}'])
def test_a_damaged_manifest_is_refused(tiny: Dataset, text: str) -> None:
    (tiny.folder / "manifest.json").write_text(text)
    with pytest.raises(InputError, match=r"'tiny' is damaged.*prepare it again"):
        load_dataset("tiny")


@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "garbage", "pickle", "other shape", "other type"])
def test_damaged_pixels_are_refused(tiny: Dataset, damage: str) -> None:
    path = tiny.folder / "test.npy"
    data = path.read_bytes()
    if damage == "missing":
        path.unlink()
    elif damage == "pickle":
        np.save(path, np.array([{}], dtype=object), allow_pickle=True)
    elif damage == "other shape":
        np.save(path, np.zeros((2, 32, 32, 3), np.uint8))
    elif damage == "other type":
        np.save(path, np.zeros((12, 32, 32, 3), np.float32))
    else:
        path.write_bytes({"empty": b"", "cut": data[:999], "garbage": b"\x01" * 999}[damage])
    with pytest.raises(InputError, match=r"'tiny' is damaged.*test\.npy.*prepare it again"):
        tiny.images("test")


def test_the_manifest_is_plain_json(tiny: Dataset) -> None:
    facts = json.loads((tiny.folder / "manifest.json").read_text(encoding="utf-8"))
    assert (facts["name"], facts["size"], facts["train"], facts["test"]) == ("tiny", 32, 48, 12)
    assert len(facts["fingerprint"]) == 64
