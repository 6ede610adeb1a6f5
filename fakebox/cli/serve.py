"""`fakebox serve`: an emulator on a socket, until it is told to stop."""

from __future__ import annotations

import argparse
import errno
import logging
import signal
import ssl
import sys
from pathlib import Path
from typing import Any

from fakebox.app import create_app
from fakebox.cli.refusal import Refusal
from fakebox.core import defaults
from fakebox.core.errors import DataRefused
from fakebox.namespaces import Namespaces
from fakebox.server import Server
from fakebox.tls import Authority
from fakebox.wire.service import Options

_PORTS = 65_536


def add_to(commands: Any) -> None:
    """Add the command and its options to the command line."""
    command = commands.add_parser(
        "serve",
        help="serve an emulator",
        description="Serve API, content, web and notify on one port, until interrupted.",
    )
    option = command.add_argument
    option("--host", default=defaults.HOST, help="address to bind (default: %(default)s)")
    option(
        "--port",
        type=_port,
        default=defaults.PORT,
        help="port to bind, 0 for a free one (default: %(default)s)",
    )
    option("--data", type=Path, metavar="DIR", help="keep everything there across restarts")
    option("--tls", action="store_true", help="speak https, by a certificate of its own making")
    option(
        "--ca-file",
        type=Path,
        metavar="FILE",
        help="with --tls: where to write the CA certificate to trust (default: fakebox-ca.pem)",
    )
    option(
        "--auth",
        choices=("strict", "lenient"),
        default="strict",
        help="whether stale timestamps and repeated nonces are refused (default: %(default)s)",
    )
    command.set_defaults(run=run)


def run(asked: argparse.Namespace) -> int:
    """Serve until SIGINT or SIGTERM.

    Raises:
        Refusal: the address can't be bound, or the data can't be used.
    """
    logging.basicConfig(level=logging.WARNING, format="fakebox: %(message)s")
    if asked.ca_file and not asked.tls:
        raise Refusal("--ca-file is for --tls")
    namespaces = _open(asked)
    try:
        server = Server(create_app(namespaces), asked.host, asked.port, tls=_tls(asked))
        _start(server)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: server.request_stop())
        print(f"fakebox ready: {server.url}", flush=True)
        server.serve_forever()
    finally:
        namespaces.close()
    return 0


def _open(asked: argparse.Namespace) -> Namespaces:
    try:
        return Namespaces(asked.data, options=Options(auth=asked.auth))
    except DataRefused as error:
        raise Refusal(str(error)) from error
    except OSError as error:
        raise Refusal(f"can't keep data in {asked.data}: {error.strerror}") from error


def _tls(asked: argparse.Namespace) -> ssl.SSLContext | None:
    if not asked.tls:
        return None
    authority = Authority(asked.host)
    path = asked.ca_file or Path("fakebox-ca.pem")
    try:
        authority.write_ca(path)
    except OSError as error:
        raise Refusal(f"can't write the CA certificate to {path}: {error.strerror}") from error
    print(f"fakebox: to trust it: {path}", file=sys.stderr)
    return authority.server_context()


def _start(server: Server) -> None:
    try:
        server.start()
    except OSError as error:
        where = f"{server.host}:{server.port}"
        if error.errno == errno.EADDRINUSE:
            raise Refusal(f"{where} is in use; choose another with --port, or 0") from error
        raise Refusal(f"can't listen on {where}: {error.strerror}") from error


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) >= _PORTS:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; it is a number below {_PORTS}")
    return int(text)
