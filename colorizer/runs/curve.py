"""Learning curves: read while they grow, smoothed, thinned, and judged."""

import threading
from pathlib import Path

import numpy as np
import pandas as pd

from colorizer.runs.store import METRICS, metrics_of
from colorizer.study import STUDY_SUMS, mean_test_error

STUDY_RESULTS = {name: mean_test_error(test_sum) for name, (_, test_sum) in STUDY_SUMS.items()}
"""The study's test losses by architecture, as mean squared errors."""
_PATIENCE = 5
"""Epochs for which the test loss must have been worse before it is called rising."""


class GrowingCurve:
    """A run's metrics, of which each `read` takes in only what was written since the last."""

    def __init__(self, path: Path) -> None:
        """
        Args:
            path: a metrics.jsonl; it need not be there yet.
        """
        self._path = path
        self._lock = threading.Lock()
        self._forget()

    def _forget(self) -> None:
        self._inode, self._offset, self._rows = -1, 0, []  # type: int, int, list[tuple[float, ...]]
        self._frame = pd.DataFrame(columns=list(METRICS), dtype=float)

    def read(self) -> pd.DataFrame:
        """One row per finished epoch, columns as in `METRICS`. A torn last line waits until it is whole."""
        with self._lock:
            try:
                with self._path.open("rb") as file:
                    facts = self._path.stat()
                    # A resumed training replaces the file by one without the epochs it will do again.
                    if facts.st_ino != self._inode or facts.st_size < self._offset:
                        self._forget()
                        self._inode = facts.st_ino
                    file.seek(self._offset)
                    new = file.read()
            except OSError:
                self._forget()
                return self._frame
            whole = new[: new.rfind(b"\n") + 1]
            rows = [tuple(map(float, row.values())) for line in whole.splitlines() if (row := metrics_of(line))]
            self._offset += len(whole)
            if rows:
                self._rows += rows
                self._frame = pd.DataFrame(self._rows, columns=list(METRICS))
            return self._frame


def smooth(values: np.ndarray, weight: float) -> np.ndarray:
    """Return the bias-corrected exponential moving average of `values`.

    Args:
        values: one per epoch.
        weight: weight of the past, from 0 (no smoothing) to below 1.
    """
    if weight <= 0 or len(values) == 0:
        return values
    return pd.Series(values).ewm(alpha=1 - weight, adjust=True).mean().to_numpy()


def downsample(count: int, limit: int, keep: tuple[int, ...] = ()) -> np.ndarray:
    """Return at most `limit` row numbers spread evenly over `count` rows, the first and the last among them.

    Args:
        count: number of rows.
        limit: how many to choose.
        keep: rows to choose in any case, beyond the limit.
    """
    rows = np.arange(count) if count <= limit else np.linspace(0, count - 1, limit).round().astype(int)
    return np.unique(np.concatenate([rows, np.array([row for row in keep if row < count], dtype=int)]))


def overfitting_since(metrics: pd.DataFrame) -> int | None:
    """The epoch since which the test loss rises while the training loss still falls, or None.

    It rises if, since its lowest point, at least five epochs and a tenth of the run have gone by, the line fitted
    through them goes up by more than twice its own uncertainty, and the smoothed end lies above the smoothed start.
    """
    test, train = metrics.test_loss.to_numpy(float), metrics.train_loss.to_numpy(float)
    if len(test) == 0:
        return None
    best = int(test.argmin())
    after = test[best + 1 :]
    if len(after) < max(_PATIENCE, len(test) // 10):
        return None
    epochs = np.arange(len(after)) - (len(after) - 1) / 2
    spread = float(np.square(epochs).sum())
    slope = float((epochs * after).sum() / spread)
    residuals = after - after.mean() - slope * epochs
    uncertainty = float(np.sqrt(np.square(residuals).sum() / max(len(after) - 2, 1) / spread))
    third = max(1, len(after) // 3)
    is_rising = slope > 2 * uncertainty and after[-third:].mean() > after[:third].mean()
    is_learning_by_heart = train[-third:].mean() < train[best]
    return int(metrics.epoch.iloc[best]) if is_rising and is_learning_by_heart else None
