"""The error of all commands."""


class CommandError(Exception):
    """A command has failed. The message is one line for the user."""
