"""Which runs a dataset has been used by."""

from colorizer.errors import UserError
from colorizer.runs.store import load_run, run_names


def runs_using(dataset: str) -> list[str]:
    """Names of the runs that were trained on a dataset. They can be used without it, but not trained further."""
    names = []
    for name in run_names():
        try:
            if load_run(name).config.dataset == dataset:
                names.append(name)
        except UserError:
            continue
    return names
