"""Run the benchmarks of docs/performance.md again and update its tables.

Each table is a code block under a comment with its command, `<!-- benchmarks.NAME ... -->`. A program that fails
leaves its table unchanged.

    python -m benchmarks [NAME ...]        # all on the page, or only these
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
    parser.add_argument("names", nargs="*", metavar="NAME", help="benchmarks to run (default: all on the page)")
    options = parser.parse_args()
    commands = [shlex.split(found["command"]) for found in _TABLE.finditer(PAGE.read_text())]
    if not (workspace.data_folder() / "sample").exists():
        subprocess.run([sys.executable, "-m", "colorizer", "prepare", "sample", "--name", "sample"], check=True)
    for command in commands:
        if not options.names or command[0] in options.names:
            print("benchmarks." + shlex.join(command), flush=True)
            output = run(command)
            if output is None:
                print("  failed: its table is unchanged", flush=True)
            else:
                update_table(command, output)


def run(command: list[str]) -> str | None:
    """Run a benchmark and return its output, which is shown too, or None if it failed."""
    with subprocess.Popen([sys.executable, "-m", f"benchmarks.{command[0]}", *command[1:]], stdout=subprocess.PIPE,
                          text=True) as process:  # fmt: skip
        lines = []
        for line in process.stdout or ():
            print("  " + line, end="", flush=True)
            lines.append(line)
    return None if process.returncode else "".join(lines)


def update_table(command: list[str], output: str) -> None:
    """Replace the table of a command on the page."""

    def replace(found: re.Match[str]) -> str:
        if shlex.split(found["command"]) != command:
            return found[0]
        return found[0].replace(f"```\n{found['table']}```", f"```\n{output.strip()}\n```")

    files.write_text(PAGE, _TABLE.sub(replace, PAGE.read_text()))


if __name__ == "__main__":
    main()
