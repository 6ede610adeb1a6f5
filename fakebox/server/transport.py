"""A client's socket with its TLS: bytes in, bytes out, and every way a connection can end.

The two directions are buffered so that one message is one system call. They know nothing of HTTP
but where a line and the head of a request end.
"""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import struct
import threading
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed import WriteableBuffer

_RECEIVE_BYTES = 64 * 1024
_COALESCE_BYTES = 64 * 1024
_END_OF_HEAD = b"\r\n\r\n"
_EMPTY_LINES = re.compile(rb"(?:\r\n)+")
# Ends a head whose lines don't end as they must; its parser refuses it.
_MALFORMED_END_OF_HEAD = re.compile(rb"\n\r?\n")
STALL_S = 30.0
_LINGER_S = 2.0
_LINGER_LIMIT_BYTES = 1024 * 1024 * 1024
_LINGER_BLOCK_BYTES = 256 * 1024
_TLS_HANDSHAKE = b"\x16"
_PLAIN_ON_TLS = (
    b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain\r\n"
    b"Content-Length: 34\r\n\r\nThis port speaks https, not http.\n"
)
_pausing = threading.Event()
# What a socket that doesn't wait says where it would have to; TLS has words of its own.
NOT_YET = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


def _never() -> None:
    """For sockets that wait themselves."""


class ByteSocket(Protocol):
    """The methods of a socket that `Reader` and `Writer` use."""

    def recv(self, size_bytes: int, /) -> bytes:
        """Receive up to so many bytes; none at the end of the input."""
        ...

    def recv_into(self, buffer: memoryview, /) -> int:
        """Receive into a buffer; returns 0 at the end of the input."""
        ...

    def send(self, data: memoryview, /) -> int:
        """Send some of the data, and return how many bytes."""
        ...


class HeadTooLarge(Exception):
    """The request line and headers exceed the limit. `line_ended`: the first line fits in it."""

    def __init__(self, *, line_ended: bool) -> None:
        super().__init__(line_ended)
        self.line_ended = line_ended


class LineTooLong(Exception):
    """A line exceeds its limit."""


class Disconnected(Exception):
    """The peer is gone, or takes nothing any more."""


