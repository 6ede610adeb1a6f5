"""The connection of a client: TLS, buffered reading and writing, and closing.

Both directions are buffered, so that a message needs only one system call. This module finds the
ends of lines and heads. Other modules parse HTTP.
"""

from __future__ import annotations

import contextlib
import re
import selectors
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
_SEND_BYTES = 256 * 1024
_END_OF_HEAD = b"\r\n\r\n"
_EMPTY_LINES = re.compile(rb"(?:\r\n)+")
# The end of a head with invalid line ends; the parser rejects it.
_MALFORMED_END_OF_HEAD = re.compile(rb"\n\r?\n")
STALL_S = 30.0
_LINGER_S = 2.0
_LINGER_LIMIT_BYTES = 1024 * 1024 * 1024
_LINGER_BLOCK_BYTES = 256 * 1024
# The first byte of a client that uses TLS.
TLS_HANDSHAKE = b"\x16"
_PLAIN_ON_TLS = (
    b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain\r\n"
    b"Content-Length: 34\r\n\r\nThis port speaks https, not http.\n"
)
_pausing = threading.Event()
# A selector for one socket needs no descriptor.
_OneSelector: type[selectors.BaseSelector] = getattr(
    selectors, "PollSelector", selectors.SelectSelector
)
# The exceptions of a non-blocking socket without data or buffer space, without and with TLS.
_WOULD_BLOCK = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


def _no_wait() -> None:
    """Do nothing, for blocking sockets."""


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
    """The head of a request exceeds its limit.

    Attributes:
        line_ended: whether the request line is within the limit.
    """

    def __init__(self, *, line_ended: bool) -> None:
        super().__init__(line_ended)
        self.line_ended = line_ended


class LineTooLong(Exception):
    """A line exceeds its limit."""


class Disconnected(Exception):
    """The client has disconnected, or does not receive any more."""


