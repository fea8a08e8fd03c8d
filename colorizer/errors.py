"""The exceptions shown to users, each with its exit code on the command line."""

from typing import ClassVar


class UserError(Exception):
    """An error that the user can do something about.

    The message is one or two sentences that say what is wrong and what to do. The command line prints it and exits with
    `exit_code`; pages show it in a red box or next to the field concerned.
    """

    exit_code: ClassVar[int] = 1
    """Exit code of the command line."""

    def __init__(self, message: str, *, setting: str = "") -> None:
        """
        Args:
            message: the sentences.
            setting: name of the setting to change, if any.
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
    """Training cannot continue, for example because the loss is no longer finite. Exit code 4."""

    exit_code = 4


class StoppedError(UserError):
    """A stop was requested; progress is saved. Exit code 130, as after Ctrl+C."""

    exit_code = 130
