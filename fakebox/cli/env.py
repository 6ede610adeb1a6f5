"""`fakebox env`: the shell lines that point programs at a running emulator."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path
from typing import Any

from fakebox.cli.errors import CommandError
from fakebox.core import defaults

CA_FILE = "fakebox-ca.pem"


def add_to(commands: Any) -> None:
    """Add the command and its options to the command line."""
    command = commands.add_parser(
        "env",
        help="print the shell lines that point the SDK at an emulator",
        description='Point the SDK at a running emulator: eval "$(fakebox env)"',
    )
    command.add_argument(
        "--url",
        help=f"where it serves (default: http://{defaults.HOST}:{defaults.PORT})",
    )
    command.add_argument(
        "--tls",
        action="store_true",
        help="it speaks https; also print what leads today's official SDK to it",
    )
    command.add_argument(
        "--ca-file",
        metavar="FILE",
        help=f"the CA certificate to trust (default: none; with --tls: {CA_FILE})",
    )
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the lines.

    Raises:
        Refusal: the URL is none that an emulator could have.
    """
    schemes = ("https://",) if args.tls else ("http://", "https://")
    default = f"{schemes[0]}{defaults.HOST}:{defaults.PORT}"
    url = default if args.url is None else args.url
    if not url.startswith(schemes):
        raise CommandError(f"--url {url!r} is no address; it begins with {' or '.join(schemes)}")
    ca_file = args.ca_file or (str(Path(CA_FILE).resolve()) if args.tls else None)
    trust = {"DROPBOX_CA_BUNDLE": ca_file} if ca_file else {}
    today = _of_today(url, ca_file) if args.tls and ca_file else {}
    for name, value in {**defaults.environment(url), **trust, **today}.items():
        print(f"export {name}={shlex.quote(value)}")
    return 0


def _of_today(url: str, ca_file: str) -> dict[str, str]:
    # The official SDK names its hosts without a scheme, and insists on https.
    host = url.removeprefix("https://").rstrip("/")
    names = ("API_HOST", "API_CONTENT_HOST", "API_NOTIFY_HOST", "WEB_HOST")
    return {**{f"DROPBOX_{name}": host for name in names}, "REQUESTS_CA_BUNDLE": ca_file}
