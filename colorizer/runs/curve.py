"""Learning curves as data: read while they grow, smoothed, downsampled, and checked for overfitting."""

import threading
from pathlib import Path

import numpy as np
import pandas as pd

from colorizer import files
from colorizer.runs.store import METRICS, parse_metrics
from colorizer.study import STUDY_SUMS, mean_test_error

STUDY_RESULTS = {name: mean_test_error(test_sum) for name, (_, test_sum) in STUDY_SUMS.items()}
"""The 2021 study's test losses by architecture, as mean squared errors."""
_PATIENCE = 5
"""Epochs without a better test loss before it can be called rising."""


class MetricsReader:
    """Reads a run's metrics again and again; each `read` parses only the lines added since the last."""

    def __init__(self, path: Path, columns: tuple[str, ...] = METRICS) -> None:
        """
        Args:
            path: of a metrics.jsonl or steps.jsonl; it need not exist yet.
            columns: of that file.
        """
        self._path, self._columns = path, columns
        self._lock = threading.Lock()
        self._reset()

    def _reset(self) -> None:
        self._inode, self._offset, self._rows = -1, 0, []  # type: int, int, list[tuple[float, ...]]
        self._frame = pd.DataFrame(columns=list(self._columns), dtype=float)

    def read(self) -> pd.DataFrame:
        """Return one row per finished epoch, its columns as given. A torn last line waits until it is complete."""
        with self._lock:
            try:
                files.require_regular(self._path)
                with self._path.open("rb") as file:
                    status = self._path.stat()
                    # A resumed training replaces the file by one without the epochs that it repeats.
                    if status.st_ino != self._inode or status.st_size < self._offset:
                        self._reset()
                        self._inode = status.st_ino
                    file.seek(self._offset)
                    new = file.read()
            except (OSError, ValueError):
                self._reset()
                return self._frame
            complete = new[: new.rfind(b"\n") + 1]
            rows = [
                tuple(map(float, row.values()))
                for line in complete.splitlines()
                if (row := parse_metrics(line, self._columns))
            ]
            self._offset += len(complete)
            if rows:
                self._rows += rows
                self._frame = pd.DataFrame(self._rows, columns=list(self._columns))
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
    """Return the epoch since which the test loss has been rising while the training loss still falls, or None.

    The test loss rises if at least five epochs and a tenth of the run have passed since its minimum, the slope of a
    line fitted to them is more than two standard errors above zero, and their last third lies above their first.
    """
    test, train = metrics.test_loss.to_numpy(float), metrics.train_loss.to_numpy(float)
    if len(test) == 0:
        return None
    best = int(test.argmin())
    after = test[best + 1 :]
    if len(after) < max(_PATIENCE, len(test) // 10):
        return None
    epochs = np.arange(len(after)) - (len(after) - 1) / 2
    variance = float(np.square(epochs).sum())
    slope = float((epochs * after).sum() / variance)
    residuals = after - after.mean() - slope * epochs
    standard_error = float(np.sqrt(np.square(residuals).sum() / max(len(after) - 2, 1) / variance))
    third = max(1, len(after) // 3)
    is_rising = slope > 2 * standard_error and after[-third:].mean() > after[:third].mean()
    is_memorizing = train[-third:].mean() < train[best]
    return int(metrics.epoch.iloc[best]) if is_rising and is_memorizing else None
