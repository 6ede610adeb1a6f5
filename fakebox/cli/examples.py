"""Examples in the help of the commands."""

from __future__ import annotations

import argparse


def add_examples(command: argparse.ArgumentParser, *examples: str) -> None:
    """Add examples at the end of the help of a command.

    Args:
        command: the command.
        examples: lines for a shell.
    """
    # The default formatter would join the lines.
    command.formatter_class = argparse.RawDescriptionHelpFormatter
    command.epilog = "\n".join(["examples:", *(f"  $ {example}" for example in examples)])
