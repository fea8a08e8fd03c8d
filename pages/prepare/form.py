"""The form for a new dataset: its sources, options, and size on disk."""

import re
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import streamlit as st

from colorizer import files, workspace
from colorizer.datasets import dataset_names
from colorizer.datasets.prepare import PrepareConfig, list_preparations, start_preparation
from colorizer.datasets.prepare.estimate import estimate
from colorizer.datasets.sources import ARCHIVE_SUFFIXES, NAMED_SOURCES, Survey, identify_archive, open_source
from colorizer.errors import InputError, UserError
from colorizer.text import count, file_size, unquote
from pages.shared.labels import label
from pages.shared.text import plain, show_error

_READY_MADE = {
    "sample": "Offline sample: 2,400 crops of six photographs",
    "cifar10": "CIFAR-10: 60,000 images, 170 MB download",
    "cifar100": "CIFAR-100: 60,000 images, 169 MB download",
}
_CLEANING = ("skip_unreadable", "drop_grayscale", "drop_duplicates", "drop_leaks")
_SPLITTING = ("split", "test_fraction", "seed", "images")
_NAME, _PROPOSED = "new-dataset-name", "proposed-dataset-name"
_MAX_PROBLEMS = 5


def show_form(first: bool) -> None:
    """Show the form.

    Args:
        first: whether there is no dataset yet, so that the sample is selected at the start.
    """
    ready_made = st.pills(
        "Ready-made", NAMED_SOURCES, selection_mode="multi", default=["sample"] if first else [],
        format_func=_READY_MADE.__getitem__,
    )  # fmt: skip
    left, right = st.columns(2, gap="large")
    text = left.text_area(
        "Folders or archives on this computer, one per line",
        placeholder="/home/me/cifar10\n/home/me/Linnaeus 5 32X32.rar",
        help="Images may be in train/<class>/, in <class>/, or in any other folders below.",
        height=118,
    )
    uploads = right.file_uploader(
        "Or drop archives", type=list(ARCHIVE_SUFFIXES), accept_multiple_files=True, help="ZIP, TAR, and RAR files."
    )
    sources = [*ready_made, *parse_paths(text)]
    surveys, problems = _survey_all(sources, uploads)
    for problem in problems[:_MAX_PROBLEMS]:
        st.markdown(f":red[:material/error: {plain(problem)}]")

    one, two, three = st.columns(3)
    _propose_name([*sources, *(upload.name for upload in uploads)])
    name = one.text_input("Name", key=_NAME, max_chars=64, help="The name of its folder in data/.").strip()
    name_problem = _find_name_problem(name)
    if name_problem:
        one.markdown(f":red[{plain(name_problem)}]")
    values = {"size": _field(two, "size"), "resize_mode": _field(three, "resize_mode")}
    with st.expander("Cleaning and splitting", icon=":material/tune:"):
        cleaning, splitting = st.columns(2, gap="large")
        values |= {key: _field(cleaning, key) for key in _CLEANING}
        cleaning.caption("Anything not removed is still counted and shown with examples.")
        values |= {key: _field(splitting, key) for key in _SPLITTING}

    config = None if name_problem else PrepareConfig(tuple(sources), name, **values)
    if config:
        _show_size(surveys, config)
    to_fix = [label for label, is_bad in (("sources", problems), ("name", name_problem)) if is_bad]
    if to_fix:
        st.markdown(f":red[:material/error: Please fix: {', '.join(to_fix)}]")
    elif not surveys:
        st.caption("Choose at least one source: a ready-made dataset, a folder, or an archive.")
    # Never disabled: the click that ends typing in a field would be lost.
    if st.button("Prepare", icon=":material/play_arrow:", type="primary") and config:
        try:
            start_preparation(config, [(upload.name, upload) for upload in uploads])
        except UserError as error:
            show_error(error)
        else:
            del st.session_state[_NAME]
            st.rerun()


def parse_paths(text: str) -> list[str]:
    """Return the paths of a text, one per line. Quotation marks around a path are removed."""
    return [path for path in map(unquote, text.splitlines()) if path]


