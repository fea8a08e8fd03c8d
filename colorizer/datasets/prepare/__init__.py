"""Make a dataset from folders and archives."""

from colorizer.datasets.prepare.config import PrepareConfig
from colorizer.datasets.prepare.launcher import Preparation, list_preparations, load_preparation, start_preparation
from colorizer.datasets.prepare.pipeline import prepare, resume

__all__ = [
    "Preparation",
    "PrepareConfig",
    "list_preparations",
    "load_preparation",
    "prepare",
    "resume",
    "start_preparation",
]
