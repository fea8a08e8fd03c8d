"""The photographs that are here without a download."""

import pytest

from colorizer.monochrome import is_monochrome
from colorizer.photographs import OLD_PHOTOGRAPHS, PHOTOGRAPHS, Photograph, load


@pytest.mark.parametrize("photograph", PHOTOGRAPHS + OLD_PHOTOGRAPHS, ids=lambda photograph: photograph.name)
def test_every_photograph_is_there(photograph: Photograph) -> None:
    picture = load(photograph)
    assert min(picture.size) >= 300
    assert is_monochrome(picture) == (photograph in OLD_PHOTOGRAPHS), "a brown tone is no colour"
