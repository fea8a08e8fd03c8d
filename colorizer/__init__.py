"""Colorizer: turn gray pictures into color, train the networks that do it, and compare them.

The data flows one way, and the folders can be read in that order:
`images` -> `datasets` -> `training` (with `models`) -> `runs` -> `inference`, `evaluation`.
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

from colorizer.errors import InputError

if TYPE_CHECKING:
    from colorizer.inference.colorizer import Colorizer
    from colorizer.inference.rendering import ColorOptions
    from colorizer.models.hints import Hint

# PyTorch's threads wait for each other by spinning unless told otherwise before it is loaded, which makes everything
# that computes at the same time several times slower. Here they spin for a tenth of a millisecond or so and then sleep;
# OpenMP libraries other than GNU's let them sleep at once. docs/performance.md has what that gives.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "10000")

__version__ = "1.0.0"

__all__ = ["ColorOptions", "Colorizer", "Hint", "InputError"]
_HOMES = {
    "Colorizer": "colorizer.inference.colorizer",
    "ColorOptions": "colorizer.inference.rendering",
    "Hint": "colorizer.models.hints",
}


def __getattr__(name: str) -> Any:
    # PyTorch takes over a second to import; `import colorizer` alone should not pay for it.
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
