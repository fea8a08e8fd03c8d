"""Lengths of time as people read them."""


def duration(seconds: float) -> str:
    """A length of time for people: `8 s`, `3 min`, `2 h 05 min`."""
    if round(seconds) < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"
