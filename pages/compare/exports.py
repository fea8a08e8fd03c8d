"""A comparison as files to take along."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import streamlit as st

from colorizer.comparison.comparison import Comparison
from colorizer.comparison.report import export
from colorizer.comparison.rows import Sample
from pages.compare.pictures import make_rows

_FILES = {
    ".html": ("Report", "text/html", ":material/article:", "One file with all of this, to be read anywhere"),
    ".png": ("Figure", "image/png", ":material/image:", "Pictures, bars and curves as one picture"),
    ".csv": ("Figures as CSV", "text/csv", ":material/table:", "For spreadsheets"),
}


def offer_exports(comparison: Comparison, samples: Sequence[Sample], errors: Mapping[str, np.ndarray]) -> None:
    """A button for each file; they hold the networks and pictures that are chosen now."""

    def make(kind: str) -> bytes:
        # Made only when asked for.
        rows = make_rows(comparison, samples) if samples and kind != ".csv" else []
        return export(replace(comparison, rows=tuple(rows)), kind, errors)

    with st.popover("Export", icon=":material/download:"):
        for kind, (label, mime, icon, help) in _FILES.items():
            if kind == ".csv" and not comparison.figures:
                continue
            st.download_button(
                label, partial(make, kind), f"comparison{kind}", mime, key=f"export{kind}", icon=icon,
                help=help, on_click="ignore", width="stretch",
            )  # fmt: skip
