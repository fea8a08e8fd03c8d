"""The queue: which runs wait, in which order."""

import contextlib

import streamlit as st

from colorizer.errors import UserError
from colorizer.runs import queued_runs


def show_queue() -> None:
    """Show the waiting runs, if any, each with buttons to move it or take it out."""
    waiting = queued_runs()
    if not waiting:
        return
    with st.container(border=True):
        st.markdown(":material/hourglass_top: **Waiting for their turn**")
        for place, run in enumerate(waiting):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"{place + 1}. **{run.name}** · {run.config.architecture} on {run.config.dataset}")
                up = st.button(
                    "", icon=":material/arrow_upward:", key=f"up-{run.name}", help=f"Let {run.name} go earlier",
                    disabled=place == 0,
                )  # fmt: skip
                down = st.button(
                    "", icon=":material/arrow_downward:", key=f"down-{run.name}", help=f"Let {run.name} go later",
                    disabled=place == len(waiting) - 1,
                )  # fmt: skip
                out = st.button("Cancel", icon=":material/close:", key=f"cancel-{run.name}")
            if up or down or out:
                # It may have just started, or another window was quicker: then the page shows what is.
                with contextlib.suppress(UserError):
                    run.stop() if out else run.move(-1 if up else 1)
                st.rerun()
