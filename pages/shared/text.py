"""Text from outside on a page."""


def plain(text: str) -> str:
    """Text, such as a file's name, escaped so that Markdown does not read it as markup."""
    return "".join(f"\\{character}" if character in "\\`*_{}[]()<>#+-!|~$:" else character for character in text)
