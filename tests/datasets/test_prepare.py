"""Sources in, a dataset out whose files tell the truth."""

import csv
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from colorizer.datasets import Dataset, load_dataset
from colorizer.datasets.prepare import prepare
from colorizer.errors import InputError
from colorizer.imaging import decode_image
from tests.factories import (
    LINNAEUS_CLASSES,
    noise,
    plain_luma,
    smooth,
    write_class_folders,
    write_linnaeus,
    write_picture,
    zip_folder,
)  # fmt: skip


def write_classes(folder: Path, count: int = 60) -> Path:
    """Class folders without train and test above them."""
    for number in range(count):
        write_picture(folder / f"class{number % 3}" / f"{number // 3}.png", smooth(number, 16, 16))
    return folder


def write_flat(folder: Path, count: int = 40) -> Path:
    """All pictures in one folder."""
    for number in range(count):
        write_picture(folder / f"{number}.png", smooth(number, 16, 16))
    return folder


LAYOUTS: dict[str, tuple[Callable[[Path], Path], tuple[int, int] | None]] = {
    "cifar": (lambda folder: write_class_folders(folder, train=12, test=6), (12, 6)),
    "linnaeus": (write_linnaeus, (30, 10)),
    "classes": (write_classes, None),
    "flat": (write_flat, None),
}


