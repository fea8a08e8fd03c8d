"""Progress of a long command: in a terminal, a bar with the time left; otherwise, plain lines."""

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from colorizer.text import duration

if TYPE_CHECKING:
    from tqdm import tqdm


_REFRESH_SECONDS = 0.1


class ProgressBar:
    """A progress bar, to be used in a `with` statement. The bar appears with the first update."""

    def __init__(self, unit: str = "", *, is_silent: bool = False) -> None:
        """
        Args:
            unit: what is counted, such as `images`; without it the bar shows percent alone.
            is_silent: show nothing at all.
        """
        self._unit, self._is_silent, self._label = unit, is_silent, ""
        self._bar: tqdm[Any] | None = None
        self._started, self._drawn, self._done_before = time.monotonic(), 0.0, 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def update(self, label: str, done: float, total: float = 1.0, *, seconds_left: float | None = None) -> None:
        """Show the progress of the work. Cheap enough to call for every item.

        Args:
            label: what is being done; a new label starts a new count.
            done: how much of it is done.
            total: the total amount; 0 if unknown.
            seconds_left: a better estimate than the pace so far gives, if there is one.
        """
        if self._is_silent:
            return
        if not (sys.stdout.isatty() and sys.stderr.isatty()):
            if label != self._label:
                print(label, flush=True)
            self._label = label
            return
        if self._bar is None:
            from tqdm import tqdm

            self._bar = tqdm(bar_format="{l_bar}{bar}| {unit}", unit="", dynamic_ncols=True)
        now = time.monotonic()
        if label != self._label:
            self._label, self._started, self._done_before = label, now, done
            self._bar.set_description(label, refresh=False)
        elif now - self._drawn < _REFRESH_SECONDS and done < total:
            return
        self._drawn = now
        seconds, advanced = now - self._started, done - self._done_before
        if seconds_left is None and total and advanced > 0:
            seconds_left = seconds / advanced * (total - done)
        count = f"{int(done):,}" + (f"/{int(total):,}" if total else "") + f" {self._unit}, " if self._unit else ""
        time_left = f"{duration(seconds_left)} left" if seconds_left is not None else duration(seconds)
        self._bar.total, self._bar.n, self._bar.unit = total or None, done, f"{count}{time_left}"
        self._bar.refresh()

    def log(self, line: str) -> None:
        """Print a line to standard output, above the bar if there is one."""
        if self._is_silent:
            return
        if self._bar is not None:
            self._bar.write(line)
        else:
            print(line, flush=True)
