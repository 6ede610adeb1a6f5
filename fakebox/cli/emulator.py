"""The emulator that `serve` and `exec` run: it is made from the options of `serve`."""

from __future__ import annotations

import argparse
import errno
import logging
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from fakebox.app import create_app
from fakebox.cli import serve_options
from fakebox.cli.commands import CommandError
from fakebox.proxy import Proxy
from fakebox.server import Server, reachable
from fakebox.tls import Authority, CertificateError, context_of_files

CA_FILE = Path("fakebox-ca.pem")
# The certificate and the key of the authority, in the directory of `--data`.
_STORED_CA = "ca-key.pem"


@dataclass(frozen=True, slots=True)
class Emulator:
    """A running emulator.

    Attributes:
        url: the URL for clients on this machine.
        ca_file: the file with the CA certificate; `None` if no CA was made.
        proxy_url: the URL of the proxy; `None` without a proxy.
    """

    url: str
    ca_file: Path | None
    proxy_url: str | None
    _server: Server

    def stop(self, grace_s: float) -> None:
        """Stop the server.

        Args:
            grace_s: how long current requests may take to finish, in seconds.
        """
        self._server.stop(grace_s)


@contextmanager
def run_emulator(args: argparse.Namespace) -> Iterator[Emulator]:
    """Run an emulator within the block.

    Args:
        args: the options of `serve`.

    Raises:
        CommandError: the address cannot be bound, or the data or a certificate cannot be used.
    """
    logging.basicConfig(level=logging.WARNING, format="fakebox: %(message)s")
    if args.log:
        logging.getLogger("fakebox.requests").setLevel(logging.INFO)
    serve_options.check(args)
    with ExitStack() as stack:
        namespaces = serve_options.open_namespaces(args)
        stack.callback(namespaces.close)
        context, authority = _tls(args) if args.tls else (None, None)
        ca_file = _write_ca(authority, args.ca_file or CA_FILE) if authority else None
        ca_pem = authority.ca_pem if authority else None
        app = create_app(namespaces, args.admin_token, ca_pem)
        server = Server(app, args.host, args.port, tls=context)
        _start(server)
        stack.callback(server.stop)
        proxy_url = None if args.proxy is None else _start_proxy(server, args, stack)
        yield Emulator(server.url, ca_file, proxy_url, server)


def _tls(args: argparse.Namespace) -> tuple[ssl.SSLContext, Authority | None]:
    try:
        if args.cert:
            return context_of_files(args.cert, args.key), None
        stored = args.data / _STORED_CA if args.data else None
        authority = Authority(args.host, *args.tls_name, stored=stored)
        return authority.server_context(), authority
    except CertificateError as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(f"cannot use {args.data / _STORED_CA}: {error.strerror}") from error


def _write_ca(authority: Authority, ca_file: Path) -> Path:
    try:
        authority.write_ca(ca_file)
    except OSError as error:
        raise CommandError(
            f"cannot write the CA certificate to {ca_file}: {error.strerror}"
        ) from error
    return ca_file


def _start_proxy(server: Server, args: argparse.Namespace, stack: ExitStack) -> str:
    target = (reachable(server.host), server.port)
    proxy = Proxy(target, server.host, args.proxy, passthrough=args.passthrough)
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
        raise CommandError(f"cannot listen on {where}: {reason}") from error
