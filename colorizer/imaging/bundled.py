"""Bundled photographs: color ones from installed packages, and historical ones from this package."""

import functools
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from colorizer.imaging import Picture, decode_image


@dataclass(frozen=True)
class Photograph:
    """A bundled photograph."""

    name: str
    package: str
    path: str
    origin: str

    @property
    def file(self) -> Path:
        """Path of the file inside its package."""
        return Path(str(files(self.package))) / self.path


PHOTOGRAPHS = (
    Photograph("astronaut", "skimage", "data/astronaut.png", "Eileen Collins, NASA, public domain"),
    Photograph("chelsea", "skimage", "data/chelsea.png", "Chelsea the cat, Stefan van der Walt, CC0"),
    Photograph("coffee", "skimage", "data/coffee.png", "A cup of coffee, Rachel Michetti, CC0"),
    Photograph("rocket", "skimage", "data/rocket.jpg", "Falcon 9 launch, SpaceX, CC0"),
    Photograph("motorcycle", "skimage", "data/motorcycle_left.png", "Middlebury stereo 2014, CC0"),
    Photograph("hopper", "matplotlib", "mpl-data/sample_data/grace_hopper.jpg", "Grace Hopper, US Navy, public domain"),
)  # fmt: skip
"""Photographs in color."""
OLD_PHOTOGRAPHS = (
    Photograph(
        "Alps", "colorizer.imaging", "old_photographs/french-alpine-landscape.jpg",
        "Alpine landscape. Adolphe Braun, 1865 to 1870, public domain",
    ),
    Photograph(
        "Nagasaki", "colorizer.imaging", "old_photographs/nagasaki-boats.jpg",
        "Boats in a river, Nagasaki. Felice Beato, about 1865, public domain",
    ),
    Photograph(
        "sheep", "colorizer.imaging", "old_photographs/march-pastoral.jpg",
        "A March Pastoral, Suffolk. Peter Henry Emerson, 1888, public domain",
    ),
    Photograph(
        "dust bowl", "colorizer.imaging", "old_photographs/dust-bowl-home.jpg",
        "Abandoned Dust Bowl home. Dorothea Lange, about 1935 to 1940, public domain",
    ),
)  # fmt: skip
"""Historical black-and-white photographs. Digital images courtesy of the Getty's Open Content Program."""


@functools.lru_cache(maxsize=len(PHOTOGRAPHS))
def load(photograph: Photograph) -> Picture:
    """Decode the photograph."""
    return decode_image(photograph.file.read_bytes(), photograph.file.name)
