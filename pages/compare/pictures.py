"""Rows of pictures: gray, each network's colors, and the truth where it is known."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from colorizer.comparison import rows
from colorizer.comparison.comparison import Comparison
from colorizer.comparison.rows import Cell, Row, Sample
from colorizer.comparison.rows_html import rows_html
from colorizer.comparison.selection import KINDS, RUNS_NEEDED, Selection, choose, parse_numbers
from colorizer.datasets.dataset import dataset_names, load_dataset
from colorizer.errors import UserError
from colorizer.imaging import MAX_BYTES, SUFFIXES
from colorizer.runs.store import Run
from pages.compare.view import show_html
from pages.shared.models import colorizer_for
from pages.shared.progress import TimedProgress
from pages.shared.text import plain, show_error

TEST, PHOTOGRAPHS, OWN = "Test pictures", "Photographs", "My own"
_COUNTS = (6, 12, 24)
_SEED = "seed"


def choose_samples_to_show(comparison: Comparison, errors: Mapping[str, np.ndarray]) -> list[Sample]:
    """Let people choose pictures; says what is wrong where the choice has none."""
    is_here = comparison.dataset_name in dataset_names()
    sources = [TEST, PHOTOGRAPHS, OWN] if is_here else [PHOTOGRAPHS, OWN]
    controls = st.container(horizontal=True, vertical_alignment="bottom", gap="medium")
    source = controls.segmented_control(
        "Pictures", sources, default=sources[0], required=True, key="source", bind="query-params"
    )
    if not is_here:
        st.caption(
            f"The pictures of {plain(comparison.dataset_name)} are not on this computer; prepare it to see them here."
        )
    if source == PHOTOGRAPHS:
        st.caption("Photographs that come along. Networks look at them small, and decide the color alone.")
        return list(rows.photographs())
    if source == OWN:
        return _own()
    try:
        with controls:
            choice = _choice(comparison)
        dataset = load_dataset(comparison.dataset_name)
        return rows.from_dataset(dataset, choose(choice, dataset.manifest.test, errors))
    except UserError as error:
        st.caption(f":material/info: {plain(str(error))}")
        return []


def _choice(comparison: Comparison) -> Selection:
    """Which test pictures.

    Raises:
        InputError: what is given does not suffice.
    """
    kinds = [kind for kind in KINDS if RUNS_NEEDED.get(kind, 0) <= len(comparison.runs)]
    kind = st.selectbox("Which", kinds, format_func=KINDS.__getitem__, key="which", width=250, bind="query-params")
    runs: list[str] = []
    numbers: tuple[int, ...] = ()
    for number in range(RUNS_NEEDED.get(kind, 0)):
        names = list(comparison.labels)
        # Both keep their place: with the other's left out, a choice would move under people's hands.
        runs.append(
            st.selectbox(
                ("of", "and")[number], names, index=(len(names) - 1, 0)[number], key=("of", "and")[number], width=180,
                format_func=comparison.labels.__getitem__, bind="query-params",
            )
        )  # fmt: skip
    if kind == "numbers":
        numbers = parse_numbers(st.text_input("Numbers, from 0", "0, 1, 2", key="numbers", bind="query-params"))
    if kind == "random" and st.button("Other pictures", icon=":material/shuffle:"):
        st.query_params[_SEED] = str(_seed() + 1)
    count = st.selectbox("Rows", _COUNTS, key="rows", width=90, bind="query-params")
    return Selection(kind, tuple(runs), numbers, _seed(), count)


def _seed() -> int:
    text = st.query_params.get(_SEED, "0")
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _own() -> list[Sample]:
    uploads = st.file_uploader(
        "Drop pictures here; colors they have are taken for the truth",
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
    comparison: Comparison, samples: Sequence[Sample], tell: Callable[[float], None] = lambda share: None
) -> list[Row]:
    """Color pictures with each network whose weights can be used.

    Args:
        comparison: the networks.
        samples: the pictures.
        tell: told the share that is done.
    """
    renderers: list[Callable[[Sample], Cell]] = [lambda sample: _gray(sample.key, sample)]
    for run in comparison.runs:
        make = partial(_colored, run, comparison.labels[run.name], comparison.colors[run.name])
        with suppress(UserError):  # The page says so, above.
            make(samples[0])
            renderers.append(make)
    made = []
    for number, sample in enumerate(samples):
        tell(number / len(samples))
        made.append(rows.make_row(sample, renderers))
    return made


def _colored(run: Run, label: str, color: str, sample: Sample) -> Cell:
    return _network(run.name, run.best_weights.stat().st_mtime_ns, label, color, sample.key, sample)


# What was colored before is remembered for all sessions: a thumbnail takes 6 kB, a photograph up to 1 MB.
@st.cache_data(max_entries=240, show_spinner=False)
def _network(run: str, weights: int, label: str, color: str, key: str, _subject: Sample) -> Cell:
    return rows.network_cell(colorizer_for(run), label, color, _subject)


@st.cache_data(max_entries=60, show_spinner=False)
def _gray(key: str, _subject: Sample) -> Cell:
    return rows.gray_cell(_subject)


def show_rows(comparison: Comparison, samples: Sequence[Sample]) -> None:
    """Show the rows."""
    if not samples:
        return
    progress = TimedProgress("Colorizing")
    made = make_rows(comparison, samples, progress.update)
    progress.done()
    looks = tuple((cell.label, cell.color) for cell in made[0].cells)
    weights = tuple(run.best_weights.stat().st_mtime_ns for run in comparison.runs if run.best_weights.is_file())
    show_html(_html(tuple((sample.name, sample.key) for sample in samples), looks, weights, made), key="rows")


@st.cache_data(max_entries=12, show_spinner=False)
def _html(
    samples: tuple[tuple[str, str], ...], looks: tuple[Any, ...], weights: tuple[int, ...], _rows: list[Row]
) -> str:
    return rows_html(_rows)
