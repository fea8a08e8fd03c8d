"""Make datasets, watch them being made, and look at those there are."""

import streamlit as st

from colorizer.datasets.dataset import dataset_names, load_dataset
from colorizer.errors import UserError
from pages.prepare.comparison import compare_two
from pages.prepare.form import new_dataset
from pages.prepare.progress import show_preparations
from pages.prepare.view import show_dataset
from pages.shared.text import show_error

_VIEW, _CHOSEN = "prepare-view", "chosen-dataset"
_LOOK, _NEW, _COMPARE = "Datasets", "New dataset", "Compare two"


def main() -> None:
    st.title("Prepare data")
    finished = show_preparations()
    names = dataset_names()
    if finished:
        st.session_state[_VIEW], st.session_state[_CHOSEN] = _LOOK, finished
    if not names:
        st.info(
            "A dataset is a pile of color pictures made equal in size. The offline sample is ready in seconds.",
            icon=":material/info:",
        )
        new_dataset(first=True)
        return
    views = [_LOOK, _NEW] + ([_COMPARE] if len(names) > 1 else [])
    view = st.segmented_control("View", views, key=_VIEW, default=_LOOK, label_visibility="collapsed") or _LOOK
    if view == _NEW:
        new_dataset(first=False)
    elif view == _COMPARE:
        compare_two(names)
    else:
        if st.session_state.get(_CHOSEN) not in names:
            st.session_state.pop(_CHOSEN, None)
        name = st.selectbox("Dataset", names, key=_CHOSEN)
        try:
            show_dataset(load_dataset(name))
        except UserError as error:
            show_error(error)


main()
