"""`fakebox completion`: what a shell needs to complete the command line."""

from __future__ import annotations

import argparse
from typing import Any

_SHELLS = ("bash", "zsh", "tcsh")


def add_to(commands: Any, whole: argparse.ArgumentParser) -> None:
    """Add the command to the command line.

    Args:
        commands: where to.
        whole: the whole command line, which is what gets completed.
    """
    command = commands.add_parser(
        "completion",
        help="print a script that makes a shell complete this command",
        description='Complete commands, options and files: eval "$(fakebox completion bash)"',
    )
    command.add_argument("shell", choices=_SHELLS, help="which shell the script is for")
    command.set_defaults(run=lambda args: _run(whole, args.shell))


def _run(whole: argparse.ArgumentParser, shell: str) -> int:
    # No other command needs it.
    import shtab

    kinds = {"DIR": shtab.DIRECTORY, "FILE": shtab.FILE}
    for option in _options(whole):
        if option.metavar in kinds:
            option.complete = kinds[option.metavar]  # type: ignore[attr-defined]
    print(shtab.complete(whole, shell))
    return 0


def _options(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    found = []
    for action in parser._actions:  # noqa: SLF001 -- argparse has no other way to ask
        found.append(action)
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            found += [option for each in action.choices.values() for option in _options(each)]
    return found
