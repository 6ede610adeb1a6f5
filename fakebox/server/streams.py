"""The two directions of a connection's socket, buffered so that one message is one system call.

They move bytes and know nothing of HTTP but where the head of a request ends.
"""

from __future__ import annotations

import io
import ssl
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from _typeshed import WriteableBuffer

_RECEIVE_BYTES = 64 * 1024
_COALESCE_BYTES = 64 * 1024
_END_OF_HEAD = b"\r\n\r\n"
# What a socket that doesn't wait says where it would have to; TLS has words of its own.
NOT_YET = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


def _never() -> None:
    """For sockets that wait themselves."""


class HeadTooLarge(Exception):
    """The request line and headers exceed the limit. `line_ended`: the first line fits in it."""

    def __init__(self, *, line_ended: bool) -> None:
        super().__init__(line_ended)
        self.line_ended = line_ended


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

    def __init__(self, sock: socket.socket, wait: Callable[[], None] = _never) -> None:
        self.ended: bool = False
        self._socket = sock
        self._wait = wait
        self._held = b""

    @property
    def has_data(self) -> bool:
        """Whether bytes have arrived that nobody has read."""
        return bool(self._held)

    def holds(self, size_bytes: int) -> bool:
        """Whether as many bytes have arrived, or all that will."""
        return len(self._held) >= size_bytes or self.ended

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
        self._held = self._held.lstrip(b"\r\n")
        end = self._held.find(_END_OF_HEAD)
        size_bytes = end + len(_END_OF_HEAD) if end >= 0 else len(self._held)
        if size_bytes > limit_bytes:
            raise HeadTooLarge(line_ended=b"\r\n" in self._held[:limit_bytes])
        if end < 0:
            return b""
        head, self._held = self._held[:size_bytes], self._held[size_bytes:]
        return head

    def read(self, size_bytes: int) -> bytes:
        """As many bytes as asked for; fewer only at the end of what the peer sends."""
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
        self._held = self._held[taken:]
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

    def readline(self) -> bytes:
        """One line with its end; cheroot reads the sizes of chunks so."""
        block = memoryview(bytearray(_RECEIVE_BYTES))
        while b"\n" not in self._held and len(self._held) < _RECEIVE_BYTES:
            received = self._receive(block)
            if not received:
                break
            self._held += block[:received]
        end = self._held.find(b"\n") + 1 or len(self._held)
        line, self._held = self._held[:end], self._held[end:]
        return line


class Writer:
    """What goes to the peer; a held head leaves with the first bytes of its body.

    Args:
        sock: the connection's socket.
        wait: called where the peer takes no more for now; afterwards the socket waits for it.
    """

    def __init__(self, sock: socket.socket, wait: Callable[[], None]) -> None:
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


class Body(io.RawIOBase):
    """A request's body of known length, as WSGI's input stream.

    It ends early, with `remaining_bytes` above 0, if the peer leaves or falls silent.
    """

    def __init__(
        self, reader: Reader, length_bytes: int, before_reading: Callable[[], None] | None
    ) -> None:
        super().__init__()
        self.remaining_bytes: int = length_bytes
        self._reader = reader
        self._before_reading = before_reading

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill the buffer with what comes next; less of it only at the end of the body."""
        if self._before_reading:
            self._before_reading()
        view = memoryview(buffer)[: self.remaining_bytes]
        filled = 0
        while filled < len(view) and (received := self._reader.readinto(view[filled:])):
            filled += received
        self.remaining_bytes -= filled
        return filled
