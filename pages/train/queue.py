"""The queue: the runs that wait, in order."""

import contextlib

import streamlit as st

from colorizer.errors import UserError
from colorizer.runs import queued_runs
from pages.shared.labels import label
from pages.shared.text import plain


def show_queue() -> None:
    """Show the queued runs, if any, each with buttons to move or remove it."""
    queue = queued_runs()
    if not queue:
        return
    with st.container(border=True):
        st.markdown(":material/hourglass_top: **Queue**")
        for place, run in enumerate(queue):
            with st.container(horizontal=True, vertical_alignment="center"):
                facts = f"{label(run.config.architecture)} on {plain(run.config.dataset)}"
                st.markdown(f"{place + 1}. **{plain(run.name)}** · {facts}")
                up = st.button(
                    "", icon=":material/arrow_upward:", key=f"up-{run.name}", help=f"Move {run.name} up",
                    disabled=place == 0,
                )  # fmt: skip
                down = st.button(
                    "", icon=":material/arrow_downward:", key=f"down-{run.name}", help=f"Move {run.name} down",
                    disabled=place == len(queue) - 1,
                )  # fmt: skip
                remove = st.button("Remove", icon=":material/close:", key=f"remove-{run.name}")
            if up or down or remove:
                # It may have just started, or another tab was faster: then the page shows that.
                with contextlib.suppress(UserError):
                    run.stop() if remove else run.move(-1 if up else 1)
                st.rerun()
