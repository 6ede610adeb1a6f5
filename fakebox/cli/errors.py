"""What ends a command: one line that says what is wrong and how to mend it."""


class CommandError(Exception):
    """The command can't do what it is asked; its text is one line for the user."""
