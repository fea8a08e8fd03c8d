"""Colorizer: colorize photographs, train the networks that do it, and compare them.

>>> from pathlib import Path
>>> from colorizer import Colorizer
>>> name, data = Colorizer.load().colorize_bytes(Path("old.jpg").read_bytes(), "old.jpg")

Data flows one way: imaging -> datasets -> runs -> inference -> training -> evaluation -> comparison.
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

from colorizer.errors import InputError, UserError

if TYPE_CHECKING:
    from colorizer.inference import Colorizer, ColorOptions
    from colorizer.models.hints import Hint

# By default PyTorch's threads spin while they wait for each other, which makes everything else on the computer several
# times slower. With these settings, which must precede its import, GNU's OpenMP spins for about a tenth of a
# millisecond and other OpenMP libraries do not spin at all. See docs/performance.md for the effect.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "10000")

__version__ = "1.0.0"
__all__ = ["ColorOptions", "Colorizer", "Hint", "InputError", "UserError", "__version__"]

_LAZY = {
    "Colorizer": "colorizer.inference",
    "ColorOptions": "colorizer.inference",
    "Hint": "colorizer.models.hints",
}


def __getattr__(name: str) -> Any:
    # PyTorch takes over a second to import, which `import colorizer` alone should not cost.
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
