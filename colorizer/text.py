"""Human-readable durations, file sizes, and counts, and text escaped for Markdown."""

import re

_LONGEST_PATH = 300
"""Characters of a path in a message."""
_QUOTES = ('""', "''", "“”", "«»")


def duration(seconds: float) -> str:
    """Return a duration in words: `8 s`, `3 min`, `2 h 05 min`."""
    if round(seconds) < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


def file_size(size: float) -> str:
    """Return a number of bytes in decimal units: `184 MB`, `1.2 GB`."""
    units = iter(("bytes", "kB", "MB", "GB", "TB"))
    unit = next(units)
    while size >= 999.5 and unit != "TB":
        size, unit = size / 1000, next(units)
    return f"{size:.0f} {unit}" if size >= 10 or unit == "bytes" else f"{size:.1f} {unit}"


def count(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun: `1 image`, `2,400 images`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def escape_markdown(text: str) -> str:
    """Escape text from outside, such as a file name, so that Markdown shows it as it is, in one line."""
    return re.sub(r"[\\`*_&{}\[\]()<>#+\-!|~$:]", r"\\\g<0>", re.sub(r"\s+", " ", text))


def shorten(path: str) -> str:
    """Return a path for a message: one line of text, and its start if it is very long."""
    shown = path.encode("utf-8", "backslashreplace").decode("utf-8")
    return f"{shown[:_LONGEST_PATH]} …" if len(shown) > _LONGEST_PATH else shown


def unquote(path: str) -> str:
    """Return a path without quotation marks around it, as Windows copies it."""
    path = path.strip()
    return path[1:-1].strip() if len(path) > 1 and path[0] + path[-1] in _QUOTES else path
