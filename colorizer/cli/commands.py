"""The table of commands, and `main`, which runs one.

Exit codes: 0 success, 1 unexpected error, 2 bad input, 3 output cannot be written, 4 training failed, 130 interrupted.
Every error that the user can fix is one line on stderr.
"""

import argparse
import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from colorizer.errors import InputError, UserError

# Only the module of the chosen command is imported, and it imports PyTorch and pandas only when the command runs:
# `colorizer --help` should not wait for them.
_COMMANDS = {
    "colorize": ("colorize:add_colorize", "colorize photographs"),
    "prepare": ("prepare:add_prepare", "create a dataset from folders and archives, or resume an unfinished one"),
    "datasets": ("prepare:add_datasets", "list datasets, or delete one"),
    "train": ("train:add_train", "train a network, or resume training"),
    "runs": ("train:add_runs", "list, pause, resume, stop, rename, delete, or export runs"),
    "evaluate": ("evaluate:add_evaluate", "evaluate runs on a dataset"),
    "report": ("report:add_report", "compare runs in a standalone HTML page, a figure, or a table"),
    "votes": ("votes:add_votes", "show, export, or delete blind votes"),
}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message} (see: {self.prog} --help)")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="surrogateescape")  # On Linux, a file name may be any bytes.
    try:
        options = vars(_parser(arguments[:1]).parse_args(arguments))
        options.pop("command")(**options)
        sys.stdout.flush()
    except BrokenPipeError:  # As after `| head`. Without this, Python fails once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        print("error: stopped because the program reading the output has exited", file=sys.stderr)
        return 2
    except UserError as error:
        print("error: " + " ".join(str(error).split()), file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("error: interrupted", file=sys.stderr)
        return 130
    return 0


def _parser(chosen: Sequence[str]) -> argparse.ArgumentParser:
    program = "colorizer" if Path(sys.argv[0]).stem == "colorizer" else "python -m colorizer"
    parser = _Parser(prog=program, description="Colorize photographs, train networks, and compare them.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)
    for name, (location, summary) in _COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.")
        if name in chosen:
            module, _, function = location.partition(":")
            getattr(import_module(f"colorizer.cli.{module}"), function)(command)
    return parser
