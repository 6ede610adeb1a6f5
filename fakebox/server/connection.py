"""One client's connection: its requests one after another, and every way it can end.

The application finds it as `environ["fakebox.connection"]`, so that a fault can break it.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import ssl
import struct
import time
from typing import TYPE_CHECKING

from fakebox.server.exchange import Exchange
from fakebox.server.streams import Disconnected, Reader, Writer

if TYPE_CHECKING:
    from collections.abc import Callable

    from fakebox.server.site import Site

logger: logging.Logger = logging.getLogger("fakebox.server")

_STALL_S = 30.0
_LINGER_S = 2.0
_LINGER_LIMIT_BYTES = 1024 * 1024 * 1024
_LINGER_BLOCK_BYTES = 256 * 1024
_TLS_HANDSHAKE = b"\x16"
_PLAIN_ON_TLS = (
    b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain\r\n"
    b"Content-Length: 34\r\n\r\nThis port speaks https, not http.\n"
)


class Connection:
    """A client's connection.

    Args:
        site: what it is a connection to.
        sock: its socket.
        peer: the client's address.
        give_way: called with the connection before it waits for its client.

    Attributes:
        busy: a request is being answered.
        refused: the server has said its last word while the client may still be sending.
        broken: a fault has ended the connection; what is still answered goes nowhere.
        stalls_at: when, by `time.monotonic`, its client has been silent for too long; `None`
            between requests, where it may be silent as long as it likes.
    """

    ssl_env: None = None

    def __init__(
        self,
        site: Site,
        sock: socket.socket,
        peer: tuple[str, int],
        give_way: Callable[[Connection], None],
    ) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        sock.setblocking(False)
        self.remote_addr: str
        self.remote_port: int
        self.remote_addr, self.remote_port = peer
        self.busy: bool = False
        self.refused: bool = False
        self.broken: bool = False
        self.stalls_at: float | None = time.monotonic() + _STALL_S
        self._site = site
        self._give_way = give_way
        self._begun: Exchange | None = None
        self._attach(sock)

    def _attach(self, sock: socket.socket) -> None:
        self.socket = sock
        self.reader: Reader = Reader(sock, self._wait)
        self.wfile: Writer = Writer(sock, self._wait)

    def fileno(self) -> int:
        """What a selector watches."""
        return self.socket.fileno()

    def _wait(self) -> None:
        self._give_way(self)
        self.socket.settimeout(_STALL_S)

    def advance(self) -> bool:
        """Take what has come, and answer every request that has come whole, but for a long body.

        Returns:
            Whether the client may go on.
        """
        self.stalls_at = None
        try:
            if self._site.ssl_adapter and not isinstance(self.socket, ssl.SSLSocket):
                self._wait()
                self._shake_hands(self._site.ssl_adapter)
            goes_on = self._advance()
            if goes_on and self.socket.gettimeout() != 0:
                self.socket.setblocking(False)
        except Disconnected as error:
            logger.info("lost %s: %s", self.remote_addr, error)
            return False
        return goes_on

    def expire(self) -> bool:
        """Let the client go, that has been silent for too long.

        Returns:
            False: it may not go on.
        """
        self.reader.ended = True
        with contextlib.suppress(Disconnected):
            if self._begun:
                # The application sees how much of the body is missing.
                self._answer(self._begun)
            elif self.reader.has_data:
                Exchange(self._site, self).simple_response("408 Request Timeout")
        return False

    def _shake_hands(self, context: ssl.SSLContext) -> None:
        try:
            if self.socket.recv(1, socket.MSG_PEEK) not in {_TLS_HANDSHAKE, b""}:
                self.wfile.write(_PLAIN_ON_TLS)
                self.refused = True
                raise Disconnected("it speaks no TLS")
            self._attach(context.wrap_socket(self.socket, server_side=True))
        except OSError as error:
            raise Disconnected(f"no TLS: {error}") from error

    def _advance(self) -> bool:
        self.reader.take()
        while exchange := self._arrived():
            if not self._answer(exchange):
                return False
            self.reader.take_decrypted()
        return not self.reader.ended

    def _arrived(self) -> Exchange | None:
        """The next request, if it has come whole."""
        if not (self._begun or self.reader.has_data):
            return None
        exchange = self._begun or Exchange(self._site, self)
        self._begun = None
        if exchange.arrives():
            return exchange
        if exchange.ready:
            self._begun = exchange
        if self._begun or self.reader.has_data:
            self.stalls_at = time.monotonic() + _STALL_S
        return None

    def _answer(self, exchange: Exchange) -> bool:
        """Answer a request; whether another may follow."""
        self.busy = True
        try:
            if exchange.ready:
                exchange.respond()
            return exchange.keeps_connection and not self.broken
        except Disconnected:
            raise
        except Exception:
            logger.exception("the application failed")
            with contextlib.suppress(Disconnected):
                exchange.fail()
            return False
        finally:
            self.busy = False
            self.refused = self.refused or exchange.refuses

    def close(self) -> None:
        """End the connection so that what was written still arrives."""
        if self.refused:
            self._linger()
        self.socket.close()

    def _linger(self) -> None:
        # To close with bytes unread resets the connection, and may destroy on its way the
        # answer that tells the peer why its upload was refused.
        sink = bytearray(_LINGER_BLOCK_BYTES)
        discarded_bytes = 0
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)
            self.socket.settimeout(_LINGER_S)
            while received := self.socket.recv_into(sink):
                discarded_bytes += received
                if discarded_bytes > _LINGER_LIMIT_BYTES:
                    return

    def reset(self) -> None:
        """Break the connection at once, as a machine that crashes: the peer sees a reset."""
        self.broken = True
        with contextlib.suppress(OSError):
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def cut(self) -> None:
        """End the connection after what was written so far: the peer sees a short answer."""
        self.refused = self.broken = True
        with contextlib.suppress(OSError, Disconnected):
            self.wfile.flush()
            self.socket.shutdown(socket.SHUT_WR)

    def abort(self) -> None:
        """End the connection from another thread, and wake the one that reads or writes it."""
        with contextlib.suppress(OSError):
            # Not TLS's own: that one takes the session from under the other thread.
            socket.socket.shutdown(self.socket, socket.SHUT_RDWR)
