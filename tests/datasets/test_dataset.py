"""Reading prepared datasets, whole and damaged."""

import contextlib
import functools
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

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


def hostile_dataset(folder: Path, good: Path, kind: str) -> Path:
    """Copy the folder of a dataset and damage it in one of `HOSTILE` ways."""
    shutil.copytree(good, folder)
    name, damage = HOSTILE[kind]
    path = folder / name
    if damage == "fifo":
        path.unlink()
        os.mkfifo(path)
    elif damage == "folder":
        path.unlink()
        path.mkdir()
    elif isinstance(damage, bytes):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(damage)
    else:
        values = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps({**values, **damage}), encoding="utf-8")
    return folder


HOSTILE: dict[str, tuple[str, Any]] = {
    "manifest is a pipe": ("manifest.json", "fifo"),
    "manifest is a folder": ("manifest.json", "folder"),
    "manifest is huge": ("manifest.json", b" " * 5_000_000 + b"{}"),
    "manifest is nested": ("manifest.json", b"[" * 100_000),
    "manifest is a number": ("manifest.json", b"9" * 5000),
    "size of 400 digits": ("manifest.json", {"size": 10**400}),
    "size is huge": ("manifest.json", {"size": 2**40}),
    "size is negative": ("manifest.json", {"size": -32}),
    "size is text": ("manifest.json", {"size": "32"}),
    "size is true": ("manifest.json", {"size": True}),
    "train is zero": ("manifest.json", {"train": 0}),
    "train is wrong": ("manifest.json", {"train": 2**62}),
    "mean is not a number": ("manifest.json", {"gray_mean": float("nan")}),
    "deviation is infinite": ("manifest.json", {"gray_std": float("inf")}),
    "deviation is zero": ("manifest.json", {"gray_std": 0.0}),
    "sources are text": ("manifest.json", {"sources": "sample"}),
    "sources lack fields": ("manifest.json", {"sources": [{"label": "a"}]}),
    "skipped holds numbers": ("manifest.json", {"skipped": [1]}),
    "cleaning of an unknown step": ("manifest.json", {"cleaning": [
        {"step": "../../../etc/passwd", "found": 3, "left_out": True, "examples": ["![](https://a.b/c)"]},
    ]}),
    "label with Markdown": ("manifest.json", {"sources": [
        {"label": "![x](https://a.b/c) | <b>", "train": 1, "test": 1, "skipped": 0},
    ]}),
    "statistics are a pipe": ("statistics.json", "fifo"),
    "statistics are empty": ("statistics.json", b"{}"),
    "statistics are not JSON": ("statistics.json", b"\xff\xfe"),
    "statistics have no sizes": ("statistics.json", {"sizes": []}),
    "statistics have wrong sizes": ("statistics.json", {"sizes": [["a", 1, 1]]}),
    "index is a pipe": ("index.csv", "fifo"),
    "index is empty": ("index.csv", b""),
    "index lacks columns": ("index.csv", b"split,row\ntrain,0\n"),
    "index has other rows": ("index.csv", b"split,row,file,class,source,original\ntrain,999,a,b,c,d\n"),
    "index has no numbers": ("index.csv", b"split,row,file,class,source,original\ntrain,x,a,b,c,d\n"),
    "index is binary": ("index.csv", bytes(range(256)) * 50),
    "images are a pipe": ("train.npy", "fifo"),
    "images are a folder": ("test.npy", "folder"),
    "images are text": ("train.npy", b"text"),
    "header of images is huge": ("train.npy", b"\x93NUMPY\x02\x00" + b"\xff" * 4 + b"{" * 20_000),
    "card is a folder": ("README.md", "folder"),
    "card loads an image": ("README.md", b"![x](https://a.b/c)"),
    "card is binary": ("README.md", b"\xff\xfe\x00"),
    "examples are no image": ("cleaning/gray.png", b"text"),
    "left_out is missing": ("left_out.csv", b""),
}  # fmt: skip


def test_hostile_dataset_folders_raise_only_input_errors(tiny: Dataset) -> None:
    for number, kind in enumerate(HOSTILE):
        name = f"hostile-{number}"
        hostile_dataset(tiny.folder.with_name(name), tiny.folder, kind)
        assert dataset_names() == [name, "tiny"]
        errors: list[str] = []
        with contextlib.suppress(InputError):
            dataset = load_dataset(name)
            for read in (dataset.index, dataset.card, dataset.statistics):
                _collect(errors, read)
            for split in ("train", "test"):
                _collect(errors, functools.partial(dataset.images, split))
            _collect(errors, functools.partial(dataset.cleaning_examples, "gray"))
        assert all("prepare it again" in error for error in errors), kind
        shutil.rmtree(tiny.folder.with_name(name))


def _collect(errors: list[str], read: Callable[[], object]) -> None:
    try:
        read()
    except InputError as error:
        errors.append(str(error))
