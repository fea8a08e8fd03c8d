"""The form for a new training; its fields are those of `TrainingConfig`."""

import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, fields, replace
from typing import Any

import streamlit as st

from colorizer import workspace
from colorizer.datasets.dataset import dataset_names, load_dataset
from colorizer.errors import UserError
from colorizer.models.registry import IMAGENET, SCRATCH, architecture
from colorizer.runs import Run, active_runs, load_run, run_names
from colorizer.runs.config import NO_TEACHER, PRESETS, TrainingConfig, problems
from colorizer.runs.store import validate_new_name
from pages.shared.text import show_error

_ABOUT_PRESETS = {
    "fast": "Fast: good colors soon",
    "study": "Study: what the study of 2021 did, 2,000 epochs, brightness redrawn too",
}
TEMPLATE = "new-template"
"""Key of what a new training starts from: a preset, or `run:` and a run's name."""
_MAIN = ("architecture", "dataset", "epochs", "batch_size", "learning_rate", "schedule")


def new_training() -> str | None:
    """Show the form; the name of the run if one was started just now."""
    datasets = dataset_names()
    if not datasets:
        st.info("A training needs a dataset. The offline sample is ready in seconds.", icon=":material/info:")
        st.page_link("pages/prepare/page.py", label="Prepare data", icon=":material/photo_library:")
        return None
    with st.container(border=True):
        left, right = st.columns([1, 2])
        name, name_slot = left.text_input("Name", value=_free_name(), max_chars=64, key="new-name"), left.empty()
        choices = [*PRESETS, *(f"run:{other}" for other in run_names())]
        template = right.selectbox("Start from the settings of", choices, format_func=_about_template, key=TEMPLATE)
        try:
            start = _settings_of(template)
        except UserError as error:
            show_error(error)
            return None
        values, slots = _fields(start, template, datasets)
        found = problems(values)
        try:
            validate_new_name(name.strip())
        except UserError as error:
            name_slot.markdown(f":red[{error}]")
            found["name"] = str(error)
        for field_name, message in found.items():
            if field_name in slots:
                slots[field_name].markdown(f":red[{message}]")
        if found:
            st.markdown(f":red[:material/error: To be put right first: {', '.join(found).replace('_', ' ')}.]")
        fits = not found and _say_what_it_takes(TrainingConfig(**values), slots)
        waits = active_runs()
        label = "Add to queue" if waits else "Start training"
        if not st.button(label, icon=":material/play_arrow:", type="primary", disabled=not fits, key="new-start"):
            return None
        try:
            run = Run.create(name.strip(), TrainingConfig(**values))
            run.start()
            return run.name
        except UserError as error:
            show_error(error)
            return None


def _fields(start: dict[str, Any], template: str, datasets: list[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Show a field for each setting; their values, and places for messages below them."""
    values: dict[str, Any] = {}
    slots: dict[str, Any] = {}
    main = st.columns(3)
    more = st.expander("More settings", icon=":material/tune:").columns(3)
    counts = {True: 0, False: 0}
    for setting in fields(TrainingConfig):
        is_main = setting.name in _MAIN
        column = (main if is_main else more)[counts[is_main] % 3]
        counts[is_main] += 1
        about = dict(setting.metadata)
        if setting.name == "dataset":
            about["choices"] = datasets
        if setting.name == "init_from":
            about["choices"] = _starts(values["architecture"])
        if setting.name == "teacher":
            about["choices"] = [NO_TEACHER, *_usable(lambda run: True)]
        values[setting.name] = _field(
            column, setting.name, start[setting.name], about, f"new-{template}-{setting.name}"
        )
        slots[setting.name] = column.empty()
    return values, slots


def _starts(architecture_name: str) -> list[str]:
    """What a network of this architecture may start from."""
    given = [SCRATCH, IMAGENET] if architecture(architecture_name).model_class.has_pretrained_weights else [SCRATCH]
    return given + _usable(lambda run: run.config.architecture == architecture_name)


def _usable(fits: Callable[[Run], bool]) -> list[str]:
    """Names of the runs that have weights and fit."""
    found = []
    for name in run_names():
        with suppress(UserError):
            run = load_run(name)
            if fits(run) and run.best_weights.is_file():
                found.append(name)
    return found


def _field(column: Any, name: str, value: Any, about: dict[str, Any], key: str) -> Any:
    if about["choices"]:
        choices = list(about["choices"])
        index = choices.index(value) if value in choices else 0
        return column.selectbox(about["label"], choices, index=index, help=about["help"], key=key)
    if isinstance(value, bool):
        return column.toggle(about["label"], value=value, help=about["help"], key=key)
    step, form = (1, "%d") if isinstance(value, int) else (1e-4, "%.5f")
    return column.number_input(about["label"], value=value, step=step, format=form, help=about["help"], key=key)


def _say_what_it_takes(config: TrainingConfig, slots: dict[str, Any]) -> bool:
    """Time and disk of a training that could start; False with a message at the field if it could not."""
    from colorizer.training import choose_device, estimate_training, validate_fits, validate_init_from

    try:
        choose_device(config)
    except UserError as error:
        slots["device"].markdown(f":red[{error}]")
        return False
    try:
        dataset = load_dataset(config.dataset)
        validate_fits(config, dataset)
        validate_init_from(config)
    except UserError as error:
        slots[error.setting or "dataset"].markdown(f":red[{error}]")
        return False
    with st.spinner("Measuring how fast this computer trains it …"):
        # Whatever changes nothing about the speed is left out of what it is remembered by.
        plain = replace(
            config, epochs=1, learning_rate=1e-3, schedule="constant", weight_decay=0.0, seed=0, init_from=SCRATCH
        )
        speed = _speed(plain, dataset.manifest.fingerprint)
    if isinstance(speed, str):
        st.error(speed, icon=":material/error:")
        return False
    takes = estimate_training(config, dataset, speed)
    busy = [run.name for run in active_runs()]
    st.markdown(f":material/timer: {takes.sentence()}" + (f" It waits for {busy[0]} first." if busy else ""))
    free = shutil.disk_usage(workspace.root()).free
    if free < takes.disk_bytes:
        st.warning(f"Only {free / 1e6:,.0f} MB of disk are free: make room first.", icon=":material/hard_drive:")
    return True


@st.cache_data(max_entries=64, ttl=3600, show_spinner=False)
def _speed(config: TrainingConfig, fingerprint: str) -> Any:
    """The measured speed, or why there is none; `fingerprint` is that of the dataset."""
    from colorizer.training import measure_speed

    try:
        return measure_speed(config, load_dataset(config.dataset))
    except UserError as error:
        return str(error)


def _settings_of(template: str) -> dict[str, Any]:
    if template.startswith("run:"):
        return asdict(load_run(template.removeprefix("run:")).config)
    return {setting.name: setting.default for setting in fields(TrainingConfig)} | PRESETS[template]


def _about_template(template: str) -> str:
    return f"The run {template.removeprefix('run:')}" if template.startswith("run:") else _ABOUT_PRESETS[template]


def _free_name() -> str:
    names, number = set(run_names()), 1
    while f"run-{number}" in names:
        number += 1
    return f"run-{number}"
