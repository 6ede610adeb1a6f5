"""The parts that all commands share: their error, and the examples in their help."""

from __future__ import annotations

import argparse


class CommandError(Exception):
    """A command has failed. Each argument is one line for the user."""


def add_examples(command: argparse.ArgumentParser, *examples: str) -> None:
    """Add examples at the end of the help of a command.

    Args:
        command: the command.
        examples: lines for a shell.
    """
    # The default formatter would join the lines.
    command.formatter_class = argparse.RawDescriptionHelpFormatter
    command.epilog = "\n".join(["examples:", *(f"  $ {example}" for example in examples)])
