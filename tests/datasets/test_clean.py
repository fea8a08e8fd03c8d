"""Cleaning: what is left out, what is only counted, and how near-duplicates are found."""

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from colorizer.datasets import Dataset
from colorizer.datasets.prepare import prepare
from colorizer.datasets.prepare.near_duplicates import NearDuplicateIndex, edges
from colorizer.errors import InputError
from colorizer.imaging import decode_image
from colorizer.imaging.bundled import PHOTOGRAPHS, load
from tests.factories import noise, write_picture


def crop(number: int) -> np.ndarray:
    """A piece of a real photograph, `(64, 64, 3)` uint8; every number up to 143 gives another one."""
    pixels = load(PHOTOGRAPHS[number % len(PHOTOGRAPHS)]).pixels
    across, down = divmod(number // len(PHOTOGRAPHS), 4)
    top, left = 64 * down, 64 * across
    return pixels[top : top + 64, left : left + 64]


def write_doubtful(folder: Path) -> Path:
    """Write good images, and one that each cleaning step finds."""
    for number in range(10):
        write_picture(folder / "train" / f"good{number}.png", crop(number))
    for number in range(20, 24):
        write_picture(folder / "test" / f"good{number}.png", crop(number))
    write_picture(folder / "train" / "same.png", crop(3))
    write_picture(folder / "train" / "gray.png", crop(5)[..., :1].repeat(3, axis=-1))
    paler = np.rint(crop(21) * 0.4 + crop(21).mean(-1, keepdims=True) * 0.3 + 60).astype(np.uint8)
    Image.fromarray(paler).save(folder / "train" / "leak.jpg", quality=80)
    write_picture(folder / "train" / "wide.png", noise(1, 64, 80))
    (folder / "train" / "bad.jpg").write_text("no picture")
    return folder


def found(dataset: Dataset) -> dict[str, tuple[int, bool, tuple[str, ...]]]:
    return {record.step: (record.found, record.left_out, record.examples) for record in dataset.manifest.cleaning}


@pytest.fixture
def doubtful(tmp_path: Path) -> str:
    return str(write_doubtful(tmp_path / "doubtful"))


def test_findings_are_counted_and_kept_by_default(doubtful: str) -> None:
    dataset = prepare([doubtful], "made", 64)
    assert found(dataset) == {
        "ignored": (0, True, ()),
        "unreadable": (1, True, ("train/bad.jpg",)),
        "size": (1, False, ("train/wide.png",)),
        "gray": (1, False, ("train/gray.png",)),
        "duplicate": (1, False, ("train/same.png",)),
        "leak": (1, False, ("train/leak.jpg",)),
    }
    assert (dataset.manifest.train, dataset.manifest.test) == (14, 4)


def test_findings_are_left_out_on_request(doubtful: str) -> None:
    dataset = prepare(
        [doubtful], "made", 64, drop_grayscale=True, drop_duplicates=True, drop_leaks=True, resize_mode="reject"
    )
    assert {step: count for step, (count, *_) in found(dataset).items() if step != "ignored"} == dict.fromkeys(
        ("unreadable", "size", "gray", "duplicate", "leak"), 1
    )
    assert (dataset.manifest.train, dataset.manifest.test) == (10, 4)
    assert len(list((dataset.folder / "images" / "train").iterdir())) == 10
    with (dataset.folder / "left_out.csv").open(encoding="utf-8", newline="") as file:
        reasons = {line["original"]: line["reason"] for line in csv.DictReader(file)}
    assert reasons.keys() == {f"train/{name}" for name in ("bad.jpg", "gray.png", "leak.jpg", "same.png", "wide.png")}
    assert "near-duplicate of the test image test/good21.png" in reasons["train/leak.jpg"]
    assert "train/good3.png" in reasons["train/same.png"]
    assert "80 x 64" in reasons["train/wide.png"]
    assert dataset.manifest.sources[0].skipped == 5


def test_examples_show_what_was_found(doubtful: str) -> None:
    dataset = prepare([doubtful], "made", 64)
    pair = decode_image((dataset.folder / "cleaning" / "leak.png").read_bytes()).pixels
    assert np.array_equal(pair[64:], crop(21))
    assert np.array_equal(pair[:64], decode_image((Path(doubtful) / "train" / "leak.jpg").read_bytes()).pixels)
    gray = decode_image((dataset.folder / "cleaning" / "gray.png").read_bytes()).pixels
    assert np.array_equal(gray, crop(5)[..., :1].repeat(3, axis=-1))


def test_unreadable_file_can_fail_the_preparation(doubtful: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"bad\.jpg.*allow unreadable files to be skipped"):
        prepare([doubtful], "made", 64, skip_unreadable=False)
    assert list((tmp_path / "data").iterdir()) == []


def test_card_lists_findings(doubtful: str) -> None:
    card = (prepare([doubtful], "made", 64, drop_grayscale=True).folder / "README.md").read_text(encoding="utf-8")
    assert "| grayscale images | 1 | left out |" in card
    assert "| exact duplicates | 1 | kept |" in card


def test_resize_mode_resize_distorts_the_whole_image(tmp_path: Path) -> None:
    wide = np.zeros((40, 120, 3), dtype=np.uint8)
    wide[:, :60] = (200, 10, 10)
    for split in ("train", "test"):
        write_picture(tmp_path / "source" / split / "wide.png", wide)
    squeezed = prepare([str(tmp_path / "source")], "made", 24, resize_mode="resize").images("train")[0]
    assert squeezed[:, :8].mean(axis=(0, 1)) == pytest.approx([200, 10, 10], abs=2)
    assert squeezed[:, 16:].mean() < 2


CHANGES = {
    "brighter": lambda image: image.point(lambda value: round(value * 0.7 + 60)),
    "red": lambda image: Image.merge("RGB", [band.point(lambda value: value // 2 + 90) for band in image.split()]),
    "saved as a bad JPEG": lambda image: Image.fromarray(np.asarray(image.resize((50, 50)).resize((64, 64)))),
}


@pytest.mark.parametrize("change", CHANGES)
def test_near_duplicate_is_found(change: str) -> None:
    others = np.stack([crop(number) for number in range(60)])
    index = NearDuplicateIndex(others)
    for number in range(0, 60, 7):
        changed = np.asarray(CHANGES[change](Image.fromarray(others[number])))[None]
        assert index.find(changed, edges(changed)) == [number]


def test_different_and_flat_images_are_not_near_duplicates() -> None:
    shades = np.arange(0, 250, 5, dtype=np.uint8)[:, None, None, None]
    even = np.broadcast_to(shades, (50, 64, 64, 3)) + noise(0, 64, 64) % 3
    test = np.concatenate([np.stack([crop(number) for number in range(0, 120, 2)]), even[:25]])
    train = np.concatenate([np.stack([crop(number) for number in range(1, 120, 2)]), even[25:]])
    assert NearDuplicateIndex(test).find(train, edges(train)) == [None] * len(train)


def test_equal_frames_and_corners_do_not_make_near_duplicates() -> None:
    pictures = np.stack([crop(number) for number in range(20)])
    for mask in ("frame", "corner"):
        framed = pictures.copy()
        if mask == "frame":
            framed[:, :8] = framed[:, -8:] = framed[:, :, :8] = framed[:, :, -8:] = 255
        else:
            framed = framed // 8
            framed[:, :8, -8:] = 255
        matches = NearDuplicateIndex(framed[::2]).find(framed[1::2], edges(framed[1::2]))
        assert matches == [None] * 10, mask
        if mask == "frame":  # What is left of the others is too dark to compare.
            assert NearDuplicateIndex(framed).find(framed[3:4], edges(framed[3:4])) == [3]