def _field(place: Any, name: str) -> Any:
    item = next(item for item in fields(PrepareConfig) if item.name == name)
    about, key, value = item.metadata, f"new-{name}", item.default
    if about["choices"]:
        return place.selectbox(about["label"], about["choices"], format_func=label, help=about["help"], key=key)
    if isinstance(value, bool):
        return place.toggle(about["label"], value=value, help=about["help"], key=key)
    kind = int if item.type is int else float
    step = 1 if kind is int else 0.05
    low, high = kind(about["low"]), kind(about["high"])
    return place.number_input(about["label"], low, high, kind(value), step=step, help=about["help"], key=key)  # type: ignore[arg-type]


def _propose_name(sources: list[str]) -> None:
    """Name the dataset after its first source, until the user changes the name."""
    proposed = propose_name(sources[0] if sources else "", _taken_names())
    if st.session_state.get(_NAME) in (None, st.session_state.get(_PROPOSED)):
        st.session_state[_NAME] = proposed
    st.session_state[_PROPOSED] = proposed


def propose_name(source: str, taken: set[str]) -> str:
    """Return a valid, free name for a dataset made from a source."""
    stem = source.replace("\\", "/").rstrip("/").rpartition("/")[2]
    stem = re.sub(r"(\.(tar|zip|rar|tgz|gz|bz2|xz))+$", "", stem, flags=re.IGNORECASE)
    base = re.sub(r"[^A-Za-z0-9._-]+", "-", stem).strip("._-")[:50].rstrip("._-") or "dataset"
    number, name = 2, base
    while name in taken:
        name, number = f"{base}-{number}", number + 1
    return name


def _taken_names() -> set[str]:
    return {*dataset_names(), *(preparation.name for preparation in list_preparations())}


def _find_name_problem(name: str) -> str:
    try:
        workspace.validate_name(name, "dataset")
    except InputError as error:
        return str(error)
    return f"There is already a dataset {name!r}: choose another name." if name in _taken_names() else ""


def _survey_all(sources: list[str], uploads: list[Any]) -> tuple[dict[str, Survey], list[str]]:
    """Return what each source holds, by its label, and the problems of those that cannot be used."""
    surveys, problems = {}, []
    calls: list[tuple[str, Callable[[], Survey]]] = [
        *((source, lambda source=source: _survey(source, _version(source))) for source in sources),
        *((item.name, lambda item=item: _survey_upload(item, item.file_id, item.name)) for item in uploads),
    ]
    for source, survey in calls:
        try:
            surveys[source] = survey()
        except UserError as error:
            problems.append(str(error))
    return surveys, problems


def _show_size(surveys: dict[str, Survey], config: PrepareConfig) -> None:
    """Show how many images there are and how much disk space they take."""
    if not surveys:
        return
    total = sum(survey.files for survey in surveys.values())
    unpacked = sum(survey.unpacked for survey in surveys.values())
    needed = estimate(total, unpacked, config, workspace.data_folder())
    parts = f"{file_size(needed.packed)} packed"
    if needed.images:
        parts += f" and {file_size(needed.images)} as PNG files"
    listed = ", ".join(f"{plain(Path(label).name)} {survey.files:,}" for label, survey in surveys.items())
    st.caption(
        f":material/photo_library: **{count(total, 'image')}** ({listed}) · :material/hard_drive: **{parts}**, "
        f"{file_size(needed.peak)} while the dataset is made, {file_size(needed.free)} free"
    )
    ignored = [f"{plain(Path(label).name)}: {plain(text)}" for label, survey in surveys.items()
               if (text := survey.describe_ignored())]  # fmt: skip
    if ignored:
        st.caption(f":material/visibility_off: Ignored in {'; in '.join(ignored)}")
    if not needed.fits:
        st.warning(
            "There is not enough disk space: choose a smaller image size, or do not write PNG files.",
            icon=":material/warning:",
        )


def _version(source: str) -> str:
    try:
        return files.stamp(Path(source).expanduser())
    except (OSError, RuntimeError, ValueError):
        return ""


@st.cache_data(max_entries=32, ttl=60, show_spinner="Counting images …")
def _survey(source: str, version: str) -> Survey:
    return open_source(source).survey()


@st.cache_data(max_entries=32, show_spinner="Counting images …")
def _survey_upload(_file: Any, file_id: str, name: str) -> Survey:
    return identify_archive(_file, name, Path(name)).survey(_file)
