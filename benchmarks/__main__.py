"""Run the benchmarks again and put what they print into docs/performance.md.

In that page each table stands in a code block under a comment with its command, `<!-- benchmarks.NAME ... -->`. A
program that cannot run here leaves its table as it is.

    python -m benchmarks [NAME ...]        # all on the page, or those named
"""

import argparse
import re
import shlex
import subprocess
import sys
from pathlib import Path

from colorizer import files, workspace

PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"
_TABLE = re.compile(r"<!-- benchmarks\.(?P<command>[^>]+?) -->\n```\n(?P<table>.*?)```\n", re.DOTALL)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", metavar="NAME", help="programs in benchmarks/; default: all on the page")
    options = parser.parse_args()
    commands = [shlex.split(found["command"]) for found in _TABLE.finditer(PAGE.read_text())]
    if not (workspace.data_folder() / "sample").exists():
        subprocess.run([sys.executable, "-m", "colorizer", "prepare", "sample", "--name", "sample"], check=True)
    for command in commands:
        if not options.names or command[0] in options.names:
            print("benchmarks." + shlex.join(command), flush=True)
            printed = run(command)
            if printed is None:
                print("  it did not work: the table stays as it is", flush=True)
            else:
                put(command, printed)


def run(command: list[str]) -> str | None:
    """What a program prints, shown here too; nothing if it fails."""
    with subprocess.Popen([sys.executable, "-m", f"benchmarks.{command[0]}", *command[1:]], stdout=subprocess.PIPE,
                          text=True) as process:  # fmt: skip
        lines = []
        for line in process.stdout or ():
            print("  " + line, end="", flush=True)
            lines.append(line)
    return None if process.returncode else "".join(lines)


def put(command: list[str], printed: str) -> None:
    """Replace the table of a command by what it printed now."""

    def replaced(found: re.Match[str]) -> str:
        if shlex.split(found["command"]) != command:
            return found[0]
        return found[0].replace(f"```\n{found['table']}```", f"```\n{printed.strip()}\n```")

    files.write_text(PAGE, _TABLE.sub(replaced, PAGE.read_text()))


if __name__ == "__main__":
    main()
