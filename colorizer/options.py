"""Fields of a frozen dataclass that both the command line's flags and a page's fields are made from."""

import argparse
from dataclasses import field, fields
from typing import Any

from colorizer.errors import InputError


def setting(
    default: Any,
    help: str,
    *,
    label: str,
    choices: tuple[str, ...] | None = None,
    low: float | None = None,
    high: float | None = None,
) -> Any:
    """A field with what people need to know about it."""
    about = {"help": help, "label": label, "choices": choices, "low": low, "high": high}
    return field(default=default, metadata=about)


def validate_settings(config: Any) -> None:
    """Check every `setting` of a dataclass.

    Raises:
        InputError: a value is of the wrong type or out of its range; the message names both.
    """
    for item in fields(config):
        if item.metadata:
            validate_value(item.name, getattr(config, item.name), item.type, item.metadata)


def validate_value(field_name: str, value: Any, kind: Any, about: Any) -> None:
    """Check one value.

    Args:
        field_name: of the dataclass.
        value: for that field.
        kind: type it must have; whole numbers do for float.
        about: what `setting` noted of the field.

    Raises:
        InputError: it is of the wrong type or out of its range.
    """
    name = field_name.replace("_", " ")
    accepted = (int, float) if kind is float else kind
    if not isinstance(value, accepted) or (isinstance(value, bool) and kind is not bool):
        raise InputError(f"The {name} must be of type {kind.__name__}, not {value!r}.")
    if about["choices"] and value not in about["choices"]:
        raise InputError(f"The {name} must be one of {', '.join(about['choices'])}, not {value!r}.")
    if about["low"] is not None and not about["low"] <= value <= about["high"]:
        raise InputError(f"The {name} must be from {about['low']:g} to {about['high']:g}, not {value:g}.")


def add_flags(parser: argparse.ArgumentParser, config: type, *, leaving_out: str = "") -> None:
    """Give a command a flag for every `setting` of a dataclass but one.

    The flags have no defaults of their own: None tells a setting that was not given.
    """
    for item in fields(config):
        if not item.metadata or item.name == leaving_out:
            continue
        flag, about = "--" + item.name.replace("_", "-"), item.metadata
        shown = f"{about['help']} (default {item.default})".replace("%", "%%")
        if item.type is bool:
            parser.add_argument(flag, action=argparse.BooleanOptionalAction, default=None, help=shown)
        else:
            parser.add_argument(flag, type=item.type, choices=about["choices"], default=None, help=shown)
