"""A progress bar that shows the time left."""

import time

import streamlit as st

from colorizer.text import duration


class TimedProgress:
    """A progress bar for work of known size; `done` removes it."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._bar = st.progress(0.0, text=f"{label} …")
        self._started = self._updated = time.monotonic()

    def update(self, fraction: float, label: str = "") -> None:
        """Set the fraction of the work done, from 0 to 1. Cheap enough to call for every item."""
        now = time.monotonic()
        if now - self._updated < 0.2:
            return
        self._updated = now
        left = (now - self._started) * (1 - fraction) / fraction if fraction > 0 else 0.0
        self._bar.progress(min(fraction, 1.0), text=f"{label or self._label} … {duration(left)} left")

    def done(self) -> None:
        """Remove the bar."""
        self._bar.empty()
