"""The app: page settings and navigation. Start it with `make app`."""

import os
from pathlib import Path

import streamlit as st

from colorizer import workspace
from colorizer.errors import UserError
from colorizer.text import escape_markdown

# The app's data and runs are beside it, wherever it is started from.
os.environ.setdefault("COLORIZER_HOME", str(Path(__file__).parent))
# PyTorch's threads sleep while they wait: those that spin slow the browser down, and a picture comes later on 2 cores.
os.environ.setdefault("GOMP_SPINCOUNT", "0")
SHARED = Path(__file__).parent / "pages" / "shared"
# Icons by name would be fetched from the internet for the browser's tab.
st.set_page_config(page_icon=str(SHARED / "icon.png"), layout="wide")
st.html(SHARED / "style.css")

page = st.navigation(
    [
        st.Page("pages/home/page.py", title="Home", icon=":material/home:", default=True),
        st.Page("pages/colorize/page.py", title="Colorize", icon=":material/palette:", url_path="colorize"),
        st.Page("pages/prepare/page.py", title="Prepare data", icon=":material/photo_library:", url_path="prepare"),
        st.Page("pages/train/page.py", title="Train", icon=":material/model_training:", url_path="train"),
        st.Page("pages/compare/page.py", title="Compare", icon=":material/compare:", url_path="compare"),
    ],
    position="top",
)
# Train shows the progress of its run in the title. Worker processes may import this file, where there is no app.
if st.runtime.exists() and page.url_path != "train":
    st.set_page_config(page_title=f"{page.title} · Colorizer")
try:
    workspace.data_folder(), workspace.checkpoints_folder()
except UserError as error:  # Nothing works without them.
    st.error(escape_markdown(str(error)))
    st.stop()
page.run()
