"""A connection with TLS, whose handshake chooses the protocol (ALPN)."""

from __future__ import annotations

import logging
import ssl
from typing import TYPE_CHECKING

from fakebox.server import http1, http2
from fakebox.server.transport import Disconnected

if TYPE_CHECKING:
    from fakebox.core.clock import Deadline
    from fakebox.server.environ import ServerConfig
    from fakebox.server.thread_pool import ThreadPool
    from fakebox.server.transport import SocketTransport

logger: logging.Logger = logging.getLogger("fakebox.server")


class NegotiatedConnection:
    """A connection of HTTP/2, or of HTTP/1.1 before the handshake and if the client offers no h2.

    Args:
        config: the configuration of the server.
        transport: the transport of the connection.
        tls: the TLS context of the server.
        threads: the threads for the requests of HTTP/2.
    """

    def __init__(
        self,
        config: ServerConfig,
        transport: SocketTransport,
        tls: ssl.SSLContext,
        threads: ThreadPool,
    ) -> None:
        self._config = config
        self._transport = transport
        self._tls: ssl.SSLContext | None = tls
        self._threads = threads
        self._protocol: http1.Connection | http2.Connection = http1.Connection(config, transport)

    @property
    def busy(self) -> bool:
        """Whether a request is being processed."""
        return self._protocol.busy

    @property
    def stalls(self) -> Deadline | None:
        """The deadline for the rest of a request; `None` between requests."""
        return self._protocol.stalls

    @property
    def is_new(self) -> bool:
        """Whether the client has not sent a byte."""
        return self._protocol.is_new

    @property
    def is_broken(self) -> bool:
        """Whether the connection has to be closed."""
        return self._protocol.is_broken

    @property
    def lingers(self) -> bool:
        """Whether closing takes time, because the client may still be sending."""
        return self._protocol.lingers

    def fileno(self) -> int:
        """The file descriptor, for the selector."""
        return self._protocol.fileno()

    def advance(self) -> bool:
        """Do the handshake, or read the available bytes and respond to the requests in them.

        Returns:
            Whether the connection is kept.
        """
        if self._tls:
            try:
                protocol = self._transport.shake_hands(self._tls)
            except Disconnected as error:
                logger.info("lost %s: %s", self._transport.remote_addr, error)
                return False
            self._tls = None
            if protocol == "h2":
                self._protocol = http2.Connection(self._config, self._transport, self._threads)
        return self._protocol.advance()

    def expire(self) -> bool:
        """End the connection after its deadline.

        Returns:
            False: the connection is not kept.
        """
        return self._protocol.expire()

    def finish(self) -> None:
        """Serve the open requests until they end, or until the connection is aborted."""
        self._protocol.finish()

    def close(self) -> None:
        """Close the connection. The client still receives the bytes that were written."""
        self._protocol.close()

    def abort(self) -> None:
        """Close the connection from another thread. The thread that serves it continues."""
        self._protocol.abort()
