"""The `fakebox` command: its options, and its exit status.

0 when done, 1 when something that was tried has failed, 2 when what was asked can't be done.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import fakebox
from fakebox.cli import completion, demo, env, serve
from fakebox.cli.errors import CommandError

# As shells have it for what SIGINT has ended.
_INTERRUPTED = 130


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise CommandError(f"{message} (see {self.prog} --help)")


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
        try:
            return _run(arguments)
        finally:
            if sys.stdout:
                sys.stdout.flush()
    except CommandError as error:
        print(f"fakebox: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # Who reads has read enough.
        _print_no_more()
        return 1
    except OSError as error:
        _print_no_more()
        print(f"fakebox: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return _INTERRUPTED


def _run(arguments: Sequence[str] | None) -> int:
    args, unknown = _parser().parse_known_args(arguments)
    if unknown:
        words = " ".join(unknown)
        raise CommandError(f"unrecognized arguments: {words} (see fakebox {args.command} --help)")
    status: int = args.run(args)
    return status


def _print_no_more() -> None:
    # Python would try once more at its end, and complain.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="fakebox", description="A Dropbox on your own machine, to test against.")
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version")
    commands = parser.add_subparsers(
        title="commands", dest="command", metavar="COMMAND", required=True
    )
    for module in (serve, env, demo):
        module.add_to(commands)
    completion.add_to(commands, parser)
    return parser
