"""The form for a new run; its fields are those of `TrainingConfig`."""

import shutil
from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from typing import Any

import streamlit as st

from colorizer import workspace
from colorizer.datasets.dataset import dataset_names, load_dataset
from colorizer.errors import UserError
from colorizer.models.registry import IMAGENET, SCRATCH, architecture
from colorizer.runs import Run, active_runs, load_run, load_runs, run_names
from colorizer.runs.config import NO_TEACHER, PRESETS, TrainingConfig, problems
from colorizer.runs.store import validate_new_name
from colorizer.text import file_size
from pages.shared.labels import label
from pages.shared.text import plain, show_error

_PRESETS = {
    "fast": "Fast: good colors in a few epochs",
    "study": "Study: settings of the 2021 study, 2,000 epochs, predicts brightness too",
}
TEMPLATE = "new-template"
"""Key of the template of a new run: a preset, or `run:` and a run's name."""
FORM_OPEN = "new-open"
"""Key of whether the form is open."""
_MAIN = ("architecture", "dataset", "epochs", "batch_size", "learning_rate", "schedule")


def show_form() -> str | None:
    """Show the form; return the name of the run if one was just started."""
    datasets = dataset_names()
    if not datasets:
        st.info("Training needs a dataset. The offline sample takes seconds to prepare.", icon=":material/info:")
        st.page_link("pages/prepare/page.py", label="Prepare data", icon=":material/photo_library:")
        return None
    with st.container(border=True):
        left, right = st.columns([1, 2])
        name, name_slot = left.text_input("Name", value=_free_name(), max_chars=64, key="new-name"), left.empty()
        choices = [*PRESETS, *(f"run:{other}" for other in run_names())]
        template = right.selectbox("Settings from", choices, format_func=_template_label, key=TEMPLATE)
        try:
            defaults = _template_settings(template)
        except UserError as error:
            show_error(error)
            return None
        values, slots = _show_fields(defaults, template, datasets)
        found = problems(values)
        try:
            validate_new_name(name.strip())
        except UserError as error:
            name_slot.markdown(f":red[{plain(str(error))}]")
            found["name"] = str(error)
        for field_name, message in found.items():
            if field_name in slots:
                slots[field_name].markdown(f":red[{plain(message)}]")
        if found:
            st.markdown(f":red[:material/error: Please fix: {', '.join(_setting_label(name) for name in found)}.]")
        is_valid = not found and _show_estimate(TrainingConfig(**values), slots)
        action = "Add to queue" if active_runs() else "Start training"
        if not st.button(action, icon=":material/play_arrow:", type="primary", disabled=not is_valid, key="new-start"):
            return None
        try:
            run = Run.create(name.strip(), TrainingConfig(**values))
            run.start()
            return run.name
        except UserError as error:
            show_error(error)
            return None


def _show_fields(defaults: dict[str, Any], template: str, datasets: list[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Show a field for each setting; return their values, and placeholders for messages below them."""
    values: dict[str, Any] = {}
    slots: dict[str, Any] = {}
    main, more = st.container(), st.expander("More settings", icon=":material/tune:")
    # Rows of three, which phones show in the same order.
    settings = sorted(fields(TrainingConfig), key=lambda setting: setting.name not in _MAIN)
    row: Sequence[Any] = ()
    for number, setting in enumerate(settings):
        if number % 3 == 0:
            row = (main if setting.name in _MAIN else more).columns(3)
        column = row[number % 3]
        metadata = dict(setting.metadata)
        if setting.name == "dataset":
            metadata["choices"] = datasets
        if setting.name == "init_from":
            metadata["choices"] = _initial_weights(values["architecture"])
        if setting.name == "teacher":
            metadata["choices"] = [NO_TEACHER, *_runs_with_weights()]
        values[setting.name] = _show_field(column, defaults[setting.name], metadata, f"new-{template}-{setting.name}")
        slots[setting.name] = column.empty()
    return values, slots


def _initial_weights(architecture_name: str) -> list[str]:
    """Return what a network of this architecture can be initialized from."""
    has_pretrained = architecture(architecture_name).model_class.has_pretrained_weights
    return [SCRATCH, *([IMAGENET] if has_pretrained else []), *_runs_with_weights(architecture_name)]


def _runs_with_weights(architecture_name: str = "") -> list[str]:
    """Return the names of the runs that have weights, of one architecture or of any."""
    return [
        run.name
        for run in load_runs()[0]
        if run.best_weights.is_file() and architecture_name in ("", run.config.architecture)
    ]


def _show_field(column: Any, value: Any, metadata: dict[str, Any], key: str) -> Any:
    name, help = metadata["label"], metadata["help"]
    if metadata["choices"]:
        choices = list(metadata["choices"])
        index = choices.index(value) if value in choices else 0
        return column.selectbox(name, choices, index=index, format_func=label, help=help, key=key)
    if isinstance(value, bool):
        return column.toggle(name, value=value, help=help, key=key)
    step, form = (1, "%d") if isinstance(value, int) else (1e-4, "%.5f")
    return column.number_input(name, value=value, step=step, format=form, help=help, key=key)


def _setting_label(name: str) -> str:
    return next((item.metadata["label"] for item in fields(TrainingConfig) if item.name == name), "Name")


def _show_estimate(config: TrainingConfig, slots: dict[str, Any]) -> bool:
    """Show the time and disk space that a run will take; if it cannot start, show why at the field and return False."""
    from colorizer.training import choose_device, estimate_training, validate_fits, validate_init_from

    try:
        choose_device(config)
    except UserError as error:
        slots["device"].markdown(f":red[{plain(str(error))}]")
        return False
    try:
        dataset = load_dataset(config.dataset)
        validate_fits(config, dataset)
        validate_init_from(config)
    except UserError as error:
        slots[error.setting or "dataset"].markdown(f":red[{plain(str(error))}]")
        return False
    with st.spinner("Measuring the training speed of this computer …"):
        # Settings that do not change the speed are not part of the cache key.
        key = replace(
            config, epochs=1, learning_rate=1e-3, schedule="constant", weight_decay=0.0, seed=0, init_from=SCRATCH
        )
        speed = _speed(key, dataset.manifest.fingerprint)
    if isinstance(speed, str):
        st.error(speed, icon=":material/error:")
        return False
    needed = estimate_training(config, dataset, speed)
    active = [run.name for run in active_runs()]
    st.markdown(f":material/timer: {needed.sentence()}" + (f" It starts after {plain(active[0])}." if active else ""))
    free = shutil.disk_usage(workspace.root()).free
    if free < needed.disk_bytes:
        st.warning(f"Only {file_size(free)} of disk space is free.", icon=":material/hard_drive:")
    return True


@st.cache_data(max_entries=64, ttl=3600, show_spinner=False)
def _speed(config: TrainingConfig, fingerprint: str) -> Any:
    """Return the measured speed, or an error message. The fingerprint of the dataset is part of the cache key."""
    from colorizer.training import measure_speed

    try:
        return measure_speed(config, load_dataset(config.dataset))
    except UserError as error:
        return str(error)


def _template_settings(template: str) -> dict[str, Any]:
    if template.startswith("run:"):
        return asdict(load_run(template.removeprefix("run:")).config)
    return {setting.name: setting.default for setting in fields(TrainingConfig)} | PRESETS[template]


def _template_label(template: str) -> str:
    return f"Run {template.removeprefix('run:')}" if template.startswith("run:") else _PRESETS[template]


def _free_name() -> str:
    names, number = set(run_names()), 1
    while f"run-{number}" in names:
        number += 1
    return f"run-{number}"
