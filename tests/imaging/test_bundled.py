"""Bundled photographs."""

import pytest

from colorizer.imaging.bundled import OLD_PHOTOGRAPHS, PHOTOGRAPHS, Photograph, load
from colorizer.imaging.monochrome import is_monochrome


@pytest.mark.parametrize("photograph", PHOTOGRAPHS + OLD_PHOTOGRAPHS, ids=lambda photograph: photograph.name)
def test_bundled_photograph_decodes(photograph: Photograph) -> None:
    picture = load(photograph)
    assert min(picture.size) >= 300
    assert is_monochrome(picture) == (photograph in OLD_PHOTOGRAPHS), "a brown tone is no color"
