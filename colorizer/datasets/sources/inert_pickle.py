"""The plain values in a pickle, without running any of it.

Unpickling a file runs whatever code its author put into it. This reader follows the instructions with the
standard library's disassembler and builds dictionaries, lists, tuples, texts and numbers. What would call a
function or make an object becomes an inert `Call` instead.

Source: CPython, `Lib/pickletools.py`, which documents every instruction.
"""

import pickletools
from collections.abc import Callable
from typing import Any, NamedTuple

_CONSTANTS: dict[str, Callable[[], Any]] = {
    "EMPTY_DICT": dict, "EMPTY_LIST": list, "EMPTY_TUPLE": tuple, "NONE": lambda: None,
    "NEWTRUE": lambda: True, "NEWFALSE": lambda: False,
}  # fmt: skip
_VALUES = {
    "BININT", "BININT1", "BININT2", "SHORT_BINSTRING", "BINSTRING", "BINUNICODE", "SHORT_BINUNICODE",
    "BINBYTES", "SHORT_BINBYTES", "GLOBAL",
}  # fmt: skip
_MARK = object()


class Call(NamedTuple):
    """Something a pickle wanted to have done, and was not."""

    what: Any
    arguments: Any
    state: Any = None


def read_inert(data: bytes) -> Any:
    """The value of a pickle.

    Args:
        data: a pickle of protocol 2 or 3. Byte strings of Python 2 come back as text, one character per byte.

    Raises:
        ValueError: it is damaged, or uses instructions that plain values do not need.
    """
    stack: list[Any] = []
    memo: dict[int, Any] = {}
    try:
        argument: Any
        for instruction, argument, _ in pickletools.genops(data):
            name = instruction.name
            if name in _VALUES:
                stack.append(argument)
            elif name in _CONSTANTS:
                stack.append(_CONSTANTS[name]())
            elif name in ("BINPUT", "LONG_BINPUT"):
                memo[argument] = stack[-1]
            elif name in ("BINGET", "LONG_BINGET"):
                stack.append(memo[argument])
            elif name == "MARK":
                stack.append(_MARK)
            elif name == "STOP":
                (value,) = stack
                return value
            elif name not in ("PROTO", "FRAME"):
                _follow(name, stack)
    except (IndexError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"no pickle of plain values: {error!r}") from None
    raise ValueError("a pickle without an end")


def _follow(name: str, stack: list[Any]) -> None:
    match name:
        case "TUPLE":
            stack.append(tuple(_since_mark(stack)))
        case "TUPLE1" | "TUPLE2" | "TUPLE3":
            count = int(name[-1])
            values = tuple(stack[-count:])
            del stack[-count:]
            stack.append(values)
        case "APPEND":
            value = stack.pop()
            stack[-1].append(value)
        case "APPENDS":
            values = tuple(_since_mark(stack))
            stack[-1].extend(values)
        case "SETITEM":
            key, value = stack[-2:]
            del stack[-2:]
            stack[-1][key] = value
        case "SETITEMS":
            pairs = _since_mark(stack)
            stack[-1].update(zip(pairs[::2], pairs[1::2], strict=True))
        case "REDUCE":
            arguments = stack.pop()
            stack.append(Call(stack.pop(), arguments))
        case "BUILD":
            state = stack.pop()
            stack.append(stack.pop()._replace(state=state))
        case _:
            raise ValueError(f"the instruction {name}")


def _since_mark(stack: list[Any]) -> list[Any]:
    position = max(index for index, value in enumerate(stack) if value is _MARK)
    values = stack[position + 1 :]
    del stack[position:]
    return values