class Reader:
    """What the peer sends; keeps what arrived too early, such as the next request.

    Args:
        sock: the connection's socket.
        wait: called where nothing has come yet; afterwards the socket waits for more. A socket
            that waits anyway needs none.

    Attributes:
        ended: the peer will send no more.
    """

    def __init__(self, sock: ByteSocket, wait: Callable[[], None] = _never) -> None:
        self.ended: bool = False
        self._socket = sock
        self._wait = wait
        # Of all types, this one gives away its first bytes without copying the others.
        self._held = bytearray()

    @property
    def has_data(self) -> bool:
        """Whether bytes have arrived that nobody has read."""
        return bool(self._held)

    def holds(self, size_bytes: int) -> bool:
        """Whether as many bytes have arrived, or all that will."""
        return len(self._held) >= size_bytes or self.ended

    def take_held(self, size_bytes: int) -> bytes:
        """Up to so many of the bytes that have arrived, without waiting for more."""
        block = bytes(self._held[:size_bytes])
        del self._held[:size_bytes]
        return block

    def take(self) -> None:
        """Take what has arrived, without waiting for more."""
        try:
            received = self._socket.recv(_RECEIVE_BYTES)
        except NOT_YET:
            return
        except OSError:
            received = b""
        self._held += received
        self.ended = not received
        self.take_decrypted()

    def take_decrypted(self) -> None:
        """Take what no selector would report, as TLS has read it from the socket already."""
        while isinstance(self._socket, ssl.SSLSocket) and self._socket.pending():
            self._held += self._socket.recv(_RECEIVE_BYTES)

    def head(self, limit_bytes: int) -> bytes:
        """A request line and its headers through the blank line; empty if it hasn't all come.

        Raises:
            HeadTooLarge: there is no blank line within `limit_bytes`.
        """
        # An empty line before a request is allowed, and some clients do send one.
        if empty_lines := _EMPTY_LINES.match(self._held):
            del self._held[: empty_lines.end()]
        end = self._end_of_head()
        size_bytes = end if end >= 0 else len(self._held)
        if size_bytes > limit_bytes:
            raise HeadTooLarge(line_ended=b"\r\n" in self._held[:limit_bytes])
        if end < 0:
            return b""
        return self.take_held(size_bytes)

    def _end_of_head(self) -> int:
        end = self._held.find(_END_OF_HEAD)
        if end >= 0:
            return end + len(_END_OF_HEAD)
        found = _MALFORMED_END_OF_HEAD.search(self._held)
        return found.end() if found else -1

    def read(self, size_bytes: int) -> bytes:
        """A few bytes; fewer than `size_bytes` only at the end of what the peer sends."""
        if len(self._held) >= size_bytes:
            return self.take_held(size_bytes)
        block = bytearray(size_bytes)
        view = memoryview(block)
        filled = 0
        while filled < size_bytes and (received := self.readinto(view[filled:])):
            filled += received
        return bytes(view[:filled])

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill some of the buffer; how many bytes, or 0 at the end of what the peer sends.

        The end it may be by the peer's fault: to leave, to break off or to fall silent.
        """
        view = memoryview(buffer)
        if not self._held:
            return self._receive(view)
        taken = min(len(self._held), len(view))
        view[:taken] = self._held[:taken]
        del self._held[:taken]
        return taken

    def _receive(self, view: memoryview) -> int:
        if self.ended:
            return 0
        try:
            return self._socket.recv_into(view)
        except NOT_YET:
            self._wait()
        except OSError:
            return 0
        return self._receive(view)

    def readline(self, limit_bytes: int) -> bytes:
        """One line with its end, which is missing only at the end of what the peer sends.

        Raises:
            LineTooLong: it has more than `limit_bytes`.
        """
        block = memoryview(bytearray(limit_bytes))
        while (end := self._held.find(b"\n", 0, limit_bytes) + 1) == 0:
            if len(self._held) >= limit_bytes:
                raise LineTooLong
            received = self._receive(block)
            if not received:
                end = len(self._held)
                break
            self._held += block[:received]
        return self.take_held(end)

    def has_end_of_chunks(self) -> bool:
        """Whether what has arrived seems to end a chunked body."""
        return self._held.endswith(b"\r\n\r\n")


class Writer:
    """What goes to the peer; a held head leaves with the first bytes of its body.

    Args:
        sock: the connection's socket.
        wait: called where the peer takes no more for now; afterwards the socket waits for it.
    """

    def __init__(self, sock: ByteSocket, wait: Callable[[], None]) -> None:
        self._socket = sock
        self._wait = wait
        self._held = b""

    def hold(self, data: bytes) -> None:
        """Keep bytes back until the next write or flush."""
        self._held += data

    def write(self, data: bytes) -> None:
        """Send what was held and then this, in one system call if it is small.

        Raises:
            Disconnected: the peer is gone, or has taken nothing for the socket's timeout.
        """
        if len(data) <= _COALESCE_BYTES:
            data, self._held = self._held + data, b""
        else:
            self.flush()
        remaining = memoryview(data)
        # Not sendall: its timeout covers a whole block, however slow an honest peer is.
        while remaining:
            remaining = remaining[self._send(remaining) :]

    def _send(self, data: memoryview) -> int:
        try:
            return self._socket.send(data)
        except NOT_YET:
            self._wait()
            return 0
        except OSError as error:
            raise Disconnected(str(error)) from error

    def flush(self) -> None:
        """Send what was held."""
        if self._held:
            self.write(b"")


class Transport:
    """A client's connection below the protocol.

    The application finds it as `environ["fakebox.connection"]`, so that a fault can break it.

    Args:
        sock: reads from and writes to the client.
        peer: the client's address.

    Attributes:
        reader, writer: the bytes of both directions.
        remote_addr, remote_port: the client's address.
        give_way: called before it waits for its client.
        lingers: the server has sent its last response while the client may still be sending.
        is_broken: a fault has ended the connection; what is still written goes nowhere.
    """

    def __init__(self, sock: ByteSocket, peer: tuple[str, int]) -> None:
        self.remote_addr: str
        self.remote_port: int
        self.remote_addr, self.remote_port = peer
        self.give_way: Callable[[], None] = _never
        self.lingers: bool = False
        self.is_broken: bool = False
        self._is_reset = False
        self.reader: Reader = Reader(sock, self.wait)
        self.writer: Writer = Writer(sock, self.wait)

    def fileno(self) -> int:
        """The descriptor that a selector watches; -1 if there is none."""
        return -1

    def wait(self) -> None:
        """Let others be served, and have reads and writes wait for the client from now on."""
        raise NotImplementedError

    def stop_waiting(self) -> None:
        """Have reads and writes return at once."""

    def shake_hands(self, context: ssl.SSLContext) -> None:
        """Begin TLS, unless it has begun.

        Raises:
            Disconnected: the client doesn't speak TLS, or not with this server.
        """
        raise NotImplementedError

    def pause(self, seconds: float) -> None:
        """Let real time pass before the application goes on."""
        _pausing.wait(seconds)

    def patience_s(self, seconds: float) -> float:
        """Limit how long the application may wait for an event, in seconds of real time."""
        return seconds

    def propagates(self, error: BaseException) -> bool:
        """Whether an exception of the application leaves the server instead of being logged."""
        del error
        return False

    def close(self) -> None:
        """End the connection so that what was written still arrives."""
        raise NotImplementedError

    def reset(self) -> None:
        """Break the connection, as a machine that crashes: the peer sees a reset."""
        raise NotImplementedError

    def cut(self) -> None:
        """End the connection after what was written so far: the peer sees a short response."""
        raise NotImplementedError

    def abort(self) -> None:
        """End the connection from another thread, and wake the one that reads or writes it."""
        raise NotImplementedError


class SocketTransport(Transport):
    """A connection over a socket.

    It closes its socket in `close` only, which belongs to whoever has taken it from the selector:
    with a socket that is closed elsewhere, another connection may get the descriptor's number.

    Args:
        sock: its socket.
        peer: the client's address.
    """

    def __init__(self, sock: socket.socket, peer: tuple[str, int]) -> None:
        super().__init__(sock, peer)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        sock.setblocking(False)
        self.socket: socket.socket = sock

    def fileno(self) -> int:
        """The socket's descriptor."""
        return self.socket.fileno()

    def _attach(self, sock: socket.socket) -> None:
        self.socket = sock
        self.reader = Reader(sock, self.wait)
        self.writer = Writer(sock, self.wait)

    def wait(self) -> None:
        """Let others be served, and have the socket wait for its client from now on."""
        self.give_way()
        self.socket.settimeout(STALL_S)

    def stop_waiting(self) -> None:
        """Have the socket return at once, as the selector needs it."""
        if self.socket.gettimeout() != 0:
            self.socket.setblocking(False)

    def shake_hands(self, context: ssl.SSLContext) -> None:
        """Begin TLS, unless it has begun.

        A protocol that was negotiated by ALPN is to be read from `socket` afterwards.

        Raises:
            Disconnected: the client doesn't speak TLS, or not with this server.
        """
        if isinstance(self.socket, ssl.SSLSocket):
            return
        self.wait()
        try:
            if self.socket.recv(1, socket.MSG_PEEK) not in {_TLS_HANDSHAKE, b""}:
                self.writer.write(_PLAIN_ON_TLS)
                self.lingers = True
                raise Disconnected("it speaks no TLS")
            self._attach(context.wrap_socket(self.socket, server_side=True))
        except OSError as error:
            raise Disconnected(f"no TLS: {error}") from error

    def close(self) -> None:
        """End the connection so that what was written still arrives."""
        if self.lingers and not self._is_reset:
            self._linger()
        self.socket.close()

    def _linger(self) -> None:
        # To close with bytes unread resets the connection, and may destroy on its way the
        # response that tells the peer why its upload was refused.
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
        """Break the connection, as a machine that crashes: the peer sees a reset."""
        self.is_broken = self._is_reset = True
        with contextlib.suppress(OSError):
            # Takes effect when the socket is closed.
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def cut(self) -> None:
        """End the connection after what was written so far: the peer sees a short response."""
        self.lingers = self.is_broken = True
        with contextlib.suppress(OSError, Disconnected):
            self.writer.flush()
            self.socket.shutdown(socket.SHUT_WR)

    def abort(self) -> None:
        """End the connection from another thread, and wake the one that reads or writes it."""
        with contextlib.suppress(OSError):
            # Not TLS's own: that one takes the session from under the other thread.
            socket.socket.shutdown(self.socket, socket.SHUT_RDWR)
