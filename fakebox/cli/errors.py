"""The error of all commands."""


class CommandError(Exception):
    """A command has failed. Each argument is one line for the user."""
