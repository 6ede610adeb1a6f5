"""Bodies that come slowly, break off, or break the connection."""

from __future__ import annotations

import errno
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any, BinaryIO, Protocol

_PIECES_PER_S = 20
_pausing = threading.Event()


class Connection(Protocol):
    """What a fault may do to a client's connection."""

    def reset(self) -> None:
        """Break it at once."""
        ...

    def cut(self) -> None:
        """End it after what was written so far."""
        ...


class BrokenConnection:
    """Takes the place of a connection where the application has no access to it."""

    def reset(self) -> None:
        """Fail, so that the server breaks off.

        Raises:
            ConnectionResetError: always.
        """
        raise ConnectionResetError(errno.ECONNRESET, "Connection reset by a fault")

    cut = reset


def pause(environ: dict[str, Any], seconds: float) -> None:
    """Let real time go by, as long as the client of a WSGI request waits for it."""
    # Without a socket there is nobody else who could lose patience.
    wait: Callable[[float], object] = getattr(
        environ.get("fakebox.connection"), "pause", _pausing.wait
    )
    if seconds > 0:
        wait(seconds)


class PassedOn:
    """The blocks of an answer, to be passed on differently.

    Args:
        blocks: the blocks as they are.
        passed_on: what becomes of them.
    """

    def __init__(self, blocks: Iterable[bytes], passed_on: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._passed_on = passed_on

    def __iter__(self) -> Iterator[bytes]:
        """The blocks as they are passed on."""
        return self._passed_on

    def close(self) -> None:
        """Close the answer itself."""
        close = getattr(self._blocks, "close", None)
        if close:
            close()


def broken_off(
    blocks: Iterable[bytes], after_bytes: int, break_off: Callable[[], None]
) -> Iterator[bytes]:
    """The first bytes, and then something that happens to the connection."""
    remaining_bytes = after_bytes
    for block in blocks:
        if remaining_bytes <= 0:
            break
        yield block[:remaining_bytes]
        remaining_bytes -= len(block)
    break_off()


def slowed(
    environ: dict[str, Any], blocks: Iterable[bytes], bandwidth_bytes_per_s: int
) -> Iterator[bytes]:
    """The same bytes, no faster than that."""
    piece_bytes = max(1, bandwidth_bytes_per_s // _PIECES_PER_S)
    for block in blocks:
        for start in range(0, len(block), piece_bytes):
            piece = block[start : start + piece_bytes]
            pause(environ, len(piece) / bandwidth_bytes_per_s)
            yield piece


class SlowInput:
    """A request's body that comes no faster than that."""

    def __init__(self, environ: dict[str, Any], bandwidth_bytes_per_s: int) -> None:
        self._environ = environ
        self._stream: BinaryIO = environ["wsgi.input"]
        self._bandwidth_bytes_per_s = bandwidth_bytes_per_s

    def read(self, size: int = -1) -> bytes:
        """Read as the stream itself does, only later."""
        data = self._stream.read(size)
        pause(self._environ, len(data) / self._bandwidth_bytes_per_s)
        return data

    def readline(self, size: int = -1) -> bytes:
        """Read a line, as slowly."""
        line = self._stream.readline(size)
        pause(self._environ, len(line) / self._bandwidth_bytes_per_s)
        return line
