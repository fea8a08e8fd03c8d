"""Where datasets and runs live, and which names they may have."""

import os
import re
from pathlib import Path

from colorizer.errors import InputError

DEFAULT_RUN = "photo"
"""The run that colorizes unless another is asked for."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def root() -> Path:
    """Folder that holds `data/` and `checkpoints/`: $COLORIZER_HOME, or the repository."""
    home = os.environ.get("COLORIZER_HOME")
    return Path(home) if home else Path(__file__).resolve().parent.parent


def data_folder() -> Path:
    """Folder with one sub-folder per dataset."""
    return root() / "data"


def checkpoints_folder() -> Path:
    """Folder with one sub-folder per run."""
    return root() / "checkpoints"


def validate_name(name: str, what: str) -> str:
    """Return `name` unchanged if it can name a folder on every system.

    Args:
        name: the proposed name.
        what: "dataset" or "run", for the message.

    Raises:
        InputError: the name is empty, too long, or holds anything but letters, digits, `.`, `_`, `-`.
    """
    if not _NAME.fullmatch(name) or name.endswith("."):
        raise InputError(
            f"{name!r} cannot name a {what}: use up to 64 letters, digits, dots, dashes "
            "and underscores, starting with a letter or digit (no slashes or spaces)."
        )
    return name
