"""The error of all commands."""


class CommandError(Exception):
    """A command cannot do what its arguments say; the message is one line for the user."""
