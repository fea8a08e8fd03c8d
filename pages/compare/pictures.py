"""Rows of pictures: gray, each network's colours, and the truth where it is known."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from colorizer import images, metrics
from colorizer.datasets.dataset import dataset_names, load_dataset
from colorizer.datasets.sample import PHOTOGRAPHS, load
from colorizer.errors import InputError
from colorizer.inference import Colorizer, to_gray
from colorizer.models.registry import architecture
from colorizer.runs.store import Run
from pages.shared.models import colorizer_for
from pages.shared.pictures import enlarged, shown
from pages.shared.time_left import TimedProgress

BUNDLED = "photographs that come along"
OWN = "my own pictures"
_ROWS = 6
_SHOWN_SIDE = 480
_THUMBNAIL = 64
# Side by side is the point of this page, so the columns get narrow on a phone rather than move below each other.
_NARROW = "<style>.st-key-picture-rows [data-testid=stColumn] { min-width: 0; flex: 1 1 0; }</style>"


@dataclass(frozen=True)
class _Subject:
    name: str
    pixels: np.ndarray
    has_truth: bool


def picture_rows(runs: list[Run]) -> None:
    """Let people choose pictures and show them through each run."""
    source = st.selectbox("Pictures from", [BUNDLED, OWN, *(f"dataset {name}" for name in dataset_names())])
    try:
        subjects = _subjects(source)
        colorizers = {run.name: colorizer_for(run.name) for run in runs}
    except InputError as error:
        st.error(str(error), icon=":material/error:")
        return
    progress = TimedProgress("Colorizing")
    titles = [architecture(run.config.architecture).title for run in runs]
    labels = [
        run.name if title.replace("-", "").lower() == run.name else f"{run.name} ({title})"
        for run, title in zip(runs, titles, strict=True)
    ]
    st.html(_NARROW)
    with st.container(key="picture-rows"):
        for number, subject in enumerate(subjects):
            progress.update(number / len(subjects))
            _row(subject, colorizers, labels)
    progress.done()
    if any(subject.has_truth for subject in subjects):
        st.caption("Figures are each picture's PSNR against the truth: higher is closer. It rewards dull colours.")


def _row(subject: _Subject, colorizers: dict[str, Colorizer], labels: list[str]) -> None:
    gray = to_gray(subject.pixels)
    cells = [("gray", gray)]
    cells += [(label, colorizer(gray)) for label, colorizer in zip(labels, colorizers.values(), strict=True)]
    if subject.has_truth:
        cells.append(("truth", subject.pixels))
    for column, (label, pixels) in zip(st.columns(len(cells), gap="small", wrap=False), cells, strict=True):
        caption = label
        if subject.has_truth and label != "truth":
            caption += f" · {metrics.psnr_of(subject.pixels, pixels):.1f} dB"
        data = enlarged(pixels, 192) if max(pixels.shape) <= _THUMBNAIL else shown(pixels, _SHOWN_SIDE)
        column.image(data, caption=caption, width="stretch", alt=f"{subject.name}, {label}")


def _subjects(source: str) -> list[_Subject]:
    if source == BUNDLED:
        chosen = PHOTOGRAPHS[:_ROWS]
        return [_Subject(photograph.name, _small(load(photograph).pixels), True) for photograph in chosen]
    if source == OWN:
        uploads = st.file_uploader(
            "Drop pictures here; colours they have are taken for the truth",
            type=[suffix.lstrip(".") for suffix in images.SUFFIXES],
            accept_multiple_files=True,
            max_upload_size=images.MAX_BYTES // 2**20,
        )
        subjects = []
        for upload in uploads[:_ROWS]:
            try:
                picture = images.decode(upload.getvalue(), upload.name)
            except InputError as error:
                st.error(str(error), icon=":material/error:")
                continue
            subjects.append(_Subject(upload.name, _small(picture.pixels), not images.is_gray(picture)))
        if len(uploads) > _ROWS:
            st.caption(f"Only the first {_ROWS} are shown.")
        return subjects
    return _from_dataset(source.removeprefix("dataset "))


def _from_dataset(name: str) -> list[_Subject]:
    pixels = load_dataset(name).images("test")
    controls = st.columns([1, 3], vertical_alignment="bottom")
    if controls[0].button("Other pictures", icon=":material/shuffle:"):
        st.session_state["shuffle"] = st.session_state.get("shuffle", 0) + 1
    random = np.random.default_rng(st.session_state.get("shuffle", 0))
    rows = random.choice(len(pixels), size=min(_ROWS, len(pixels)), replace=False)
    return [_Subject(f"{name} test picture {row}", np.array(pixels[row]), True) for row in rows]


def _small(pixels: np.ndarray) -> np.ndarray:
    """At most as large as the page shows it, so that six rows take moments."""
    picture = images.Picture(pixels)
    return images.fit(picture, _SHOWN_SIDE).pixels
