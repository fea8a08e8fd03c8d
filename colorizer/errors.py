"""The exceptions that are shown to people, each with the exit code of the command line."""

from typing import ClassVar


class UserError(Exception):
    """Something went wrong that the person at the screen can do something about.

    The message is one or two sentences: what is wrong, and what to do. The command line prints it and exits with
    `exit_code`; pages show it in a red box, or at the field it is about.
    """

    exit_code: ClassVar[int] = 1
    """Exit code of the command line."""

    def __init__(self, message: str, *, setting: str = "") -> None:
        """
        Args:
            message: the sentence.
            setting: name of the setting that has to change, if it is one.
        """
        super().__init__(message)
        self.setting = setting


class InputError(UserError, ValueError):
    """A file, a name or a setting cannot be used. Exit code 2."""

    exit_code = 2


class OutputError(UserError, OSError):
    """A result cannot be written: the disk is full, or the folder is read-only. Exit code 3."""

    exit_code = 3


class TrainingError(UserError):
    """A training cannot continue, for example because its loss is no longer a number. Exit code 4."""

    exit_code = 4


class StoppedError(UserError):
    """Somebody asked for the stop; what is done is saved. Exit code 130, as after Ctrl+C."""

    exit_code = 130