def index_rows(dataset: Dataset) -> list[dict[str, str]]:
    """The lines of index.csv."""
    with (dataset.folder / "index.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def assert_index_is_true(dataset: Dataset, folders: dict[str, Path]) -> None:
    """Every line of index.csv leads from an original to exactly its pixels."""
    lines = index_rows(dataset)
    assert len(lines) == dataset.manifest.train + dataset.manifest.test
    assert len({(line["split"], line["file"]) for line in lines}) == len(lines)
    for line in lines:
        row = dataset.images(line["split"])[int(line["row"])]
        original = decode_image((folders[line["source"]] / line["original"]).read_bytes())
        assert np.array_equal(row, original.square_thumbnail(dataset.manifest.size))
        flat = decode_image((dataset.folder / "images" / line["split"] / line["file"]).read_bytes())
        assert np.array_equal(flat.pixels, row)


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_folder_layout_is_read(layout: str, zipped: bool, tmp_path: Path) -> None:
    write, counts = LAYOUTS[layout]
    folder = write(tmp_path / "source")
    source = zip_folder(folder, tmp_path / "source.zip") if zipped else folder
    dataset = prepare([str(source)], "made", 16)
    manifest = dataset.manifest
    if counts:
        assert (manifest.train, manifest.test) == counts
        assert all(f"{line['split']}/" in line["original"] for line in index_rows(dataset))
    else:
        assert manifest.train > manifest.test > 0
        assert manifest.train + manifest.test == len(list(folder.rglob("*.png")))
    assert_index_is_true(dataset, {source.name: folder})
    assert dataset.images("train").shape == (manifest.train, 16, 16, 3)
    assert len(list((dataset.folder / "images" / "train").iterdir())) == manifest.train


def test_class_is_part_of_the_flat_name(tmp_path: Path) -> None:
    dataset = prepare([str(write_linnaeus(tmp_path / "source"))], "linnaeus")
    names = {line["file"] for line in index_rows(dataset) if line["split"] == "test"}
    assert names == {f"{group}_{number}_32.png" for group in LINNAEUS_CLASSES for number in (1, 2)}


def test_several_sources_become_one_dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("colorizer.datasets.sources.sample.TRAIN_CROPS", 12)
    monkeypatch.setattr("colorizer.datasets.sources.sample.TEST_CROPS", 6)
    first = write_class_folders(tmp_path / "first", train=9, test=3)
    second = write_class_folders(tmp_path / "second", train=9, test=3, seed=50)
    archive = zip_folder(second, tmp_path / "second.zip")
    dataset = prepare([str(first), str(archive), "sample"], "mixed")
    assert [(source.label, source.train, source.test) for source in dataset.manifest.sources] == [
        ("first", 9, 3),
        ("second.zip", 9, 3),
        ("sample", 12, 6),
    ]
    own = [line for line in index_rows(dataset) if line["source"] != "sample"]
    assert {"cat_0.png", "cat_0-2.png"} <= {line["file"] for line in own}
    assert len(list((dataset.folder / "images" / "train").iterdir())) == 30
    for line in own:
        original = {"first": first, "second.zip": second}[line["source"]] / line["original"]
        assert np.array_equal(
            dataset.images(line["split"])[int(line["row"])], decode_image(original.read_bytes()).pixels
        )


def test_case_insensitive_names_do_not_collide(tmp_path: Path) -> None:
    for split in ("train", "test"):
        for number, name in enumerate(("a.jpg", "a.png", "A.png", "a-2.png", "a_b.png", "a b.png", "a?b.png")):
            write_picture(tmp_path / "source" / split / name, smooth(number))
    dataset = prepare([str(tmp_path / "source")], "made")
    names = [line["file"].lower() for line in index_rows(dataset) if line["split"] == "train"]
    assert len(set(names)) == 7
    assert len(list((dataset.folder / "images" / "train").iterdir())) == 7
    assert_index_is_true(dataset, {"source": tmp_path / "source"})


@pytest.mark.parametrize("group", ["鳥" * 60, "é" * 100, "x" * 200], ids=["three bytes", "two bytes", "one byte"])
def test_long_names_are_shortened(group: str, tmp_path: Path) -> None:
    for number in range(8):
        write_picture(tmp_path / "source" / group / f"{'花' * 60}{number}.png", smooth(number))
    dataset = prepare([str(tmp_path / "source")], "made")
    assert dataset.manifest.train + dataset.manifest.test == 8
    assert max(len(name.encode()) for name in dataset.index()["file"]) <= 200
    assert_index_is_true(dataset, {"source": tmp_path / "source"})


def test_names_that_are_not_utf8_are_read(tmp_path: Path) -> None:
    folder = write_flat(tmp_path / "source", 10)
    try:
        with open(os.fsencode(folder) + b"/caf\xe9.png", "wb") as file:
            file.write((folder / "0.png").read_bytes())
    except OSError:
        pytest.skip("this file system takes only names that are text")
    dataset = prepare([str(folder)], "made", 16)
    assert dataset.manifest.train + dataset.manifest.test == 11
    assert "caf" in " ".join(dataset.index()["original"])


def test_jpeg_suffixes_in_any_case(tmp_path: Path) -> None:
    for number, ending in enumerate((".jpg", ".JPG", ".jpeg", ".JPEG", ".Jpg")):
        path = write_picture(tmp_path / "made.jpg", noise(number, 16, 16))
        (tmp_path / "source").mkdir(exist_ok=True)
        path.rename(tmp_path / "source" / f"{number}{ending}")
    (tmp_path / "source" / "notes.txt").write_text("no image")
    (tmp_path / "source" / ".hidden.jpg").write_text("no image")
    manifest = prepare([str(tmp_path / "source")], "made").manifest
    assert manifest.train + manifest.test == 5
    assert manifest.skipped == ()


def test_gray_statistics_match_a_plain_computation(tiny: Dataset) -> None:
    gray = plain_luma(tiny.images("train")) / 255
    assert tiny.manifest.gray_mean == pytest.approx(gray.mean(), abs=1e-6)
    assert tiny.manifest.gray_std == pytest.approx(gray.std(), abs=1e-6)
    true = tiny.images("test") / 255
    error = np.square(true - (plain_luma(tiny.images("test")) / 255)[..., None]).mean()
    assert tiny.manifest.grayscale_mse == pytest.approx(error, rel=1e-4)


def test_resize_mode_crop_takes_the_central_square(tmp_path: Path) -> None:
    for split in ("train", "test"):
        wide = np.zeros((40, 120, 3), dtype=np.uint8)
        wide[:, 40:80] = (10, 120, 240)
        write_picture(tmp_path / "source" / split / "wide.png", wide)
    dataset = prepare([str(tmp_path / "source")], "made", 24)
    assert dataset.images("train").shape == (1, 24, 24, 3)
    assert (dataset.images("train")[0, 4:-4, 4:-4] == (10, 120, 240)).all()


def test_card_describes_the_dataset(tiny: Dataset) -> None:
    card = (tiny.folder / "README.md").read_text(encoding="utf-8")
    assert "48 training and 12 test images of 32x32 pixels" in card
    assert "| cifar | 48 | 12 | 0 |" in card
    assert tiny.manifest.fingerprint in card


def test_progress_reaches_the_total(tmp_path: Path) -> None:
    told: dict[str, list[tuple[int, int]]] = {}

    def progress(what: str, done: int, total: int) -> None:
        told.setdefault(what, []).append((done, total))

    prepare([str(write_flat(tmp_path / "source", 10))], "made", on_progress=progress)
    assert list(told) == ["Listing source", "Assigning splits and names", "Decoding images", "Writing images"]
    for what in ("Decoding images", "Writing images"):
        assert told[what] == sorted(told[what])
        assert told[what][-1] == (10, 10)


def test_flat_folder_is_optional(tmp_path: Path) -> None:
    dataset = prepare([str(write_flat(tmp_path / "source", 10))], "made", images=False)
    assert not (dataset.folder / "images").exists()
    assert load_dataset("made") == dataset


@pytest.mark.parametrize("size", [7, 0, -32, 1025])
def test_size_out_of_range_is_refused(size: int) -> None:
    with pytest.raises(InputError, match="from 8 to 1024"):
        prepare(["sample"], "made", size)


def test_card_escapes_names(tmp_path: Path) -> None:
    folder = write_class_folders(tmp_path / "source", train=3, test=3)
    archive = zip_folder(folder, tmp_path / "![x](data) | <b>.zip")
    card = prepare([str(archive)], "made").card()
    assert r"| \!\[x\]\(data\) \| \<b\>.zip | 3 | 3 | 0 |" in card
