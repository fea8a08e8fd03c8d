"""The scrubber: the same test images after each epoch, with a slider through the epochs.

All epochs are in the browser as one tall image, so the slider moves without asking the server.
"""

import contextlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from PIL import Image

from colorizer.errors import UserError
from colorizer.imaging.html import picture_url
from colorizer.runs import Run
from colorizer.runs.export import frame_epochs, read_samples, sample_path
from pages.shared.component import component

_SENT = "scrubber-sent"
_MAX_SIDE = 64
"""Side in pixels to which larger sample images are reduced here."""
_scrubber = component("scrubber", Path(__file__).parent)


def show_scrubber(run: Run, metrics: pd.DataFrame) -> None:
    """Show the sample images of a run with a slider through its epochs."""
    # Files may have been deleted by hand; the curve is still there.
    with contextlib.suppress(UserError):
        _scrubber(data=_data(run, metrics), key="scrubber")


def resend_frames() -> None:
    """Send all frames with the next update: call it when the page is redrawn, for the browser may have lost them."""
    st.session_state.pop(_SENT, None)


def _data(run: Run, metrics: pd.DataFrame) -> dict[str, Any]:
    losses = dict(zip(metrics.epoch.astype(int).tolist(), metrics.test_loss.tolist(), strict=True))
    chosen = [epoch for epoch in frame_epochs(list(losses)) if sample_path(run, epoch).exists()]
    last = max(losses)
    original, latest = _reduced(read_samples(run.samples / "true.png")), _reduced(read_samples(sample_path(run, last)))
    modified = sample_path(run, chosen[-1]).stat().st_mtime_ns if chosen else 0
    frames = (str(run.folder), tuple(chosen), modified)
    is_known = st.session_state.get(_SENT) == frames
    st.session_state[_SENT] = frames
    return {
        "run": run.name,
        "side": original.shape[0],
        "count": original.shape[1] // original.shape[0],
        "gray": picture_url(_reduced(read_samples(run.samples / "gray.png")), "jpeg"),
        "true": picture_url(original, "jpeg"),
        "film": None if is_known else _film(*frames),
        "latest": picture_url(latest, "jpeg"),
        "frames": [{"epoch": epoch, "loss": f"test loss {losses[epoch]:.5f}"} for epoch in sorted({*chosen, last})],
    }


@st.cache_data(max_entries=16, show_spinner=False)
def _film(folder: str, epochs: tuple[int, ...], modified: int) -> str:
    """Return the sample images of these epochs, one row below the other. `modified` is part of the cache key."""
    paths = [Path(folder) / "samples" / f"epoch-{epoch:05d}.png" for epoch in epochs]
    return picture_url(np.concatenate([_reduced(read_samples(path)) for path in paths]), "jpeg")


def _reduced(strip: np.ndarray) -> np.ndarray:
    height, width = strip.shape[:2]
    if height <= _MAX_SIDE:
        return strip
    size = (width // height * _MAX_SIDE, _MAX_SIDE)
    return np.asarray(Image.fromarray(strip).resize(size, Image.Resampling.LANCZOS))
