"""Text from outside on a page."""

import streamlit as st

from colorizer.errors import UserError


def show_error(error: UserError) -> None:
    """Say what is wrong and what to do."""
    st.error(plain(str(error)), icon=":material/error:")


def plain(text: str) -> str:
    """Text, such as a file's name, escaped so that Markdown does not read it as markup."""
    return "".join(f"\\{character}" if character in "\\`*_{}[]()<>#+-!|~$:" else character for character in text)
