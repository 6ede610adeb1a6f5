"""The `fakebox` command: its options, and its exit status.

0 when done, 1 when something that was tried has failed, 2 when what was asked can't be done.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

import fakebox
from fakebox.cli import completion, demo, env, serve
from fakebox.cli.refusal import Refusal


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise Refusal(f"{message} (see {self.prog} --help)")


class _Version(argparse.Action):
    def __call__(self, *_: object) -> NoReturn:
        # Looking it up costs more than any other command line.
        print(f"fakebox {fakebox.__version__}")
        raise SystemExit(0)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: what stands behind the command's name; by default those of the process.

    Returns:
        The exit status.
    """
    try:
        asked = _parser().parse_args(arguments)
        status: int = asked.run(asked)
    except Refusal as refusal:
        print(f"fakebox: {refusal}", file=sys.stderr)
        return 2
    return status


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="fakebox", description="A Dropbox on your own machine, to test against.")
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for module in (serve, env, demo):
        module.add_to(commands)
    completion.add_to(commands, parser)
    return parser
