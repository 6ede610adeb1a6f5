"""The server: from a WSGI application to a URL, and back to nothing."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from fakebox.server.acceptor import Acceptor
from fakebox.server.config import ServerConfig
from fakebox.server.http1 import Connection
from fakebox.server.thread_pool import ThreadPool
from fakebox.server.transport import SocketTransport

if TYPE_CHECKING:
    import socket
    import ssl
    from types import TracebackType

    from _typeshed.wsgi import WSGIApplication
    from typing_extensions import Self

_GRACE_S = 0.005
_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 -- read, not bound


class Server:
    """Serves a WSGI application from background threads.

    It starts in a few milliseconds and stops in as few, whatever its clients hold open. As a
    context manager it serves within the block. Beyond what WSGI demands, the environ has
    `RAW_URI`, the request target as it was sent, and `fakebox.connection`, whose `reset()` and
    `cut()` break the client's connection.

    Args:
        app: the application; it is called from several threads at once.
        host: the address to bind; a name, an IPv4 or an IPv6 address.
        port: the port to bind; 0 for a free one.
        tls: a server's TLS context, for https; see `fakebox.tls`.

    Attributes:
        host: as given.
        port: as given, and as bound once started.
    """

    def __init__(
        self,
        app: WSGIApplication,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.host = host
        self.port: int = port
        self._app = app
        self._tls = tls
        self._acceptor: Acceptor | None = None

    @property
    def url(self) -> str:
        """A URL of this server that this machine can reach, without a trailing slash."""
        host = _ANY.get(self.host, self.host)
        name = f"[{host}]" if ":" in host else host
        return f"{'https' if self._tls else 'http'}://{name}:{self.port}"

    def start(self) -> Self:
        """Accept requests from now on.

        Returns:
            The server itself.

        Raises:
            OSError: the address can't be bound, as when the port is in use.
        """
        self._threads = ThreadPool()
        acceptor = Acceptor(self.host, self.port, self._admit, self._threads)
        self.port = acceptor.port
        self._config = ServerConfig(self._app, self.host, self.port, self._tls)
        self._acceptor = acceptor
        acceptor.start()
        return self

    def stop(self, grace_s: float = _GRACE_S) -> None:
        """Stop: no request is accepted any more, and connections end.

        Args:
            grace_s: how long requests that are being answered may take to finish, in seconds.
                Those that still wait after it, such as a long poll, lose their connection.
        """
        if self._acceptor is None:
            return
        self._acceptor.stop()
        for connection in self._acceptor.apart:
            if not (connection.busy or connection.lingers):
                connection.abort()
        self._threads.dismiss(grace_s)
        for connection in self._acceptor.apart:
            connection.abort()
        self._acceptor = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _admit(self, sock: socket.socket, peer: tuple[str, int]) -> Connection:
        assert self._acceptor
        transport = SocketTransport(sock, peer)
        connection = Connection(self._config, transport)
        transport.give_way = functools.partial(self._acceptor.pass_on, connection)
        return connection
