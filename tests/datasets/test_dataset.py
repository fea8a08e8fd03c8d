"""Reading prepared datasets, whole and damaged."""

import json
from pathlib import Path

import numpy as np
import pytest

from colorizer.datasets import Dataset, dataset_names, delete_dataset, load_dataset
from colorizer.datasets.prepare import prepare
from colorizer.errors import InputError
from colorizer.metrics import colorfulness
from tests.factories import noise, plain_luma, write_picture


def test_load_dataset_by_name(tiny: Dataset) -> None:
    assert dataset_names() == ["tiny"]
    assert load_dataset("tiny") == tiny
    assert tiny.name == "tiny"


def test_unfinished_datasets_are_not_listed(tiny: Dataset, home: Path) -> None:
    (home / "data" / "empty").mkdir()
    hidden = home / "data" / ".other.building"
    hidden.mkdir()
    (hidden / "manifest.json").write_text("{}")
    assert dataset_names() == ["tiny"]


def test_writing_to_images_does_not_change_the_file(tiny: Dataset) -> None:
    before = (tiny.folder / "test.npy").read_bytes()
    images = tiny.images("test")
    images[:] = 0
    assert (tiny.folder / "test.npy").read_bytes() == before
    assert tiny.images("test").any()


def test_unknown_dataset_error_lists_the_known(tiny: Dataset) -> None:
    with pytest.raises(InputError, match=r"no dataset 'other' \(there are: tiny\).*prepare SOURCE --name other"):
        load_dataset("other")


def test_unknown_split_is_refused(tiny: Dataset) -> None:
    with pytest.raises(InputError, match="choose train or test"):
        tiny.images("validation")


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"name": "tiny"}', '{"sources": 3, "skipped": []}'])
def test_damaged_manifest_is_refused(tiny: Dataset, text: str) -> None:
    (tiny.folder / "manifest.json").write_text(text)
    with pytest.raises(InputError, match=r"'tiny' is damaged.*prepare it again"):
        load_dataset("tiny")


@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "garbage", "pickle", "other shape", "other type"])
def test_damaged_images_are_refused(tiny: Dataset, damage: str) -> None:
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


def test_manifest_is_plain_json(tiny: Dataset) -> None:
    facts = json.loads((tiny.folder / "manifest.json").read_text(encoding="utf-8"))
    assert (facts["name"], facts["size"], facts["train"], facts["test"]) == ("tiny", 32, 48, 12)
    assert len(facts["fingerprint"]) == 64


def test_other_format_version_is_refused(tiny: Dataset) -> None:
    path = tiny.folder / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "version": 99}))
    with pytest.raises(InputError, match=r"prepared by another version of Colorizer"):
        load_dataset("tiny")


def test_statistics_match_the_images(tiny: Dataset) -> None:
    figures = tiny.statistics()
    pixels = np.asarray(tiny.images("train"))
    train = figures.train
    for channel, name in enumerate(("red", "green", "blue")):
        assert train.histograms[name] == tuple(np.bincount(pixels[..., channel].ravel(), minlength=256).tolist())
    gray = np.floor(plain_luma(pixels) + 0.5 + 1e-9).astype(int)
    assert train.histograms["gray"] == tuple(np.bincount(gray.ravel(), minlength=256).tolist())
    assert train.mean_color == pytest.approx(pixels.mean(axis=(0, 1, 2)))
    assert train.colorfulness_mean == pytest.approx(colorfulness(pixels / 255).mean(), rel=1e-5)
    assert sum(train.colorfulness) == 48
    assert figures.sizes == ((32, 32, 60),)
    assert figures.classes == (("airplane", 16, 4), ("cat", 16, 4), ("frog", 16, 4))


def test_numeric_class_names_stay_text(tmp_path: Path) -> None:
    places = [(split, group) for split in ("train", "test") for group in ("0", "007", "true")]
    for number, (split, group) in enumerate(places):
        write_picture(tmp_path / "in" / split / group / "a.png", noise(number, 32, 32))
    index = prepare([str(tmp_path / "in")], "numbered").index()
    assert set(index["class"]) == {"0", "007", "true"}


@pytest.mark.parametrize("name", ["index.csv", "README.md"])
def test_missing_files_are_named(name: str, tiny: Dataset) -> None:
    (tiny.folder / name).unlink()
    with pytest.raises(InputError, match=name):
        tiny.index() if name == "index.csv" else tiny.card()


def test_delete_dataset(tiny: Dataset) -> None:
    delete_dataset("tiny")
    assert list(tiny.folder.parent.iterdir()) == []
    with pytest.raises(InputError, match="no dataset 'tiny'"):
        delete_dataset("tiny")
    with pytest.raises(InputError, match="not a valid dataset name"):
        delete_dataset("../data")
