"""The options of `fakebox serve`, and how its Dropboxes are made from them."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

from fakebox import directory_sync
from fakebox.cli.errors import CommandError
from fakebox.context import Options
from fakebox.control.authorization import is_loopback
from fakebox.core import defaults
from fakebox.core.errors import DataDirectoryError
from fakebox.core.settings import Settings
from fakebox.middleware.faults import Fault, InvalidFault
from fakebox.namespaces import Namespaces

_ADMIN_TOKEN = "FAKEBOX_ADMIN_TOKEN"
_PORTS = 65_536


def add_to(command: argparse.ArgumentParser) -> None:
    """Add the options to the command."""
    _add_addresses(command.add_argument_group("where it serves"))
    _add_contents(command.add_argument_group("what it holds"))
    _add_behaviour(command.add_argument_group("how it behaves"))


def check(args: argparse.Namespace) -> None:
    """See that the options go together.

    Raises:
        Refusal: they don't.
    """
    if not args.host:
        raise CommandError(
            "--host is empty; give 0.0.0.0 to serve on every address of this machine"
        )
    if args.admin_token == "":
        raise CommandError(f"the admin token is empty; give one, or none, and unset {_ADMIN_TOKEN}")
    if args.ca_file and not args.tls:
        raise CommandError("--ca-file is for --tls")
    if args.proxy is not None and not args.tls:
        raise CommandError("--proxy leads the real hosts' names here, which speak TLS; add --tls")
    if not args.admin_token and not is_loopback(args.host):
        raise CommandError(
            f"others may reach {args.host}; say who may steer the emulator: give --admin-token,"
            f" or set {_ADMIN_TOKEN}"
        )


def open_namespaces(args: argparse.Namespace) -> Namespaces:
    """The Dropboxes as the options want them.

    Raises:
        Refusal: a directory or file can't be used.
    """
    settings = Settings(
        on_conflict=args.on_conflict,
        read_only=args.read_only,
        delta_page_size=args.delta_page_size,
    )
    options = Options(auth=args.auth, quota_status=args.quota_status, is_retired=args.retired)
    faults = _faults(args.faults) if args.faults else []
    try:
        namespaces = Namespaces(
            args.data, settings=settings, options=options, seed=args.random_seed
        )
    except DataDirectoryError as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(f"can't keep data in {args.data}: {error.strerror}") from error
    if faults:
        namespaces.default.faults.add(*faults)
    if args.seed:
        _seed(namespaces, args.seed)
    return namespaces


def _seed(namespaces: Namespaces, directory: Path) -> None:
    world = namespaces.default.world
    # Nobody can have asked for a read-only Dropbox to stay empty.
    settings, world.settings = world.settings, Settings()
    try:
        directory_sync.seed(
            world,
            directory_sync.whole(world.accounts.sign_in(defaults.USER.email, defaults.PASSWORD).id),
            directory,
        )
    except directory_sync.DirectoryError as error:
        namespaces.close()
        raise CommandError(f"--seed: {error}") from error
    world.settings = settings


def _faults(path: Path) -> list[Fault]:
    try:
        described = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CommandError(f"can't read {path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise CommandError(f"{path} is not JSON: {error}") from error
    if not isinstance(described, list):
        raise CommandError(f"{path} is to hold a JSON list of faults")
    faults = []
    for number, values in enumerate(described, 1):
        try:
            faults.append(Fault.of(values))
        except InvalidFault as error:
            raise CommandError(f"{path}: fault {number}: {error}") from error
    return faults


def _add_addresses(group: Any) -> None:
    option = group.add_argument
    option("--host", default=defaults.HOST, help="address to bind (default: %(default)s)")
    option(
        "--port",
        type=_port,
        default=defaults.PORT,
        help="port to bind, 0 for a free one (default: %(default)s)",
    )
    option("--tls", action="store_true", help="speak https, by a certificate of its own making")
    option(
        "--ca-file",
        type=_path,
        metavar="FILE",
        help="with --tls: where to write the CA certificate to trust (default: fakebox-ca.pem)",
    )
    option(
        "--proxy",
        type=_port,
        metavar="PORT",
        help="with --tls: also serve a CONNECT proxy that leads the real hosts' names here",
    )
    option(
        "--admin-token",
        metavar="TOKEN",
        default=os.environ.get(_ADMIN_TOKEN),
        help="what /_fakebox/ asks for; needed on any address but this machine's own"
        f" (default: the variable {_ADMIN_TOKEN})",
    )


def _add_contents(group: Any) -> None:
    option = group.add_argument
    option("--data", type=_path, metavar="DIR", help="keep everything there across restarts")
    option("--seed", type=_path, metavar="DIR", help="begin with the files of this directory")
    option("--random-seed", type=int, metavar="N", help="make tokens and identifiers repeatable")


def _add_behaviour(group: Any) -> None:
    option = group.add_argument
    option(
        "--auth",
        choices=("strict", "lenient"),
        default="strict",
        help="whether stale timestamps and repeated nonces are refused (default: %(default)s)",
    )
    option("--faults", type=_path, metavar="FILE", help="a JSON list of what is to go wrong")
    option(
        "--on-conflict",
        choices=("rename", "forbid"),
        default="rename",
        help="what copy and move do when the target is taken (default: %(default)s)",
    )
    option(
        "--quota-status",
        type=int,
        choices=(503, 507),
        default=503,
        help="the status of an upload over quota (default: %(default)s)",
    )
    option(
        "--delta-page-size",
        type=_count,
        metavar="N",
        default=Settings().delta_page_size,
        help="entries in a page of changes (default: %(default)s)",
    )
    option("--read-only", action="store_true", help="refuse every change")
    option("--retired", action="store_true", help="answer as since the API was shut down")


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or int(text) >= _PORTS:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; it is a number below {_PORTS}")
    return int(text)


def _path(text: str) -> Path:
    # Python takes it for the current directory, but it's what an unset variable comes to.
    if not text:
        raise argparse.ArgumentTypeError("the name is empty")
    return Path(text)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1")
    return int(text)
