"""The form for a new training; its fields are those of `TrainingConfig`."""

from dataclasses import fields
from typing import Any

import streamlit as st

from colorizer.datasets.dataset import dataset_names, load_dataset
from colorizer.errors import InputError
from colorizer.runs import launcher
from colorizer.runs.store import run_names
from colorizer.training.config import PRESETS, TrainingConfig, from_preset

_ABOUT_PRESETS = {
    "fast": "good colours soon",
    "study": "what the 2021 study did: 2,000 epochs at a constant rate, brightness redrawn too",
}


def new_training(expanded: bool) -> str | None:
    """Show the form; the name of the run if one was started just now."""
    with st.expander("New training", icon=":material/add:", expanded=expanded):
        datasets = dataset_names()
        if not datasets:
            st.info("A training needs a dataset. The offline sample is ready in seconds.", icon=":material/info:")
            st.page_link("pages/prepare/page.py", label="Prepare data", icon=":material/photo_library:")
            return None
        preset = st.segmented_control(
            "Preset", list(PRESETS), default="fast", format_func=lambda name: f"{name}: {_ABOUT_PRESETS[name]}"
        )
        preset = preset or "fast"
        start = {setting.name: setting.default for setting in fields(TrainingConfig)} | PRESETS[preset]
        with st.form("new-training"):
            values: dict[str, Any] = {}
            columns = st.columns(3)
            name = columns[0].text_input("Name", value=_free_name(), max_chars=64, help="The folder in checkpoints/.")
            values["architecture"] = _field(columns[1], "architecture", start, preset)
            values["dataset"] = columns[2].selectbox("Dataset", datasets, help=_about("dataset")["help"])
            others = [key for key in start if key not in values]
            for number, key in enumerate(others):
                values[key] = _field(columns[number % 3], key, start, preset)
            submitted = st.form_submit_button("Start training", icon=":material/play_arrow:", type="primary")
        if not submitted:
            return None
        try:
            from colorizer.training.learner import check_fits, choose_device

            config = from_preset(preset, **values)
            check_fits(config, load_dataset(config.dataset))
            choose_device(config)
            return launcher.start(name.strip(), config).name
        except InputError as error:
            st.error(str(error), icon=":material/error:")
            return None


def _about(name: str) -> Any:
    return next(setting.metadata for setting in fields(TrainingConfig) if setting.name == name)


def _field(column: Any, name: str, start: dict[str, Any], preset: str) -> Any:
    about, value, key = _about(name), start[name], f"new-{preset}-{name}"
    if about["choices"]:
        return column.selectbox(
            about["label"], about["choices"], index=about["choices"].index(value), help=about["help"], key=key
        )
    if isinstance(value, bool):
        return column.toggle(about["label"], value=value, help=about["help"], key=key)
    if isinstance(value, int):
        return int(column.number_input(about["label"], value=value, step=1, help=about["help"], key=key))
    return float(
        column.number_input(about["label"], value=value, step=1e-4, format="%.5f", help=about["help"], key=key)
    )


def _free_name() -> str:
    names, number = set(run_names()), 1
    while f"run-{number}" in names:
        number += 1
    return f"run-{number}"
