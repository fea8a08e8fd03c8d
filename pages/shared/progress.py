"""A progress bar that says how long it will still take."""

import time

import streamlit as st

from colorizer.text import duration


class TimedProgress:
    """A bar for work of known size; remove it with `done`."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._bar = st.progress(0.0, text=f"{label} …")
        self._started = self._shown = time.monotonic()

    def update(self, share: float, label: str = "") -> None:
        """Move it to a share of the work, from 0 to 1. Cheap enough to call for every item."""
        now = time.monotonic()
        if now - self._shown < 0.2:
            return
        self._shown = now
        left = (now - self._started) * (1 - share) / share if share > 0 else 0.0
        self._bar.progress(min(share, 1.0), text=f"{label or self._label} … {duration(left)} left")

    def done(self) -> None:
        """Take the bar off the page."""
        self._bar.empty()
