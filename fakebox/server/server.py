"""`Server`: starts and stops an HTTP server for a WSGI application."""

from __future__ import annotations

import functools
import ipaddress
from typing import TYPE_CHECKING

from fakebox.server import http1
from fakebox.server.acceptor import Acceptor, Connection
from fakebox.server.environ import ServerConfig
from fakebox.server.negotiation import NegotiatedConnection
from fakebox.server.thread_pool import ThreadPool
from fakebox.server.transport import SocketTransport

if TYPE_CHECKING:
    import socket
    import ssl

    from _typeshed.wsgi import WSGIApplication
    from typing_extensions import Self

_GRACE_S = 0.005
_LAST_PORT = 65_535


def check_address(host: object, port: object) -> None:
    """Check the address that a server will bind.

    Raises:
        ValueError: the host is not a string, or no socket can have the port.
    """
    if not isinstance(host, str):
        raise ValueError(f"host must be a name or an address, not {host!r}")  # noqa: TRY004
    if type(port) is not int or not 0 <= port <= _LAST_PORT:
        raise ValueError(f"port must be between 0 and {_LAST_PORT}, not {port!r}")


class Server:
    """Serves a WSGI application from background threads.

    It starts and stops within a few milliseconds, even with open connections. As a context manager
    it serves within the block. The environ has two keys that WSGI does not define: `RAW_URI` is the
    request target as it was sent. `fakebox.connection` is the connection of the client, with the
    methods `reset()` and `cut()`; in HTTP/2 they end all requests of the connection.

    Args:
        app: the application; several threads call it at the same time.
        host: the address to bind; a name, an IPv4 or an IPv6 address.
        port: the port to bind; 0 for a free one.
        tls: a server's TLS context, for https; see `fakebox.tls`. Clients use HTTP/2 if they and
            the context offer the protocol `h2` (ALPN).

    Attributes:
        host: as given.
        port: as given; the bound port once started.

    Raises:
        ValueError: the host or the port is not valid.
    """

    def __init__(
        self,
        app: WSGIApplication,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        check_address(host, port)
        self.host = host
        self.port: int = port
        self._app = app
        self._tls = tls
        self._acceptor: Acceptor | None = None

    @property
    def url(self) -> str:
        """The URL of the server for clients on this machine, without a trailing slash."""
        return local_url("https" if self._tls else "http", self.host, self.port)

    def start(self) -> Self:
        """Start to accept requests.

        Returns:
            The server itself.

        Raises:
            OSError: the address cannot be bound, for example because the port is in use.
        """
        self._threads = ThreadPool()
        acceptor = Acceptor(self.host, self.port, self._admit, self._threads)
        self.port = acceptor.port
        self._config = ServerConfig(self._app, self.host, self.port, self._tls)
        self._acceptor = acceptor
        acceptor.start()
        return self

    def stop(self, grace_s: float = _GRACE_S) -> None:
        """Stop accepting requests, and close all connections.

        Args:
            grace_s: how long current requests may take to finish, in seconds. Then the
                connections of requests that still run, such as long polls, are closed.
        """
        if self._acceptor is None:
            return
        self._acceptor.stop()
        self._threads.shut_down(grace_s)
        for connection in self._acceptor.apart:
            connection.abort()
        self._acceptor = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *error: object) -> None:
        self.stop()

    def _admit(self, sock: socket.socket, peer: tuple[str, int]) -> Connection:
        assert self._acceptor
        transport = SocketTransport(sock, peer)
        connection: Connection
        if self._tls:
            connection = NegotiatedConnection(self._config, transport, self._tls, self._threads)
        else:
            connection = http1.Connection(self._config, transport)
        transport.give_way = functools.partial(self._acceptor.pass_on, connection)
        transport.request_close = functools.partial(self._acceptor.end, connection)
        return connection


def local_url(scheme: str, host: str, port: int) -> str:
    """Return the URL for clients on this machine of a server that is bound to `host`."""
    name = reachable(host)
    return f"{scheme}://{f'[{name}]' if ':' in name else name}:{port}"


def reachable(host: str) -> str:
    """Return the address that clients on this machine use for a server that is bound to `host`.

    Args:
        host: an address or a name; an unspecified address (`0.0.0.0`, `::`) means all addresses.

    Returns:
        The loopback address of the same family for an unspecified address, or else `host`.
    """
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if not address.is_unspecified:
        return host
    return "127.0.0.1" if address.version == 4 else "::1"
