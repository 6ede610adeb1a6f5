"""`fakebox env`: prints the environment variables that connect programs to an emulator."""

from __future__ import annotations

import argparse
import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fakebox.cli.commands import CommandError, add_examples, path
from fakebox.client_connection import check_url
from fakebox.client_environment import environment, tls_environment
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
        help="the emulator uses https; print the variables of the official SDK as well",
    )
    command.add_argument(
        "--ca-file",
        type=path,
        metavar="FILE",
        help=f"the CA certificate to trust (default: none; with --tls: {CA_FILE})",
    )
    command.add_argument(
        "--format",
        choices=tuple(_FORMATS),
        default="sh",
        help="sh: lines for a shell; dotenv: a file for Docker and others; github: lines for the"
        " file that GITHUB_ENV names; json: an object (default: %(default)s)",
    )
    add_examples(
        command, 'eval "$(fakebox env)"', "fakebox env --tls --ca-file ca.pem --format dotenv"
    )
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the variables.

    Raises:
        CommandError: the URL is not valid, or the format cannot contain a value.
    """
    url = _url(args)
    ca_file = _ca_file(args)
    if args.tls:
        variables = tls_environment(url, ca_file)
    else:
        trust = {"DROPBOX_CA_BUNDLE": ca_file} if ca_file else {}
        variables = {**environment(url), **trust}
    print(_FORMATS[args.format](variables))
    return 0


def _url(args: argparse.Namespace) -> str:
    scheme = "https" if args.tls else "http"
    if args.url is None:
        return f"{scheme}://{defaults.HOST}:{defaults.PORT}"
    try:
        url = check_url(args.url, "--url")
    except ValueError as error:
        raise CommandError(str(error)) from error
    if args.tls and not url.startswith("https://"):
        raise CommandError(f"--url must begin with https:// because of --tls, not {url!r}")
    return url


def _ca_file(args: argparse.Namespace) -> str | None:
    # The program that uses the variables may run in another directory.
    name = args.ca_file or (CA_FILE if args.tls else None)
    return str(Path(name).resolve()) if name else None


def _shell(variables: dict[str, str]) -> str:
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables.items())


def _dotenv(variables: dict[str, str]) -> str:
    return "\n".join(f"{name}={_dotenv_value(value)}" for name, value in variables.items())


def _dotenv_value(value: str) -> str:
    # `docker run --env-file` keeps quotes, so only values that need them have quotes.
    if re.fullmatch(r"[\w%+,./:=@~-]*", value, re.ASCII):
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _github(variables: dict[str, str]) -> str:
    for value in variables.values():
        if len(value.splitlines()) > 1:
            # The next line would set another variable.
            raise CommandError(f"--format github must have no line breaks, as in {value!r}")
    return "\n".join(f"{name}={value}" for name, value in variables.items())


def _json(variables: dict[str, str]) -> str:
    return json.dumps(variables, indent=2)


_FORMATS: dict[str, Callable[[dict[str, str]], str]] = {
    "sh": _shell,
    "dotenv": _dotenv,
    "github": _github,
    "json": _json,
}
