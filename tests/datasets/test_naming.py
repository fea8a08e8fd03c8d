"""Which split an image belongs to, and under which name."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colorizer.datasets.prepare import PrepareConfig
from colorizer.datasets.prepare.naming import parse
from colorizer.datasets.prepare.plan import Plan
from colorizer.datasets.sources import Entry, Source

PART = st.text(st.characters(exclude_characters="/\\\0", exclude_categories=["Cs"]), min_size=1, max_size=9).filter(
    lambda text: text not in (".", "..")
)
PATHS = st.lists(st.lists(PART, min_size=1, max_size=4).map("/".join), unique=True, max_size=30)


@dataclass(frozen=True)
class Names(Source):
    """A source that only has names."""

    names: list[str]

    def entries(self) -> Iterator[Entry]:
        return (Entry(name, 1) for name in self.names)

    def read(self, entry: Entry) -> bytes:
        raise NotImplementedError


def assign(*sources: list[str], **settings: object) -> list[tuple[str, str, str]]:
    """Split, flat name and original path of every image."""
    config = PrepareConfig(("names",), "made", **settings)  # type: ignore[arg-type]
    with Plan(Path(":memory:")) as plan:
        for number, names in enumerate(sources):
            plan.add_source(number, Names("names", names), config, lambda task, done, total: None)
        return [
            (split, file, plan.original(identity))
            for identity, split, file in plan._rows("SELECT id, split, file FROM files ORDER BY id")
        ]


@given(PATHS, PATHS)
def test_flat_names_are_unique(first: list[str], second: list[str]) -> None:
    places = assign(first, second)
    assert len({(split, file.lower()) for split, file, _ in places}) == len(first) + len(second)
    assert all(file.endswith(".png") and "/" not in file for _, file, _ in places)
    assert [name for *_, name in places] == sorted(first) + sorted(second)


@given(PATHS.filter(lambda names: len({name.rpartition("/")[2] for name in names}) > 1))
def test_neither_split_is_empty(names: list[str]) -> None:
    names = sorted({f"class/{name.rpartition('/')[2]}" for name in names})
    assert {split for split, *_ in assign(names)} == {"train", "test"}


@pytest.mark.parametrize("test_folder", ["test", "Test", "val", "validation"])
@pytest.mark.parametrize("train_folder", ["train", "TRAIN", "training"])
def test_split_folders_are_kept(train_folder: str, test_folder: str) -> None:
    names = [f"set/{train_folder}/cat/{number}.png" for number in range(5)] + [f"set/{test_folder}/cat/9.png"]
    assert {name: split for split, _, name in assign(names)} == dict.fromkeys(names[:5], "train") | {names[5]: "test"}


def test_random_split_ignores_folders() -> None:
    names = [f"{split}/cat/{number}.png" for split in ("train", "test") for number in range(200)]
    places = assign(names, split="random", test_fraction=0.3)
    assert 0.2 < sum(split == "test" for split, *_ in places) / 400 < 0.4
    assert {split for split, _, name in places if name.startswith("test")} == {"train", "test"}


def test_source_with_one_split_folder_is_split_at_random() -> None:
    names = [f"train/{number}.jpg" for number in range(300)]
    places = assign(names)
    share = sum(split == "test" for split, *_ in places) / 300
    assert 0.05 < share < 0.15
    assert places[0][1] == "0.png"


def test_same_image_of_two_sources_gets_the_same_split() -> None:
    names = [f"cat/{number}.png" for number in range(200)]
    one, other = assign(names), assign([f"copy/{name}" for name in names])
    assert [split for split, *_ in one] == [split for split, *_ in other]


def test_split_depends_on_the_seed() -> None:
    names = [f"cat/{number}.png" for number in range(200)]
    assert assign(names, seed=1) == assign(names, seed=1)
    assert assign(names, seed=1) != assign(names)


def test_no_images_give_no_names() -> None:
    assert assign([]) == []


@pytest.mark.parametrize(
    ("name", "split", "class_name"),
    [
        ("train/train/0.png", "train", "train"),
        ("test/train/0.png", "test", "train"),
        ("set/Train/test/0.png", "train", "test"),
        ("set/val/0.png", "test", ""),
        ("cat/0.png", None, "cat"),
        ("0.png", None, ""),
        ("/home/me/train/cat/0.png", "train", "cat"),
    ],
)
def test_outermost_split_folder_decides(name: str, split: str | None, class_name: str) -> None:
    assert parse(name)[:2] == (split, class_name)
