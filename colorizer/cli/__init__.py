"""The command line: `python -m colorizer prepare | datasets | train | runs | evaluate | report | votes | colorize`.

Exit codes: 0 done, 1 something unforeseen, 2 bad input (one line on stderr says what to do), 130 interrupted.
"""

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

from colorizer.cli import colorize, evaluate, prepare, report, train, votes
from colorizer.errors import InputError, UserError

# Commands import what they need when they run: PyTorch takes longer to load than --help should.


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message} (see: {self.prog} --help)")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    try:
        options = vars(_parser().parse_args(arguments))
        options.pop("command")(**options)
    except UserError as error:
        print("error: " + " ".join(str(error).split()), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("error: interrupted", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m colorizer", description="Turn gray pictures into color.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)
    for group in (prepare, train, evaluate, report, votes, colorize):
        group.add_commands(commands)
    return parser