class Reader:
    """Reads from a client, and buffers bytes that arrive early, such as the next request.

    Args:
        sock: the socket of the connection.
        wait: called if a non-blocking socket has no data; it makes the socket blocking.

    Attributes:
        ended: whether the client has stopped sending.
    """

    def __init__(self, sock: ByteSocket, wait: Callable[[], None] = _no_wait) -> None:
        self.ended: bool = False
        self._socket = sock
        self._wait = wait
        # A bytearray can remove its first bytes without copying the rest.
        self._held = bytearray()

    @property
    def has_data(self) -> bool:
        """Whether the buffer has bytes."""
        return bool(self._held)

    def holds(self, size_bytes: int) -> bool:
        """Whether the buffer has `size_bytes` bytes, or the client has stopped sending."""
        return len(self._held) >= size_bytes or self.ended

    def take_held(self, size_bytes: int) -> bytes:
        """Remove and return up to `size_bytes` bytes of the buffer, without waiting."""
        block = bytes(self._held[:size_bytes])
        del self._held[:size_bytes]
        return block

    def take_all(self) -> bytes:
        """Remove and return all bytes of the buffer, without waiting."""
        return self.take_held(len(self._held))

    def take(self) -> None:
        """Read available bytes into the buffer, without waiting."""
        try:
            received = self._socket.recv(_RECEIVE_BYTES)
        except _WOULD_BLOCK:
            return
        except OSError:
            received = b""
        self._held += received
        self.ended = not received
        self.take_decrypted()

    def take_decrypted(self) -> None:
        """Read the bytes that TLS has decrypted already. A selector does not report them."""
        while isinstance(self._socket, ssl.SSLSocket) and self._socket.pending():
            self._held += self._socket.recv(_RECEIVE_BYTES)

    def head(self, limit_bytes: int) -> bytes:
        """Remove and return a head with its empty line; empty if it has not arrived as a whole.

        Raises:
            HeadTooLarge: there is no blank line within `limit_bytes`.
        """
        # An empty line before a request is allowed, and some clients send one.
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
        if self._held.startswith(TLS_HANDSHAKE):
            # A client that uses TLS on a port without it waits for a response, and the parser
            # rejects its message.
            return len(self._held)
        end = self._held.find(_END_OF_HEAD)
        if end >= 0:
            return end + len(_END_OF_HEAD)
        found = _MALFORMED_END_OF_HEAD.search(self._held)
        return found.end() if found else -1

    def read(self, size_bytes: int) -> bytes:
        """Read `size_bytes` bytes, or fewer if the client has stopped sending."""
        if len(self._held) >= size_bytes:
            return self.take_held(size_bytes)
        block = bytearray(size_bytes)
        view = memoryview(block)
        filled = 0
        while filled < size_bytes and (received := self.readinto(view[filled:])):
            filled += received
        return bytes(view[:filled])

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Read into a buffer, and return the number of bytes.

        The number is 0 if the client has stopped sending, disconnects, or sends nothing until the
        timeout.
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
        except _WOULD_BLOCK:
            self._wait()
        except OSError:
            return 0
        return self._receive(view)

    def readline(self, limit_bytes: int) -> bytes:
        """Read a line with its end, which is missing only if the client has stopped sending.

        Raises:
            LineTooLong: the line has more than `limit_bytes`.
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
        """Whether the buffer ends like a chunked body."""
        return self._held.endswith(b"\r\n\r\n")


class Writer:
    """Writes to a client; a head is sent together with the first bytes of its body.

    Args:
        sock: the socket of the connection.
        wait: called if a non-blocking socket cannot send; it makes the socket blocking.
    """

    def __init__(self, sock: ByteSocket, wait: Callable[[], None]) -> None:
        self._socket = sock
        self._wait = wait
        self._held = b""

    def hold(self, data: bytes) -> None:
        """Buffer bytes until the next write or flush."""
        self._held += data

    def write(self, data: bytes) -> None:
        """Send the buffered bytes and `data`. A few bytes are sent in one system call.

        Raises:
            Disconnected: the client has disconnected, or received nothing until the timeout.
        """
        if len(data) <= _COALESCE_BYTES:
            data, self._held = self._held + data, b""
        else:
            self.flush()
        remaining = memoryview(data)
        # Not sendall: its timeout is for the whole block, which is too short for slow clients.
        while remaining:
            remaining = remaining[self._send(remaining) :]

    def _send(self, data: memoryview) -> int:
        try:
            return self._socket.send(data)
        except _WOULD_BLOCK:
            self._wait()
            return 0
        except OSError as error:
            raise Disconnected(str(error)) from error

    def send_available(self, data: bytearray) -> int:
        """Send some of the data, without waiting.

        With TLS, the data must begin with the same bytes after a call that has sent nothing.

        Args:
            data: the bytes, at least one.

        Returns:
            The number of bytes that were sent; 0 if a non-blocking socket cannot send.

        Raises:
            Disconnected: the client has disconnected.
        """
        with memoryview(data) as view, view[:_SEND_BYTES] as piece:
            try:
                return self._socket.send(piece)
            except _WOULD_BLOCK:
                return 0
            except OSError as error:
                raise Disconnected(str(error)) from error

    def flush(self) -> None:
        """Send the buffered bytes."""
        if self._held:
            self.write(b"")


class Transport:
    """The connection of a client, below the protocol.

    The environ contains it as `fakebox.connection`, so that a fault can end it.

    Args:
        sock: reads from the client and writes to it.
        peer: the address and the port of the client.

    Attributes:
        reader: the bytes from the client.
        writer: the bytes to the client.
        remote_addr: the address of the client.
        remote_port: the port of the client.
        give_way: called before the connection waits for its client.
        request_close: called when a thread that does not serve the connection has ended it.
        lingers: whether the client may still be sending a body, which is then discarded.
        is_broken: a fault has ended the connection; later writes are dropped.
    """

    def __init__(self, sock: ByteSocket, peer: tuple[str, int]) -> None:
        self.remote_addr: str
        self.remote_port: int
        self.remote_addr, self.remote_port = peer
        self.give_way: Callable[[], None] = _no_wait
        self.request_close: Callable[[], None] = _no_wait
        self.lingers: bool = False
        self.is_broken: bool = False
        self._is_reset = False
        self.reader: Reader = Reader(sock, self.wait)
        self.writer: Writer = Writer(sock, self.wait)

    def fileno(self) -> int:
        """The file descriptor, for the selector; -1 if there is none."""
        return -1

    def wait(self) -> None:
        """Let another thread serve the other connections, and make reads and writes blocking."""
        raise NotImplementedError

    def stop_waiting(self) -> None:
        """Make reads and writes non-blocking."""

    def pause(self, seconds: float) -> None:
        """Wait for `seconds` of real time."""
        _pausing.wait(seconds)

    def wait_limit_s(self, seconds: float) -> float:
        """Limit how long the application may wait for an event, in seconds of real time."""
        return seconds

    def propagates(self, error: BaseException) -> bool:
        """Whether an exception of the application leaves the server instead of being logged."""
        del error
        return False

    def close(self) -> None:
        """Close the connection. The client still receives the bytes that were written."""
        raise NotImplementedError

    def reset(self) -> None:
        """Reset the connection."""
        raise NotImplementedError

    def cut(self) -> None:
        """Close the connection after the written bytes, so that the response is incomplete."""
        raise NotImplementedError

    def abort(self) -> None:
        """Close the connection from another thread. The reading or writing thread continues."""
        raise NotImplementedError


class SocketTransport(Transport):
    """A connection over a socket.

    Only `close` closes the socket, and only the thread that has taken it from the selector calls
    it: otherwise another connection could get the same descriptor.

    Args:
        sock: the socket.
        peer: the address and the port of the client.

    Attributes:
        socket: the socket, with TLS after the handshake.
    """

    def __init__(self, sock: socket.socket, peer: tuple[str, int]) -> None:
        super().__init__(sock, peer)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        sock.setblocking(False)
        self.socket: socket.socket = sock

    def fileno(self) -> int:
        """The file descriptor of the socket."""
        return self.socket.fileno()

    def _attach(self, sock: socket.socket) -> None:
        self.socket = sock
        self.reader: Reader = Reader(sock, self.wait)
        self.writer: Writer = Writer(sock, self.wait)

    def wait(self) -> None:
        """Let another thread serve the other connections, and make the socket blocking."""
        self.give_way()
        self.socket.settimeout(STALL_S)

    def stop_waiting(self) -> None:
        """Make the socket non-blocking, for the selector."""
        if self.socket.gettimeout() != 0:
            self.socket.setblocking(False)

    def wait_readable(self, timeout_s: float) -> bool:
        """Wait until bytes or the end have arrived, or until a timeout in seconds.

        Returns:
            False after the timeout.
        """
        return self._wait_for(selectors.EVENT_READ, timeout_s)

    def wait_writable(self, timeout_s: float) -> bool:
        """Wait until the socket can send, or until a timeout in seconds.

        Returns:
            False after the timeout.
        """
        return self._wait_for(selectors.EVENT_WRITE, timeout_s)

    def _wait_for(self, event: int, timeout_s: float) -> bool:
        with _OneSelector() as selector:
            try:
                selector.register(self.socket, event)
            except ValueError:
                # Another thread has closed the socket.
                return True
            return bool(selector.select(timeout_s))

    def shake_hands(self, context: ssl.SSLContext) -> str | None:
        """Do the TLS handshake.

        Returns:
            The protocol that was negotiated by ALPN; `None` if the client offers none.

        Raises:
            Disconnected: the client does not use TLS, or the handshake failed.
        """
        self.wait()
        try:
            if self.socket.recv(1, socket.MSG_PEEK) not in {TLS_HANDSHAKE, b""}:
                self.writer.write(_PLAIN_ON_TLS)
                self.lingers = True
                raise Disconnected("the client does not use TLS")
            secured = context.wrap_socket(self.socket, server_side=True)
        except OSError as error:
            raise Disconnected(f"the TLS handshake failed: {error}") from error
        self._attach(secured)
        return secured.selected_alpn_protocol()

    def close(self) -> None:
        """Close the connection. The client still receives the bytes that were written."""
        if self.lingers and not self._is_reset:
            self._linger()
        self.socket.close()

    def _linger(self) -> None:
        # Closing with unread bytes resets the connection, and the client may lose the response to a
        # rejected upload.
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
        """Reset the connection."""
        self.is_broken = self._is_reset = True
        with contextlib.suppress(OSError):
            # Takes effect when the socket is closed.
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def cut(self) -> None:
        """Close the connection after the written bytes, so that the response is incomplete."""
        self.lingers: bool = True
        self.is_broken: bool = True
        with contextlib.suppress(OSError, Disconnected):
            self.writer.flush()
            self.socket.shutdown(socket.SHUT_WR)

    def abort(self) -> None:
        """Close the connection from another thread. The reading or writing thread continues."""
        with contextlib.suppress(OSError):
            # Not SSLSocket.shutdown: it drops the TLS session that the other thread uses.
            socket.socket.shutdown(self.socket, socket.SHUT_RDWR)
