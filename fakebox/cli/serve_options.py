"""The options of `fakebox serve`, and the namespaces that are made from them."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from fakebox import directory_sync
from fakebox.app import ENDPOINTS
from fakebox.cli.commands import CommandError, Parser, path, port
from fakebox.control.authorization import is_loopback
from fakebox.core import defaults
from fakebox.core.errors import DataDirectoryError
from fakebox.core.settings import Settings
from fakebox.dropbox_hosts import is_dropbox_host
from fakebox.middleware.faults import Fault, InvalidFault, check_endpoint
from fakebox.namespaces import Namespaces
from fakebox.world_form import DeclaredWorld, WorldError, load

_ADMIN_TOKEN = "FAKEBOX_ADMIN_TOKEN"
_VARIABLE_PREFIX = "FAKEBOX_"
_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
# At most 253 characters, and no label of digits at the end, which an address has.
_HOST_NAME = re.compile(rf"(?=.{{1,253}}$)(?:\*\.)?(?:{_LABEL}\.)*(?!\d+$){_LABEL}")
_LIST: dict[str, object] = {"nargs": "+", "action": "extend", "default": []}


def add_to(command: Parser) -> None:
    """Add the options to the command, and the variables that set them."""
    for title, add in (
        ("addresses", _add_addresses),
        ("TLS and proxy", _add_tls),
        ("contents", _add_contents),
        ("behavior", _add_behavior),
    ):
        group = command.add_argument_group(title)

        def option(*names: str, group: Any = group, **details: Any) -> None:
            added = group.add_argument(*names, **details)
            command.variables[_VARIABLE_PREFIX + added.dest.upper()] = added

        add(option)


def check(args: argparse.Namespace) -> None:
    """Check that the options fit together.

    Raises:
        CommandError: two options exclude each other, or a required option is missing.
    """
    if not args.host:
        raise CommandError(
            "--host must not be empty; use 0.0.0.0 to serve on all addresses of this machine"
        )
    if args.admin_token == "":
        raise CommandError(
            "--admin-token must not be empty; leave it out to serve without an admin token"
        )
    _check_tls(args)
    if not args.admin_token and not is_loopback(args.host):
        raise CommandError(
            f"{args.host} can be reached from other machines; protect the control plane: use"
            f" --admin-token, or set {_ADMIN_TOKEN}"
        )


def _check_tls(args: argparse.Namespace) -> None:
    for name in ("ca_file", "tls_name", "cert", "key"):
        if getattr(args, name) and not args.tls:
            raise CommandError(f"--{name.replace('_', '-')} requires --tls")
    if args.proxy is not None and not args.tls:
        raise CommandError("--proxy requires --tls, because clients of the real hosts use TLS")
    if args.passthrough and args.proxy is None:
        raise CommandError("--passthrough requires --proxy")
    if bool(args.cert) != bool(args.key):
        raise CommandError("--cert and --key require each other")
    if args.cert and (args.ca_file or args.tls_name):
        raise CommandError(
            "--cert excludes --ca-file and --tls-name, which are for the certificate that is made"
            " at the start"
        )


def open_namespaces(args: argparse.Namespace) -> Namespaces:
    """Make the namespaces.

    Raises:
        CommandError: a directory or file cannot be used.
    """
    declared = _declared(args)
    settings, options = declared.options(
        on_conflict=args.on_conflict,
        read_only=args.read_only,
        delta_page_size=args.delta_page_size,
        auth=args.auth,
        quota_status=args.quota_status,
        is_retired=args.retired,
        credentials=args.credentials,
    )
    faults = _faults(args.faults) if args.faults else []
    try:
        namespaces = Namespaces(
            args.data,
            settings=settings,
            options=options,
            seed=args.random_seed,
            endpoints=ENDPOINTS,
            initial=declared.initial,
        )
    except DataDirectoryError as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(f"cannot store data in {args.data}: {error.strerror}") from error
    if faults:
        namespaces.default.faults.add(*faults)
    if args.seed:
        _seed(namespaces, args.seed)
    return namespaces


def _declared(args: argparse.Namespace) -> DeclaredWorld:
    if args.world is None:
        return DeclaredWorld()
    try:
        return load(args.world, endpoints=ENDPOINTS, seed=args.random_seed)
    except WorldError as error:
        raise CommandError(*error.mistakes) from error


def _seed(namespaces: Namespaces, directory: Path) -> None:
    world = namespaces.default.world
    # --read-only applies after the seed.
    settings, world.settings = world.settings, Settings()
    try:
        account = world.accounts.sign_in(defaults.USER.email, defaults.PASSWORD)
        directory_sync.seed(directory_sync.AccountFiles(world, account.id), directory)
    except directory_sync.DirectoryError as error:
        namespaces.close()
        raise CommandError(f"--seed: {error}") from error
    world.settings = settings


def _faults(path: Path) -> list[Fault]:
    try:
        described = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CommandError(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise CommandError(f"{path} is not JSON: {error}") from error
    if not isinstance(described, list):
        kind = type(described).__name__
        raise CommandError(f"{path} must contain a JSON list of faults, not {kind}")
    faults = []
    for number, values in enumerate(described, 1):
        try:
            fault = Fault.of(values)
            check_endpoint(fault, ENDPOINTS)
            faults.append(fault)
        except InvalidFault as error:
            raise CommandError(f"{path}: fault {number}: {error}") from error
    return faults


def _add_addresses(option: Callable[..., None]) -> None:
    option("--host", default=defaults.HOST, help="address to bind (default: %(default)s)")
    option(
        "--port",
        type=port,
        default=defaults.PORT,
        help="port to bind, 0 for a free one (default: %(default)s)",
    )
    option(
        "--admin-token",
        metavar="TOKEN",
        help="the token for /_fakebox/; required for addresses other than loopback addresses"
        f" (the variable {_ADMIN_TOKEN} does not show it in the list of processes)",
    )


def _add_tls(option: Callable[..., None]) -> None:
    option(
        "--tls", action="store_true", help="use https, with a certificate that is made at the start"
    )
    option(
        "--ca-file",
        type=path,
        metavar="FILE",
        help="with --tls: the file to write the CA certificate to (default: fakebox-ca.pem; with"
        " exec: a temporary file)",
    )
    option(
        "--tls-name",
        **_LIST,
        type=_tls_name,
        metavar="NAME",
        help="with --tls: more host names and addresses for the certificate",
    )
    option(
        "--cert",
        type=path,
        metavar="FILE",
        help="with --tls: the certificate to use, in PEM, in place of one that is made",
    )
    option("--key", type=path, metavar="FILE", help="with --cert: the key of the certificate")
    option(
        "--proxy",
        type=port,
        metavar="PORT",
        help="with --tls: also serve a CONNECT proxy for the host names of the real service",
    )
    option(
        "--passthrough",
        **_LIST,
        type=_passthrough,
        metavar="HOST",
        help="with --proxy: other hosts that the proxy connects to; * matches any text",
    )


def _add_contents(option: Callable[..., None]) -> None:
    option("--data", type=path, metavar="DIR", help="store everything in this directory")
    option(
        "--seed", type=path, metavar="DIR", help="store the files of this directory at the start"
    )
    option(
        "--world",
        type=path,
        metavar="FILE",
        help="the declared world to start with, in JSON or TOML; a reset returns to it, and a data"
        " directory that exists keeps its content",
    )
    option(
        "--random-seed",
        type=_seed_number,
        metavar="N",
        help="make tokens and identifiers repeatable",
    )


def _add_behavior(option: Callable[..., None]) -> None:
    # An option that is not given is None, so that a setting of the declared world applies.
    option(
        "--auth",
        choices=("strict", "lenient"),
        help="whether to reject old timestamps and repeated nonces of HMAC-SHA1 signatures"
        " (default: strict)",
    )
    option(
        "--credentials",
        choices=("strict", "any"),
        help="any: an unknown bearer token, app key, app secret or refresh token is accepted,"
        " as one of the first account and the ready-made app (default: strict)",
    )
    option("--faults", type=path, metavar="FILE", help="a JSON list of faults")
    option(
        "--on-conflict",
        choices=("rename", "forbid"),
        help="what copy and move do if the target exists (default: rename)",
    )
    option(
        "--quota-status",
        type=int,
        choices=(503, 507),
        help="the status of the response to an upload over quota (default: 503)",
    )
    option(
        "--delta-page-size",
        type=_count,
        metavar="N",
        help=f"the number of entries in a page of delta (default: {Settings().delta_page_size})",
    )
    flags = {"action": "store_true", "default": None}
    option("--read-only", **flags, help="reject all changes")
    option("--retired", **flags, help="respond as version 1 does since it was shut down")
    option(
        "--log",
        action="store_true",
        help="print one line for each request to standard error, with secrets masked",
    )


def _tls_name(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError:
        if not _HOST_NAME.fullmatch(text):
            raise argparse.ArgumentTypeError(
                "the name must be a host name of letters, digits and hyphens, or an IP address, not"
                f" {text!r}"
            ) from None
    return text


def _passthrough(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_.:*-]+", text):
        raise argparse.ArgumentTypeError(
            f"the host must be a host name or an IP address without a port, not {text!r}"
        )
    if is_dropbox_host(text):
        raise argparse.ArgumentTypeError(
            f"the host must not be one of Dropbox, which the emulator serves, not {text!r}"
        )
    return text


def _seed_number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"the seed must be an integer, not {text!r}") from None


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"the number must be at least 1, not {text!r}")
    return int(text)
