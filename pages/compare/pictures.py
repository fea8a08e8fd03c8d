"""Rows of pictures: the gray input, each network's colors, and the original where it is known."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np
import streamlit as st
from markupsafe import Markup

from colorizer.comparison import Comparison, Row, Sample, Selection, rows, select
from colorizer.comparison.rows import Cell
from colorizer.comparison.selection import KINDS, RUNS_NEEDED, parse_numbers
from colorizer.datasets.dataset import dataset_names, load_dataset
from colorizer.errors import UserError
from colorizer.imaging import MAX_BYTES, SUFFIXES
from colorizer.runs import Run
from pages.compare.view import show_html
from pages.shared.models import colorizer_for
from pages.shared.progress import TimedProgress
from pages.shared.text import plain, show_error

TEST, PHOTOGRAPHS, OWN = "Test images", "Photographs", "Uploads"
_COUNTS = (6, 12, 24)
_SEED = "seed"


def select_samples(comparison: Comparison, errors: Mapping[str, np.ndarray]) -> list[Sample]:
    """Show the controls that select the pictures, and return the selected ones."""
    is_here = comparison.dataset_name in dataset_names()
    sources = [TEST, PHOTOGRAPHS, OWN] if is_here else [PHOTOGRAPHS, OWN]
    controls = st.container(horizontal=True, vertical_alignment="bottom", gap="medium")
    source = controls.segmented_control(
        "Pictures",
        sources,
        default=sources[0],
        required=True,
        key="source",
        bind="query-params",
        label_visibility="collapsed",
    )
    if not is_here:
        st.caption(
            f"The dataset {plain(comparison.dataset_name)} is not on this computer. Prepare it to see its images here."
        )
    if source == PHOTOGRAPHS:
        st.caption("Bundled photographs. The networks predict their colors at low resolution and keep the brightness.")
        return list(rows.photographs())
    if source == OWN:
        return _uploads()
    try:
        with controls:
            selection = _selection(comparison)
        dataset = load_dataset(comparison.dataset_name)
        return rows.from_dataset(dataset, select(selection, dataset.manifest.test, errors))
    except UserError as error:
        st.caption(f":material/info: {plain(str(error))}")
        return []


def _selection(comparison: Comparison) -> Selection:
    """Show the controls that select test images. Raises InputError while an input is missing or wrong."""
    kinds = [kind for kind in KINDS if RUNS_NEEDED.get(kind, 0) <= len(comparison.runs)]
    kind = st.selectbox("Select", kinds, format_func=KINDS.__getitem__, key="which", width=250, bind="query-params")
    runs: list[str] = []
    numbers: tuple[int, ...] = ()
    for number in range(RUNS_NEEDED.get(kind, 0)):
        names = list(comparison.labels)
        # Both lists hold all runs: without the one selected in the other, the options would move while one chooses.
        runs.append(
            st.selectbox(
                ("Network", "and network")[number], names, index=(len(names) - 1, 0)[number],
                key=("of", "and")[number], width=180, format_func=comparison.labels.__getitem__, bind="query-params",
            )
        )  # fmt: skip
    if kind == "numbers":
        numbers = parse_numbers(st.text_input("Image numbers", "0, 1, 2", key="numbers", bind="query-params"))
    if kind == "random" and st.button("Shuffle", icon=":material/shuffle:"):
        st.query_params[_SEED] = str(_seed() + 1)
    count = st.selectbox("Rows", _COUNTS, key="rows", width=90, bind="query-params")
    return Selection(kind, tuple(runs), numbers, _seed(), count)


def _seed() -> int:
    text = st.query_params.get(_SEED, "0")
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _uploads() -> list[Sample]:
    uploads = st.file_uploader(
        "Drop pictures here. If they are in color, they are also the originals to compare with.",
        type=[suffix.lstrip(".") for suffix in SUFFIXES],
        accept_multiple_files=True,
        max_upload_size=MAX_BYTES // 2**20,
    )
    samples = []
    for upload in uploads[: _COUNTS[-1]]:
        try:
            samples.append(_read(upload.file_id, upload.name, upload))
        except UserError as error:
            show_error(error)
    if len(uploads) > _COUNTS[-1]:
        st.caption(f"Only the first {_COUNTS[-1]} are shown.")
    return samples


@st.cache_data(max_entries=48, show_spinner=False)
def _read(file_id: str, name: str, _upload: Any) -> Sample:
    return rows.from_file(_upload.getvalue(), name)


def make_rows(
    comparison: Comparison, samples: Sequence[Sample], on_progress: Callable[[float], None] = lambda fraction: None
) -> list[Row]:
    """Colorize pictures with each network whose weights can be used.

    Args:
        comparison: the networks.
        samples: the pictures.
        on_progress: called with the fraction done, 0 to 1.
    """
    renderers: list[Callable[[Sample], Cell]] = [lambda sample: _gray(sample.key, sample)]
    for run in comparison.runs:
        renderer = partial(_network, run, comparison.labels[run.name], comparison.colors[run.name])
        with suppress(UserError):  # `offer_evaluation` shows the error.
            renderer(samples[0])
            renderers.append(renderer)
    result = []
    for number, sample in enumerate(samples):
        on_progress(number / len(samples))
        result.append(rows.make_row(sample, renderers))
    return result


def _network(run: Run, label: str, color: str, sample: Sample) -> Cell:
    return _network_cell(run.name, run.best_weights.stat().st_mtime_ns, label, color, sample.key, sample)


# Shared by all sessions. A thumbnail takes 6 kB, a photograph up to 1 MB.
@st.cache_data(max_entries=240, show_spinner=False)
def _network_cell(run: str, weights: int, label: str, color: str, key: str, _sample: Sample) -> Cell:
    return rows.network_cell(colorizer_for(run), label, color, _sample)


@st.cache_data(max_entries=60, show_spinner=False)
def _gray(key: str, _sample: Sample) -> Cell:
    return rows.gray_cell(_sample)


def show_rows(comparison: Comparison, samples: Sequence[Sample]) -> None:
    """Colorize the pictures and show them."""
    if not samples:
        return
    progress = TimedProgress("Colorizing")
    made = make_rows(comparison, samples, progress.update)
    progress.done()
    columns = tuple((cell.label, cell.color) for cell in made[0].cells)
    weights = tuple(run.best_weights.stat().st_mtime_ns for run in comparison.runs if run.best_weights.is_file())
    show_html(_html(tuple((sample.name, sample.key) for sample in samples), columns, weights, made), key="rows")


@st.cache_data(max_entries=12, show_spinner=False)
def _html(
    samples: tuple[tuple[str, str], ...], columns: tuple[Any, ...], weights: tuple[int, ...], _rows: list[Row]
) -> Markup:
    return rows.rows_html(_rows)
