"""The command `votes`: what the blind votes say, written to a file, or deleted."""

import argparse
import sys
from pathlib import Path

from colorizer.errors import InputError


def add_votes(command: argparse.ArgumentParser) -> None:
    """Add the arguments of `votes`."""
    command.set_defaults(command=_votes)
    command.add_argument("--csv", type=Path, metavar="FILE", help="write all votes to this file")
    command.add_argument("--delete", action="store_true", help="delete all votes, after asking")
    command.add_argument("--yes", action="store_true", help="do not ask")


def _votes(csv: Path | None, delete: bool, yes: bool) -> None:
    from colorizer import files
    from colorizer.votes import store
    from colorizer.votes.results import table

    if csv:
        try:
            files.write_text(csv, store.as_csv())
        except OSError as error:
            raise files.write_error(csv, error) from None
    if delete:
        question = f"Delete all {store.totals().votes:,} votes? "
        if not yes and (not sys.stdin.isatty() or input(f"{question}[y/N] ").strip().lower() not in ("y", "yes")):
            raise InputError(f"{question}Nothing was deleted: add --yes to delete them.")
        print(f"{store.delete_all():,} votes were deleted.")
    elif not csv:
        print(table(store.tallies()))
