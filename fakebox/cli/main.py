"""The `fakebox` command and its subcommands `demo` and `completion`.

The exit status is 0 for success, 1 for a failure, and 2 for arguments that are not valid.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import fakebox
from fakebox.cli import env, health, serve
from fakebox.cli import exec as exec_command
from fakebox.cli.commands import CommandError, Parser, add_examples, print_error

# The exit status that shells use for SIGINT.
_INTERRUPTED = 130
_SHELLS = ("bash", "zsh", "tcsh")


class _Version(argparse.Action):
    def __call__(self, *_: object) -> NoReturn:
        # The version is read only on request, because reading it is slow.
        print(f"fakebox {fakebox.__version__}")
        raise SystemExit(0)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: the arguments after the name of the command; by default those of the process.

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
        for line in error.args:
            print_error(line)
        return error.status
    except BrokenPipeError:
        # The reader has closed the pipe.
        _discard_stdout()
        return 1
    except OSError as error:
        _discard_stdout()
        subject = f"{error.filename}: " if error.filename else ""
        print_error(f"{subject}{error.strerror or error}")
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


def _discard_stdout() -> None:
    # Otherwise Python tries to flush again at its exit, and prints an error.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="fakebox", description="An emulator of the Dropbox API for tests.")
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version")
    add_examples(parser, "fakebox --version", "fakebox serve --help")
    commands = parser.add_subparsers(
        title="commands", dest="command", metavar="COMMAND", required=True
    )
    for module in (serve, exec_command, env, health):
        module.add_to(commands)
    text = "run each documented call of the SDK against an emulator, with real files"
    command = commands.add_parser("demo", help=text, description=text)
    add_examples(command, "fakebox demo")
    command.set_defaults(run=_demo)
    command = commands.add_parser(
        "completion",
        help="print a script that makes a shell complete this command",
        description='Complete commands, options and files: eval "$(fakebox completion bash)"',
    )
    command.add_argument("shell", choices=_SHELLS, help="the shell to print the script for")
    add_examples(command, 'eval "$(fakebox completion bash)"')
    command.set_defaults(run=lambda args: _complete(parser, args.shell))
    return parser


def _demo(_: argparse.Namespace) -> int:
    # Imported here: no other command needs Pillow and the SDK.
    from fakebox.testing.sdk import check_sdk

    try:
        check_sdk()
    except ImportError as error:
        raise CommandError(f"the demo needs fakebox-sdk: {error}") from error
    from fakebox.demo import run

    return run()


def _complete(parser: argparse.ArgumentParser, shell: str) -> int:
    # Imported here: no other command needs it.
    import shtab

    kinds = {"DIR": shtab.DIRECTORY, "FILE": shtab.FILE}
    for option in _options(parser):
        if option.metavar in kinds:
            option.complete = kinds[option.metavar]  # type: ignore[attr-defined]
    print(shtab.complete(parser, shell))
    return 0


def _options(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    found = []
    for action in parser._actions:  # noqa: SLF001 -- argparse has no public way to list them
        found.append(action)
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            found += [option for each in action.choices.values() for option in _options(each)]
    return found
