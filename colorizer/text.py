"""Human-readable durations, file sizes, and counts, and text escaped for Markdown."""

import re


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
    return re.sub(r"[\\`*_{}\[\]()<>#+\-!|~$:]", r"\\\g<0>", re.sub(r"\s+", " ", text))
