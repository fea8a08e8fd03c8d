"""Event files for TensorBoard, for people who have it installed: tensorboard --logdir checkpoints"""

import contextlib
import importlib.util
from pathlib import Path

FOLDER = "tensorboard"
_FLUSH_SECONDS = 10


class Events:
    """Writes a run's metrics as events; does nothing where TensorBoard is not installed."""

    def __init__(self, folder: Path, epoch: int) -> None:
        """
        Args:
            folder: the run's folder.
            epoch: epochs finished; events after it, of a session that was cut off, are taken back.
        """
        self._writer = None
        if importlib.util.find_spec("tensorboard") is None:
            return
        # A broken installation, or a disk that is full, must not keep anybody from training.
        with contextlib.suppress(ImportError, OSError):
            from torch.utils.tensorboard import SummaryWriter

            self._writer = SummaryWriter(str(folder / FOLDER), purge_step=epoch + 1, flush_secs=_FLUSH_SECONDS)

    def add(self, record: dict[str, float]) -> None:
        """Write the figures of one epoch."""
        if self._writer is None:
            return
        with contextlib.suppress(OSError):
            for name in ("train_loss", "test_loss", "learning_rate"):
                self._writer.add_scalar(name, record[name], int(record["epoch"]))

    def close(self) -> None:
        """Write what is left."""
        if self._writer is not None:
            with contextlib.suppress(OSError):
                self._writer.close()
