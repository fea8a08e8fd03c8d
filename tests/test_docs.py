"""The documentation names only commands, options, and files that exist."""

import argparse
import re
from pathlib import Path

import pytest

from colorizer.cli import commands

ROOT = Path(__file__).resolve().parent.parent
DOCS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
_COMMAND = re.compile(r"\bcolorizer (?P<command>[a-z]+)(?P<arguments>[^`\n]*)")
_FLAG = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]*")


def _flags() -> dict[str, set[str]]:
    """Return the flags of each command."""
    parser = commands._parser(list(commands._COMMANDS))
    subparsers = next(action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    return {
        name: {
            flag for action in command._actions if action.help != argparse.SUPPRESS for flag in action.option_strings
        }
        for name, command in subparsers.choices.items()
    }


FLAGS = _flags()


def _anchors(path: Path) -> set[str]:
    """Return the anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_commands_and_flags_exist(path: Path) -> None:
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    for match in _COMMAND.finditer(text):
        command = match["command"]
        if f"colorizer {command}" in ("colorizer command", "colorizer package"):
            continue
        if command in FLAGS:
            assert set(_FLAG.findall(match["arguments"])) <= FLAGS[command], match[0]
        else:
            assert "--" not in match["arguments"], match[0]


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_inline_flags_exist(path: Path) -> None:
    known = set().union(*FLAGS.values())
    inline = re.findall(r"`(?:\$S )?(--[a-z][^`]*)`", path.read_text(encoding="utf-8"))
    named = {flag for code in inline for flag in _FLAG.findall(code)}
    assert named - known <= {"--nproc-per-node", "--split", "--count"}


def test_cli_reference_is_complete() -> None:
    reference = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    for command, flags in FLAGS.items():
        section = reference.partition(f"\n## {command}\n")[2].partition("\n## ")[0]
        assert section, command
        missing = {flag for flag in flags if flag.startswith("--") and flag not in section} - {"--help"}
        assert missing == set(), command


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_links_and_paths_exist(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)", text):
        linked = path.parent / target if target else path
        assert linked.exists(), target
        assert not anchor or anchor in _anchors(linked), f"{target}#{anchor}"
    for target in re.findall(r"`((?:colorizer|pages|tests|benchmarks)/[\w/]+\.\w+)`", text):
        assert (ROOT / target).exists(), target


def test_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 100
