"""The command line: `colorizer COMMAND ...`, or `python -m colorizer COMMAND ...` from a source checkout."""

from colorizer.cli.commands import main

__all__ = ["main"]
