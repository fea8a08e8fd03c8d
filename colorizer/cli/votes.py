"""The command `votes`: show, export or delete blind votes."""

import argparse
import sys
from pathlib import Path

from colorizer.errors import InputError


def add_votes(command: argparse.ArgumentParser) -> None:
    """Add the arguments of `votes`."""
    command.set_defaults(command=_votes)
    command.add_argument("--csv", type=Path, metavar="FILE", help="write all votes to this file")
    command.add_argument("--delete", action="store_true", help="delete all votes after confirmation")
    command.add_argument("--yes", action="store_true", help="do not ask for confirmation")


def _votes(csv: Path | None, delete: bool, yes: bool) -> None:
    from colorizer import files
    from colorizer.text import count
    from colorizer.votes import store
    from colorizer.votes.results import table

    if csv:
        try:
            files.write_text(csv, store.as_csv())
        except OSError as error:
            raise files.write_error(csv, error) from None
    if delete:
        question = f"Delete {count(store.totals().votes, 'vote')}? "
        if not yes and (not sys.stdin.isatty() or input(f"{question}[y/N] ").strip().lower() not in ("y", "yes")):
            raise InputError(f"{question}Nothing was deleted: add --yes to confirm.")
        print(f"{count(store.delete_all(), 'vote')} deleted.")
    elif not csv:
        print(table(store.tallies()))
