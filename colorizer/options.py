"""Options: fields of a frozen dataclass from which both command-line flags and a page's form are generated."""

import argparse
from collections.abc import Mapping
from dataclasses import field, fields
from typing import Any

from colorizer.errors import InputError


def option(
    default: Any,
    help: str,
    *,
    label: str,
    choices: tuple[str, ...] | None = None,
    low: float | None = None,
    high: float | None = None,
) -> Any:
    """Return a dataclass field whose metadata describe it to users.

    Args:
        default: its default value.
        help: one or two sentences, shown by `--help` and as the tooltip of a form field.
        label: its name in a form.
        choices: the only values it may have.
        low, high: the range of a number, both inclusive.
    """
    return field(default=default, metadata={"help": help, "label": label, "choices": choices, "low": low, "high": high})


def validate_options(config: Any) -> None:
    """Check every option of a dataclass.

    Raises:
        InputError: a value has the wrong type or is out of range; `setting` is the name of its field.
    """
    for item in fields(config):
        if item.metadata:
            validate_option(item.name, getattr(config, item.name), item.type, item.metadata)


def validate_option(name: str, value: Any, kind: Any, metadata: Any) -> None:
    """Check the value of one option.

    Args:
        name: of the dataclass field.
        value: the proposed value.
        kind: type it must have; an int is accepted for float.
        metadata: of the field, see `option`.

    Raises:
        InputError: the value has the wrong type or is out of range.
    """
    label, low, high = name.replace("_", " "), metadata["low"], metadata["high"]
    accepted = (int, float) if kind is float else kind
    if not isinstance(value, accepted) or (isinstance(value, bool) and kind is not bool):
        raise InputError(f"The {label} must be of type {kind.__name__}, not {_shown(value)}.", setting=name)
    if metadata["choices"] and value not in metadata["choices"]:
        names = ", ".join(metadata["choices"])
        raise InputError(f"The {label} must be one of {names}, not {_shown(value)}.", setting=name)
    if low is not None and not low <= value <= high:
        raise InputError(f"The {label} must be from {low:g} to {high:g}, not {_shown(value)}.", setting=name)


def _shown(value: Any) -> str:
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # An int of thousands of digits, or endless nesting.
        return f"a huge {type(value).__name__}"
    return text if len(text) <= 60 else f"{text[:57]}..."


def add_flags(parser: argparse.ArgumentParser, config: type, defaults: Mapping[str, Any] | None = None) -> None:
    """Add a flag for every option of a dataclass to a command.

    The flags default to None, so that a command can tell which options were given.

    Args:
        parser: of the command.
        config: the dataclass.
        defaults: defaults to name in the help, where they are not those of the dataclass.
    """
    for item in fields(config):
        if not item.metadata:
            continue
        flag = "--" + item.name.replace("_", "-")
        help = f"{item.metadata['help']} (default: {(defaults or {}).get(item.name, item.default)})".replace("%", "%%")
        if item.type is bool:
            parser.add_argument(flag, action=argparse.BooleanOptionalAction, default=None, help=help)
        else:
            parser.add_argument(flag, type=item.type, choices=item.metadata["choices"], default=None, help=help)
