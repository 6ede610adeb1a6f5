"""`fakebox exec`: runs a command whose clients use an emulator."""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path
from typing import Any

from fakebox.cli import serve_options
from fakebox.cli.commands import CommandError, add_examples
from fakebox.cli.emulator import run_emulator
from fakebox.cli.exec_environment import exec_environment
from fakebox.cli.exec_process import check_command, run_command


def add_to(commands: Any) -> None:
    """Add the command and its options to the command line."""
    command = commands.add_parser(
        "exec",
        help="run a command, such as a test suite, with an emulator",
        usage="fakebox exec [options] -- COMMAND [ARGUMENT ...]",
        description="Start an emulator with TLS and a proxy on free ports, run the command with"
        " environment variables that make Dropbox clients use it, and exit with the status of the"
        " command.",
    )
    command.add_argument(
        "words", nargs="*", metavar="COMMAND", help="the command and its arguments, after --"
    )
    serve_options.add_to(command)
    command.set_defaults(port=0, tls=True, proxy=0, run=run)
    add_examples(
        command,
        "fakebox exec -- env",
        "fakebox exec --seed photos -- sh -c 'echo $DROPBOX_ENDPOINT_URL'",
    )


def run(args: argparse.Namespace) -> int:
    """Run the command.

    Returns:
        The exit status of the command.

    Raises:
        CommandError: the command or the emulator cannot be started.
    """
    if not args.words:
        raise CommandError("the command to run is missing; use fakebox exec [options] -- COMMAND")
    if args.cert or args.key:
        raise CommandError("exec makes the certificate at the start; leave out --cert and --key")
    check_command(args.words[0])
    with tempfile.TemporaryDirectory(prefix="fakebox-exec-") as name:
        directory = Path(name)
        args.ca_file = args.ca_file or directory / "ca.pem"
        with run_emulator(args) as emulator:
            assert emulator.proxy_url
            environment = exec_environment(
                emulator.url,
                emulator.proxy_url,
                args.ca_file.read_text(encoding="ascii"),
                directory,
                os.environ,
                with_roots=bool(args.passthrough),
            )
            return run_command(args.words, environment)
