"""`fakebox env`: prints the environment variables that connect programs to an emulator."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path
from typing import Any

from fakebox.cli.commands import CommandError, add_examples
from fakebox.core import defaults

CA_FILE = "fakebox-ca.pem"


def add_to(commands: Any) -> None:
    """Add the command and its options to the command line."""
    command = commands.add_parser(
        "env",
        help="print the environment variables that connect the SDK to an emulator",
        description='Connect the SDK to a running emulator: eval "$(fakebox env)"',
    )
    command.add_argument(
        "--url",
        help=f"the URL of the emulator (default: http://{defaults.HOST}:{defaults.PORT})",
    )
    command.add_argument(
        "--tls",
        action="store_true",
        help="the emulator uses https; also print the variables of the official SDK",
    )
    command.add_argument(
        "--ca-file",
        metavar="FILE",
        help=f"the CA certificate to trust (default: none; with --tls: {CA_FILE})",
    )
    add_examples(command, 'eval "$(fakebox env)"', "fakebox env --tls --ca-file ca.pem")
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the variables.

    Raises:
        CommandError: the scheme of the URL is not valid.
    """
    schemes = ("https://",) if args.tls else ("http://", "https://")
    default = f"{schemes[0]}{defaults.HOST}:{defaults.PORT}"
    url = default if args.url is None else args.url
    if not url.startswith(schemes):
        raise CommandError(f"--url must begin with {' or '.join(schemes)}, not {url!r}")
    ca_file = args.ca_file or (str(Path(CA_FILE).resolve()) if args.tls else None)
    trust = {"DROPBOX_CA_BUNDLE": ca_file} if ca_file else {}
    official = _official_sdk(url, ca_file) if args.tls and ca_file else {}
    for name, value in {**defaults.environment(url), **trust, **official}.items():
        print(f"export {name}={shlex.quote(value)}")
    return 0


def _official_sdk(url: str, ca_file: str) -> dict[str, str]:
    # The official SDK has variables for hosts without a scheme, and always uses https.
    host = url.removeprefix("https://").rstrip("/")
    names = ("API_HOST", "API_CONTENT_HOST", "API_NOTIFY_HOST", "WEB_HOST")
    return {**{f"DROPBOX_{name}": host for name in names}, "REQUESTS_CA_BUNDLE": ca_file}
