"""`fakebox serve`: an emulator on a socket, until it is told to stop."""

from __future__ import annotations

import argparse
import errno
import logging
import ssl
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from fakebox.app import create_app
from fakebox.cli import serve_options
from fakebox.cli.banner import banner
from fakebox.cli.errors import CommandError
from fakebox.cli.stop_signals import StopSignals
from fakebox.proxy import Proxy, reachable
from fakebox.server import Server
from fakebox.tls import Authority

_CA_FILE = Path("fakebox-ca.pem")
_GRACE_S = 1.0


def add_to(commands: Any) -> None:
    """Add the command and its options to the command line."""
    command = commands.add_parser(
        "serve",
        help="serve an emulator",
        description="Serve API, content, web and notify on one port, until interrupted.",
    )
    serve_options.add_to(command)
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve until SIGINT or SIGTERM.

    Raises:
        Refusal: the address can't be bound, or the data can't be used.
    """
    logging.basicConfig(level=logging.WARNING, format="fakebox: %(message)s")
    serve_options.check(args)
    with ExitStack() as stack:
        namespaces = serve_options.open_namespaces(args)
        stack.callback(namespaces.close)
        app = create_app(namespaces, args.admin_token)
        ca_file = (args.ca_file or _CA_FILE) if args.tls else None
        tls = _tls(args.host, ca_file) if ca_file else None
        server = Server(app, args.host, args.port, tls=tls)
        _start(server)
        stack.callback(server.stop)
        proxy_url = None if args.proxy is None else _lead_here(server, args.proxy, stack)
        stop_signals = stack.enter_context(StopSignals())
        sys.stderr.write(banner(args, server.url, ca_file, proxy_url))
        print(f"fakebox ready: {server.url}", flush=True)
        stop_signals.wait()
        server.stop(_GRACE_S)
    return 0


def _tls(host: str, ca_file: Path) -> ssl.SSLContext:
    authority = Authority(host)
    try:
        authority.write_ca(ca_file)
    except OSError as error:
        raise CommandError(
            f"can't write the CA certificate to {ca_file}: {error.strerror}"
        ) from error
    return authority.server_context()


def _lead_here(server: Server, port: int, stack: ExitStack) -> str:
    proxy = Proxy((reachable(server.host), server.port), server.host, port)
    _start(proxy)
    stack.callback(proxy.stop)
    return proxy.url


def _start(server: Server | Proxy) -> None:
    where = f"{server.host}:{server.port}"
    try:
        server.start()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CommandError(
                f"{where} is in use; choose another port, or 0 for a free one"
            ) from error
        reason = (error.strerror or str(error)).partition(" (")[0]
        raise CommandError(f"can't listen on {where}: {reason}") from error
