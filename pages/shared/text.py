"""Untrusted text on a page."""

import streamlit as st

from colorizer.errors import UserError
from colorizer.text import escape_markdown


def show_error(error: UserError) -> None:
    """Show an error message."""
    st.error(plain(str(error)), icon=":material/error:")


def plain(text: str) -> str:
    """Escape text, such as a file name, so that Markdown shows it as it is."""
    return escape_markdown(text)
