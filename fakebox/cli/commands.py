"""The parts that all commands share: parser, error, and the examples in their help."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

_PORTS = 65_536
_TRUE, _FALSE = ("1", "true", "yes"), ("0", "false", "no")


class CommandError(Exception):
    """A command has failed.

    Args:
        lines: each is one line for the user.
        status: the exit status.
    """

    def __init__(self, *lines: str, status: int = 2) -> None:
        super().__init__(*lines)
        self.status = status


class Parser(argparse.ArgumentParser):
    """A parser of which options can be set by environment variables.

    The command line overrides the variables. An empty variable is ignored.

    Attributes:
        variables: the options that variables can set, by the names of the variables.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.variables: dict[str, argparse.Action] = {}

    def error(self, message: str) -> NoReturn:
        """Raise an error in place of an exit."""
        raise CommandError(f"{message} (see {self.prog} --help)")

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Parse the arguments, after those of the variables.

        Raises:
            CommandError: an argument or a variable is not valid.
        """
        words: list[str] = []
        if not {"-h", "--help"}.intersection(args or ()):
            for name, added in self._words_of_variables():
                try:
                    super().parse_known_args(added, argparse.Namespace())
                except CommandError as error:
                    raise CommandError(f"the variable {name}: {error}") from error
                words += added
        words += sys.argv[1:] if args is None else args
        return super().parse_known_args(words, namespace or argparse.Namespace())

    def _words_of_variables(self) -> Iterator[tuple[str, list[str]]]:
        for name, option in self.variables.items():
            value = os.environ.get(name, "")
            if value:
                yield name, _words(name, option, value)


def _words(name: str, option: argparse.Action, value: str) -> list[str]:
    word = option.option_strings[0]
    if option.nargs == 0:
        if value.lower() not in _TRUE + _FALSE:
            accepted = ", ".join(_TRUE + _FALSE)
            raise CommandError(f"the variable {name} must be one of {accepted}, not {value!r}")
        return [word] if value.lower() in _TRUE else []
    values = value.replace(",", " ").split() if option.nargs == "+" else [value]
    return [f"{word}={each}" for each in values]


def port(text: str) -> int:
    """Convert the text of an argument to the number of a port, or 0.

    Raises:
        argparse.ArgumentTypeError: it is not a port.
    """
    if not (text.isascii() and text.isdecimal()) or int(text) >= _PORTS:
        raise argparse.ArgumentTypeError(
            f"the port must be between 0 and {_PORTS - 1}, not {text!r}"
        )
    return int(text)


def path(text: str) -> Path:
    """Convert the text of an argument to a path.

    Raises:
        argparse.ArgumentTypeError: it is empty.
    """
    # An empty text is the value of an unset variable. `Path` would use the current directory.
    if not text:
        raise argparse.ArgumentTypeError("the name must not be empty")
    return Path(text)


def print_error(text: str) -> None:
    """Print one line to standard error."""
    # An argument or the name of a file may contain line breaks.
    print(f"fakebox: {' '.join(text.splitlines())}", file=sys.stderr)


def add_examples(command: argparse.ArgumentParser, *examples: str) -> None:
    """Add examples at the end of the help of a command.

    Args:
        command: the command.
        examples: lines for a shell.
    """
    # The default formatter would join the lines.
    command.formatter_class = argparse.RawDescriptionHelpFormatter
    command.epilog = "\n".join(["examples:", *(f"  $ {example}" for example in examples)])
