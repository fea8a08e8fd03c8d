"""Which split an image belongs to, and under which name."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colorizer.datasets.prepare.config import PrepareConfig
from colorizer.datasets.prepare.plan import Plan
from colorizer.datasets.sources import Entry

PART = st.text(st.characters(exclude_characters="/\\\0", exclude_categories=["Cs"]), min_size=1, max_size=9).filter(
    lambda text: text not in (".", "..")
)
PATHS = st.lists(st.lists(PART, min_size=1, max_size=4).map("/".join), unique=True, max_size=30)


class Names:
    """A source that has these names."""

    label = "names"

    def __init__(self, names: list[str]) -> None:
        self.names = names

    def entries(self):
        return (Entry(name, 1) for name in self.names)


def organize(*sources: list[str], **settings: object) -> list[tuple[str, str, str]]:
    """Split, flat name and original path of every image."""
    config = PrepareConfig(("names",), "made", **settings)  # type: ignore[arg-type]
    with Plan(Path(":memory:")) as plan:
        for number, names in enumerate(sources):
            plan.add_source(number, Names(names), config, lambda what, done, total: None)  # type: ignore[arg-type]
        return list(plan.query("SELECT split, file, CAST(name AS TEXT) FROM files ORDER BY id"))


@given(PATHS, PATHS)
def test_no_two_images_ever_get_the_same_name(first: list[str], second: list[str]) -> None:
    places = organize(first, second)
    assert len({(split, file.lower()) for split, file, _ in places}) == len(first) + len(second)
    assert all(file.endswith(".png") and "/" not in file for _, file, _ in places)
    assert [name for *_, name in places] == sorted(first) + sorted(second)


@given(PATHS.filter(lambda names: len({name.rpartition("/")[2] for name in names}) > 1))
def test_even_of_a_handful_one_is_for_training_and_one_for_testing(names: list[str]) -> None:
    names = sorted({f"class/{name.rpartition('/')[2]}" for name in names})
    assert {split for split, *_ in organize(names)} == {"train", "test"}


@pytest.mark.parametrize("test_folder", ["test", "Test", "val", "validation"])
@pytest.mark.parametrize("train_folder", ["train", "TRAIN", "training"])
def test_a_source_with_both_splits_keeps_them(train_folder: str, test_folder: str) -> None:
    names = [f"set/{train_folder}/cat/{number}.png" for number in range(5)] + [f"set/{test_folder}/cat/9.png"]
    assert {name: split for split, _, name in organize(names)} == dict.fromkeys(names[:5], "train") | {names[5]: "test"}


def test_a_source_with_both_splits_can_be_split_anew() -> None:
    names = [f"{split}/cat/{number}.png" for split in ("train", "test") for number in range(200)]
    places = organize(names, split="ratio", test_share=0.3)
    assert 0.2 < sum(split == "test" for split, *_ in places) / 400 < 0.4
    assert {split for split, _, name in places if name.startswith("test")} == {"train", "test"}


def test_a_source_with_only_one_split_is_split_anew() -> None:
    names = [f"train/{number}.jpg" for number in range(300)]
    places = organize(names)
    share = sum(split == "test" for split, *_ in places) / 300
    assert 0.05 < share < 0.15
    assert places[0][1] == "0.png"


def test_the_same_image_of_two_sources_lands_in_the_same_split() -> None:
    names = [f"cat/{number}.png" for number in range(200)]
    one, other = organize(names), organize([f"copy/{name}" for name in names])
    assert [split for split, *_ in one] == [split for split, *_ in other]


def test_another_seed_splits_otherwise_and_the_same_seed_the_same() -> None:
    names = [f"cat/{number}.png" for number in range(200)]
    assert organize(names, seed=1) == organize(names, seed=1)
    assert organize(names, seed=1) != organize(names)


def test_no_images_are_no_places() -> None:
    assert organize([]) == []
