"""The one exception that is shown to people."""


class InputError(ValueError):
    """Something given from outside (a file, a name, a setting) cannot be used.

    The message is one sentence or two for the person who gave it: what is wrong and what to do.
    The command line prints it and exits with code 2; the pages show it in a red box, or at the field it is about.
    """

    def __init__(self, message: str, *, setting: str = "") -> None:
        """
        Args:
            message: the sentence.
            setting: name of the setting that would have to be another, if it is one.
        """
        super().__init__(message)
        self.setting = setting
