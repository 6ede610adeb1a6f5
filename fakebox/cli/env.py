"""`fakebox env`: the shell lines that point programs at a running emulator."""

from __future__ import annotations

import argparse
import shlex
from typing import Any

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
    """Print the lines."""
    for name, value in variables(asked.url, asked.ca_file).items():
        print(f"export {name}={shlex.quote(value)}")
    return 0


def variables(url: str, ca_file: str | None = None) -> dict[str, str]:
    """The environment variables that point the SDK and the examples at an emulator.

    Args:
        url: where it serves.
        ca_file: the CA certificate to trust, where that is needed.
    """
    trust = {"DROPBOX_CA_BUNDLE": ca_file} if ca_file else {}
    return {
        "DROPBOX_ENDPOINT_URL": url.rstrip("/"),
        **trust,
        "DROPBOX_APP_KEY": defaults.APP_KEY,
        "DROPBOX_APP_SECRET": defaults.APP_SECRET,
        "DROPBOX_ACCESS_TOKEN": defaults.TOKEN,
        "DROPBOX_ACCESS_TOKEN_SECRET": defaults.TOKEN_SECRET,
        "DROPBOX_ACCESS_TYPE": "dropbox",
    }
