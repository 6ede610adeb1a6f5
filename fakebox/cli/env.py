"""`fakebox env`: the shell lines that point programs at a running emulator."""

from __future__ import annotations

import argparse
import shlex
from typing import Any

from fakebox.cli.refusal import Refusal
from fakebox.core import defaults


def add_to(commands: Any) -> None:
    """Add the command and its options to the command line."""
    command = commands.add_parser(
        "env",
        help="print the shell lines that point the SDK at an emulator",
        description='Point the SDK at a running emulator: eval "$(fakebox env)"',
    )
    command.add_argument(
        "--url",
        default=f"http://{defaults.HOST}:{defaults.PORT}",
        help="where it serves (default: %(default)s)",
    )
    command.add_argument("--ca-file", metavar="FILE", help="the CA certificate to trust")
    command.set_defaults(run=run)


def run(asked: argparse.Namespace) -> int:
    """Print the lines.

    Raises:
        Refusal: the URL is none that an emulator could have.
    """
    if not asked.url.startswith(("http://", "https://")):
        raise Refusal(f"--url {asked.url!r} is no address; it begins with http:// or https://")
    trust = {"DROPBOX_CA_BUNDLE": asked.ca_file} if asked.ca_file else {}
    for name, value in {**defaults.environment(asked.url), **trust}.items():
        print(f"export {name}={shlex.quote(value)}")
    return 0
