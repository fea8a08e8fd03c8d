"""Prepare datasets, follow their progress, and explore them."""

import streamlit as st

from colorizer.datasets import dataset_names, load_dataset
from colorizer.errors import UserError
from pages.prepare.comparison import compare_datasets
from pages.prepare.form import show_form
from pages.prepare.progress import show_preparations
from pages.prepare.view import show_dataset
from pages.shared.text import show_error

_VIEW, _CHOSEN = "prepare-view", "chosen-dataset"
_DATASETS, _NEW, _COMPARE = "Datasets", "New dataset", "Compare two"


def main() -> None:
    st.title("Prepare data", anchor=False)
    finished = show_preparations()
    names = dataset_names()
    if finished:
        st.session_state[_VIEW], st.session_state[_CHOSEN] = _DATASETS, finished
    if not names:
        st.info(
            "A dataset is a collection of color images of equal size. The offline sample is ready in seconds.",
            icon=":material/info:",
        )
        show_form(first=True)
        return
    views = [_DATASETS, _NEW] + ([_COMPARE] if len(names) > 1 else [])
    if st.session_state.get(_VIEW) not in views:
        st.session_state[_VIEW] = _DATASETS
    view = st.segmented_control("View", views, key=_VIEW, label_visibility="collapsed") or _DATASETS
    if view == _NEW:
        show_form(first=False)
    elif view == _COMPARE:
        compare_datasets(names)
    else:
        if st.session_state.get(_CHOSEN) not in names:
            st.session_state.pop(_CHOSEN, None)
        name = st.selectbox("Dataset", names, key=_CHOSEN)
        try:
            show_dataset(load_dataset(name))
        except UserError as error:
            show_error(error)


main()
