"""Request and response bodies that are slowed down or cut, and broken connections."""

from __future__ import annotations

import errno
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, BinaryIO, Protocol

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_PIECES_PER_S = 20
_pausing = threading.Event()


class Connection(Protocol):
    """The connection of a client, as faults use it."""

    def reset(self) -> None:
        """Reset the connection at once."""
        ...

    def cut(self) -> None:
        """Close the connection after the bytes that were written."""
        ...


class BrokenConnection:
    """Replaces the connection if the application has no access to it."""

    def reset(self) -> None:
        """Raise an exception, so that the server closes the connection.

        Raises:
            ConnectionResetError: always.
        """
        raise ConnectionResetError(errno.ECONNRESET, "Connection reset by a fault")

    cut = reset


def pause(environ: WSGIEnvironment, seconds: float) -> None:
    """Wait for `seconds` of real time, or until the client of the request disconnects."""
    # Without a socket, there is no client that can disconnect.
    wait: Callable[[float], object] = getattr(
        environ.get("fakebox.connection"), "pause", _pausing.wait
    )
    if seconds > 0:
        wait(seconds)


class ChangedResponse:
    """Changed blocks of a response, which close the response itself.

    Args:
        blocks: the blocks of the response.
        changed: the blocks to send instead.
    """

    def __init__(self, blocks: Iterable[bytes], changed: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._changed = changed

    def __iter__(self) -> Iterator[bytes]:
        """Iterate over the changed blocks."""
        return self._changed

    def close(self) -> None:
        """Close the response itself."""
        close = getattr(self._blocks, "close", None)
        if close:
            close()


def broken_off(
    blocks: Iterable[bytes], after_bytes: int, break_off: Callable[[], None]
) -> Iterator[bytes]:
    """Yield the first bytes, then call `break_off`, which breaks the connection."""
    remaining_bytes = after_bytes
    for block in blocks:
        if remaining_bytes <= 0:
            break
        yield block[:remaining_bytes]
        remaining_bytes -= len(block)
    break_off()


def slowed(
    environ: WSGIEnvironment, blocks: Iterable[bytes], bandwidth_bytes_per_s: int
) -> Iterator[bytes]:
    """Yield the same bytes at a limited bandwidth, in bytes per second."""
    piece_bytes = max(1, bandwidth_bytes_per_s // _PIECES_PER_S)
    for block in blocks:
        for start in range(0, len(block), piece_bytes):
            piece = block[start : start + piece_bytes]
            pause(environ, len(piece) / bandwidth_bytes_per_s)
            yield piece


class SlowInput:
    """The body of a request, read at a limited bandwidth in bytes per second."""

    def __init__(self, environ: WSGIEnvironment, bandwidth_bytes_per_s: int) -> None:
        self._environ = environ
        self._stream: BinaryIO = environ["wsgi.input"]
        self._bandwidth_bytes_per_s = bandwidth_bytes_per_s

    def read(self, size: int = -1) -> bytes:
        """Read from the stream, and wait."""
        data = self._stream.read(size)
        pause(self._environ, len(data) / self._bandwidth_bytes_per_s)
        return data

    def readline(self, size: int = -1) -> bytes:
        """Read a line from the stream, and wait."""
        line = self._stream.readline(size)
        pause(self._environ, len(line) / self._bandwidth_bytes_per_s)
        return line
