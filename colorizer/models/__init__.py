"""The networks: one file per architecture, listed in `registry`. Importing the registry does not load PyTorch."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from colorizer.models.registry import ARCHITECTURES, Architecture, architecture

if TYPE_CHECKING:
    from colorizer.models.base import ColorizationModel, build_model
    from colorizer.models.hints import Hint
    from colorizer.models.prediction import Prediction
    from colorizer.models.weights import load_weights, save_weights

__all__ = [
    "ARCHITECTURES",
    "Architecture",
    "ColorizationModel",
    "Hint",
    "Prediction",
    "architecture",
    "build_model",
    "load_weights",
    "save_weights",
]
_MODULES = {
    "ColorizationModel": "base",
    "build_model": "base",
    "Hint": "hints",
    "Prediction": "prediction",
    "load_weights": "weights",
    "save_weights": "weights",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
