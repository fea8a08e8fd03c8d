"""Where datasets and runs live, and which names they may have."""

import os
import re
from pathlib import Path

from colorizer.errors import InputError
from colorizer.text import shorten

DEFAULT_RUN = "photo"
"""Name of the run that colorizes by default."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_PACKAGE = Path(__file__).resolve().parent


def root() -> Path:
    """Return the folder that holds `data/` and `checkpoints/`: $COLORIZER_HOME, or else the current folder.

    Raises:
        InputError: the current folder has been deleted.
    """
    try:
        return Path(os.environ.get("COLORIZER_HOME") or Path.cwd())
    except FileNotFoundError:
        raise InputError("The current folder has been deleted: change to another, or set COLORIZER_HOME.") from None


def data_folder() -> Path:
    """Return the folder with one subfolder per dataset. Raises InputError if it cannot be opened."""
    return _readable(root() / "data")


def checkpoints_folder() -> Path:
    """Return the folder with one subfolder per run. Raises InputError if it cannot be opened."""
    return _readable(root() / "checkpoints")


def _readable(folder: Path) -> Path:
    try:
        os.scandir(folder).close()
    except FileNotFoundError:
        pass  # It is created when it is needed.
    except OSError as error:
        raise InputError(
            f"The folder {shorten(str(folder))} cannot be opened ({error.strerror}): check its permissions, "
            "or set COLORIZER_HOME to another folder."
        ) from None
    return folder


def shipped_runs_folder() -> Path:
    """Return the folder of the runs that come with Colorizer.

    An installed package holds `photo` in `colorizer/pretrained`; a source checkout has its `checkpoints/`.
    """
    pretrained = _PACKAGE / "pretrained"
    return pretrained if pretrained.is_dir() else _PACKAGE.parent / "checkpoints"


def shipped_run_names() -> set[str]:
    """Return the names of the runs that come with Colorizer."""
    return {path.parent.name for path in shipped_runs_folder().glob("[!.]*/config.json")}


def run_folder(name: str) -> Path:
    """Return the folder of a run: the user's own, or else that of the shipped run of this name.

    Raises:
        InputError: `name` cannot name a run.
    """
    own = checkpoints_folder() / validate_name(name, "run")
    shipped = shipped_runs_folder() / name
    return shipped if not own.exists() and (shipped / "config.json").is_file() else own


def validate_name(name: str, what: str) -> str:
    """Return `name` unchanged if it is a valid folder name on every operating system.

    Args:
        name: proposed name.
        what: "dataset" or "run", for the error message.

    Raises:
        InputError: the name is empty, too long, or contains anything but letters, digits, `.`, `_`, `-`.
    """
    if not _NAME.fullmatch(name) or name.endswith("."):
        raise InputError(
            f"{name!r} is not a valid {what} name: use up to 64 letters, digits, dots, hyphens, "
            "and underscores, starting with a letter or digit (no slashes or spaces)."
        )
    return name
