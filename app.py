"""The app: page settings and navigation. Start it with `make app`."""

import streamlit as st

st.set_page_config(page_title="Colorizer", page_icon=":material/palette:", layout="wide")

st.navigation(
    [
        st.Page("pages/home/page.py", title="Home", icon=":material/home:", default=True),
        st.Page("pages/colorize/page.py", title="Colorize", icon=":material/palette:", url_path="colorize"),
        st.Page("pages/prepare/page.py", title="Prepare data", icon=":material/photo_library:", url_path="prepare"),
        st.Page("pages/train/page.py", title="Train", icon=":material/model_training:", url_path="train"),
        st.Page("pages/compare/page.py", title="Compare", icon=":material/compare:", url_path="compare"),
    ],
    position="top",
).run()
