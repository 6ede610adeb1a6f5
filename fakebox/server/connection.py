"""One client's connection: its requests one after another, and every way it can end.

The application finds it as `environ["fakebox.connection"]`, so that a fault can break it.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import ssl
import struct
from typing import TYPE_CHECKING

from fakebox.server.exchange import Exchange
from fakebox.server.streams import Disconnected, Reader, Writer

if TYPE_CHECKING:
    from fakebox.server.site import Site

logger: logging.Logger = logging.getLogger("fakebox.server")

_STALL_S = 30.0
_PAUSE_S = 0.05
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

    Attributes:
        busy: a request is being read or answered.
        refused: the server has said its last word while the client may still be sending.
        broken: a fault has ended the connection; what is still answered goes nowhere.
    """

    ssl_env: None = None

    def __init__(self, site: Site, sock: socket.socket, peer: tuple[str, int]) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        sock.settimeout(_STALL_S)
        self.remote_addr: str
        self.remote_port: int
        self.remote_addr, self.remote_port = peer
        self.busy: bool = False
        self.refused: bool = False
        self.broken: bool = False
        self._site = site
        self._attach(sock)

    def _attach(self, sock: socket.socket) -> None:
        self.socket = sock
        self.reader: Reader = Reader(sock)
        self.wfile: Writer = Writer(sock)

    def fileno(self) -> int:
        """What a selector watches."""
        return self.socket.fileno()

    def _shake_hands(self, context: ssl.SSLContext) -> bool:
        try:
            if self.socket.recv(1, socket.MSG_PEEK) not in {_TLS_HANDSHAKE, b""}:
                self.wfile.write(_PLAIN_ON_TLS)
                self.refused = True
                return False
            self._attach(context.wrap_socket(self.socket, server_side=True))
        except (OSError, Disconnected) as error:
            logger.info("no TLS with %s: %s", self.remote_addr, error)
            return False
        return True

    def serve(self) -> bool:
        """Answer requests until the peer pauses, or the connection is to end.

        Returns:
            True if the peer has paused, and may send another request at any time.
        """
        tls = self._site.ssl_adapter
        if tls and not isinstance(self.socket, ssl.SSLSocket) and not self._shake_hands(tls):
            return False
        while self._exchange():
            if not self._next_is_near():
                return True
        return False

    def _exchange(self) -> bool:
        exchange = Exchange(self._site, self)
        try:
            exchange.parse_request()
            if exchange.ready:
                exchange.respond()
            return exchange.keeps_connection and not self.broken
        except Disconnected as error:
            logger.info("lost %s: %s", self.remote_addr, error)
        except Exception:
            logger.exception("the application failed")
            with contextlib.suppress(Disconnected):
                exchange.fail()
        finally:
            self.busy = False
            self.refused = self.refused or exchange.refuses
        return False

    def _next_is_near(self) -> bool:
        # A thread waits a moment for the next request: cheaper than a selector and back.
        if self.reader.has_data:
            return True
        try:
            self.socket.settimeout(_PAUSE_S)
            self.reader.fill()
            self.socket.settimeout(_STALL_S)
        except TimeoutError:
            self.socket.settimeout(_STALL_S)
            return False
        except (OSError, Disconnected):
            pass
        # An end is near too: who reads the next request finds it.
        return True

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
