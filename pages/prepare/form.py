"""The form for a new dataset: where from, how, and how large it will be."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import streamlit as st

from colorizer import workspace
from colorizer.datasets.dataset import dataset_names
from colorizer.datasets.prepare import launcher
from colorizer.datasets.prepare.config import PrepareConfig
from colorizer.datasets.prepare.estimate import Survey, estimate, survey
from colorizer.datasets.sources import ARCHIVES, WORDS, identify, open_source
from colorizer.datasets.sources.base import stamp
from colorizer.errors import UserError
from colorizer.text import file_size
from pages.shared.text import plain, show_error

_READY = {
    "sample": "Offline sample: 2,400 crops of six photographs",
    "cifar10": "CIFAR-10: 60,000 pictures, fetched (170 MB)",
    "cifar100": "CIFAR-100: 60,000 pictures, fetched (169 MB)",
}
_CLEANING = ("skip_unreadable", "drop_gray", "drop_duplicates", "drop_leaks")
_SPLITTING = ("split", "test_share", "seed")
_MOST_ERRORS = 5


def new_dataset(first: bool) -> None:
    """Show the form.

    Args:
        first: there is no dataset yet, so the sample is chosen from the start.
    """
    ready = st.pills(
        "Ready-made", WORDS, selection_mode="multi", default=["sample"] if first else [], format_func=_READY.__getitem__
    )
    left, right = st.columns(2, gap="large")
    typed = left.text_area(
        "Folders or archives on this computer, one per line",
        placeholder="/home/me/cifar10\n/home/me/Linnaeus 5 32X32.rar",
        help="Pictures may lie in train/<class>/, in <class>/, or anywhere below. All are taken.",
        height=118,
    )
    uploads = right.file_uploader(
        "Or drop archives", type=list(ARCHIVES), accept_multiple_files=True, help="ZIP, TAR and RAR files."
    )
    values: dict[str, Any] = {}
    one, two, three = st.columns(3)
    name = one.text_input("Name", value=_free_name("sample" if first else "dataset"), max_chars=64,
                          help="The folder in data/.")  # fmt: skip
    values["size"] = _field(two, "size")
    values["sizes"] = _field(three, "sizes")
    with st.expander("Cleaning and splitting", icon=":material/tune:"):
        cleaning, splitting = st.columns(2, gap="large")
        for key in _CLEANING:
            values[key] = _field(cleaning, key)
        cleaning.caption("What is not left out is counted all the same and shown with examples.")
        for key in _SPLITTING:
            values[key] = _field(splitting, key)
        values["flat_images"] = _field(splitting, "flat_images")
    specifications = [*ready, *(line.strip() for line in typed.splitlines() if line.strip())]
    _tell_size(specifications, uploads, name, values)
    if st.button("Prepare", icon=":material/play_arrow:", type="primary"):
        try:
            config = PrepareConfig(tuple(specifications), name.strip(), **values)
            launcher.start(config, [(upload.name, upload) for upload in uploads])
        except UserError as error:
            show_error(error)
        else:
            st.rerun()


def _field(place: Any, name: str) -> Any:
    setting = next(item for item in fields(PrepareConfig) if item.name == name)
    about, key = setting.metadata, f"new-{name}"
    value: Any = setting.default
    if about["choices"]:
        return place.selectbox(about["label"], about["choices"], help=about["help"], key=key)
    if isinstance(value, bool):
        return place.toggle(about["label"], value=value, help=about["help"], key=key)
    low, high = (type(value)(limit) for limit in (about["low"], about["high"]))
    step = 1 if isinstance(value, int) else 0.05
    return place.number_input(about["label"], low, high, value, step=step, help=about["help"], key=key)


def _free_name(base: str) -> str:
    taken, number, name = set(dataset_names()), 2, base
    while name in taken:
        name, number = f"{base}-{number}", number + 1
    return name


def _tell_size(specifications: list[str], uploads: list[Any], name: str, values: dict[str, Any]) -> None:
    """What was chosen, how many pictures it holds and how much disk they will take."""
    found, problems = [], []
    for specification in specifications:
        try:
            found.append(_survey(specification, _version(specification)))
        except UserError as error:
            problems.append(str(error))
    for upload in uploads:
        try:
            found.append(_survey_upload(upload, upload.file_id, upload.name))
        except UserError as error:
            problems.append(str(error))
    for problem in problems[:_MOST_ERRORS]:
        st.warning(plain(problem), icon=":material/warning:")
    if not found:
        return
    try:
        config = PrepareConfig(tuple(specifications), name.strip() or "new", **values)
    except UserError:
        return
    files = sum(item.files for item in found)
    needed = estimate(files, sum(item.expanded for item in found), config, workspace.data_folder())
    parts = f"{file_size(needed.packed)} packed"
    if needed.images:
        parts += f" and {file_size(needed.images)} as PNG files"
    listed = ", ".join(f"{plain(item.label)} {item.files:,}" for item in found)
    st.caption(
        f":material/photo_library: **{files:,} pictures** ({listed}) · :material/hard_drive: **{parts}**, "
        f"{file_size(needed.most)} while it is made, {file_size(needed.free)} free"
    )
    if needed.most > needed.free:
        st.warning(
            "That is more than there is room for: choose a smaller size or leave out the flat folder.",
            icon=":material/warning:",
        )


def _version(specification: str) -> str:
    try:
        return stamp(Path(specification).expanduser())
    except OSError:
        return ""


@st.cache_data(max_entries=32, ttl=60, show_spinner="Counting pictures …")
def _survey(specification: str, version: str) -> Survey:
    return survey(open_source(specification))


@st.cache_data(max_entries=32, show_spinner="Counting pictures …")
def _survey_upload(_file: Any, file_id: str, name: str) -> Survey:
    return survey(identify(_file, name, Path(name)), _file)
