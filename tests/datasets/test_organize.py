"""Which split an image belongs to, and under which name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colorizer.datasets.organize import organize

PART = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=9).filter(
    lambda text: text not in (".", "..")
)
PATHS = st.lists(st.lists(PART, min_size=1, max_size=4).map("/".join), unique=True, max_size=30)


@given(PATHS, PATHS)
def test_no_two_images_ever_get_the_same_name(first: list[str], second: list[str]) -> None:
    taken: set[str] = set()
    places = organize(first, taken) + organize(second, taken)
    assert len({(place.split, place.file_name.lower()) for place in places}) == len(first) + len(second)
    assert all(place.file_name.endswith(".png") and "/" not in place.file_name for place in places)
    assert [place.source_name for place in places] == first + second


@given(PATHS.filter(lambda names: len({name.rpartition("/")[2] for name in names}) > 1))
def test_even_of_a_handful_one_is_for_training_and_one_for_testing(names: list[str]) -> None:
    names = [f"class/{name.rpartition('/')[2]}" for name in names]
    assert {place.split for place in organize(sorted(set(names)), set())} == {"train", "test"}


@pytest.mark.parametrize("test_folder", ["test", "Test", "val", "validation"])
@pytest.mark.parametrize("train_folder", ["train", "TRAIN", "training"])
def test_a_source_with_both_splits_keeps_them(train_folder: str, test_folder: str) -> None:
    names = [f"set/{train_folder}/cat/{number}.png" for number in range(5)] + [f"set/{test_folder}/cat/9.png"]
    assert [place.split for place in organize(names, set())] == ["train"] * 5 + ["test"]


def test_a_source_with_only_one_split_is_split_anew() -> None:
    names = [f"train/{number}.jpg" for number in range(300)]
    places = organize(names, set())
    share = sum(place.split == "test" for place in places) / 300
    assert 0.05 < share < 0.15
    assert places[0].file_name == "0.png"


def test_the_same_image_of_two_sources_lands_in_the_same_split() -> None:
    names = [f"cat/{number}.png" for number in range(200)]
    one, other = organize(names, set()), organize([f"copy/{name}" for name in names], set())
    assert [place.split for place in one] == [place.split for place in other]


def test_no_images_are_no_places() -> None:
    assert organize([], set()) == []
