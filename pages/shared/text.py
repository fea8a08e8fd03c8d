"""Untrusted text on a page."""

import streamlit as st

from colorizer.errors import UserError


def show_error(error: UserError) -> None:
    """Show an error message."""
    st.error(plain(str(error)), icon=":material/error:")


def plain(text: str) -> str:
    """Escape text, such as a file name, so that Markdown shows it as it is."""
    return "".join(f"\\{character}" if character in "\\`*_{}[]()<>#+-!|~$:" else character for character in text)
