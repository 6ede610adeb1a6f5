"""Connections to the emulator within the process: bytes of HTTP without sockets.

A client writes to and reads from a `MemoryStream` as from a socket. At its other end is the HTTP
code of the emulator's server. The application runs in the thread that reads, as far as it is
needed for the bytes that are read, or in another thread where the client could not read:

- during an upload that is larger than the buffer;
- for clients with an event loop, which must not be blocked.
"""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from collections import deque
from dataclasses import dataclass
from errno import EBADF, ECONNREFUSED, ECONNRESET, EPIPE
from typing import TYPE_CHECKING, Any

from fakebox.core.clock import Deadline
from fakebox.server.environ import ServerConfig
from fakebox.server.http1 import Connection
from fakebox.server.thread_pool import ThreadPool
from fakebox.server.transport import STALL_S, Disconnected, Transport

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from _typeshed.wsgi import WSGIApplication

_BUFFER_BYTES = 1024 * 1024
_PEER = ("127.0.0.1", 0)


class Endpoint:
    """An emulator, as clients of this process connect to it.

    Args:
        app: the WSGI application of the emulator.

    Attributes:
        app: the WSGI application of the emulator.
        substitutes: the replacements of the clients' connection pools.
    """

    def __init__(self, app: WSGIApplication) -> None:
        self.app: WSGIApplication = app
        self.substitutes: weakref.WeakKeyDictionary[object, Any] = weakref.WeakKeyDictionary()
        self._lock = threading.Lock()
        self._streams: weakref.WeakSet[MemoryStream] = weakref.WeakSet()
        self._is_closed = False

    def connect(self, host: str, port: int, *, is_secure: bool = True) -> MemoryStream:
        """Open a connection.

        Args:
            host: the host name that the client uses.
            port: its port.
            is_secure: whether the URL begins with https.

        Raises:
            ConnectionRefusedError: the emulator is stopped.
        """
        stream = MemoryStream(_Config(self.app, host, port, None, is_secure=is_secure))
        with self._lock:
            if self._is_closed:
                raise ConnectionRefusedError(ECONNREFUSED, "Connection refused")
            self._streams.add(stream)
        return stream

    def close(self) -> None:
        """Reject new connections, and end the open ones."""
        with self._lock:
            self._is_closed = True
            streams = list(self._streams)
        for stream in streams:
            stream.abort()


@dataclass(frozen=True)
class _Config(ServerConfig):
    is_secure: bool = False

    @property
    def scheme(self) -> str:
        """The scheme of the URL; there is no TLS in any case."""
        return "https" if self.is_secure else "http"


class MemoryStream:
    """The client's end of a connection. It is used like a socket, by one thread at a time.

    Args:
        config: the configuration of the connection.
    """

    def __init__(self, config: ServerConfig) -> None:
        self._changed = threading.Condition(threading.Lock())
        self._inbox: deque[memoryview] = deque()
        self._inbox_bytes = 0
        self._outbox = bytearray()
        self._discards_input = False
        self._is_closed = False
        # The server has ended the connection; what it sent before can still be read.
        self._end: _End | None = None
        # A thread runs the server's code.
        self._is_running = False
        self._is_pumped = False
        self._deliver: Callable[[bytes], None] | None = None
        self._transport = _MemoryTransport(self)
        self._connection = Connection(config, self._transport)
        self._steps: Generator[None, None, bool] | None = None

    @property
    def is_open(self) -> bool:
        """Whether neither side has ended the connection."""
        return not (self._is_closed or self._end)

    # --- for the client ----------------------------------------------------------------------

    def send(self, data: bytes | bytearray | memoryview, timeout_s: float | None = None) -> None:
        """Send data; waits while the server has too much of it unread.

        Raises:
            ConnectionResetError: the server has reset the connection.
            BrokenPipeError: the server has closed it.
            TimeoutError: the server has read nothing for `timeout_s` seconds.
        """
        with self._changed:
            self._accept(data)
            deadline = _deadline(timeout_s)
            while self._inbox_bytes > _BUFFER_BYTES:
                if not self._is_running:
                    self._is_running = self._is_pumped = True
                    threads().run(self._pump)
                self._wait(deadline)
                self._check_writable()

    def send_now(self, data: bytes | bytearray | memoryview) -> bool:
        """Send data without waiting; returns whether the server has room for more.

        Raises:
            ConnectionResetError, BrokenPipeError: as for `send`.
        """
        with self._changed:
            self._accept(data)
            return self._inbox_bytes <= _BUFFER_BYTES

    def recv_into(self, buffer: memoryview, timeout_s: float | None = None) -> int:
        """Read into a buffer; returns the number of bytes, 0 at the end of the connection.

        Raises:
            ConnectionResetError: the server has reset the connection.
            TimeoutError: nothing was received for `timeout_s` seconds.
            OSError: this end is closed.
        """
        deadline = _deadline(timeout_s)
        while True:
            with self._changed:
                if self._outbox:
                    return self._take_into(buffer)
                if self._end:
                    self._end.check()
                    return 0
                if self._is_closed:
                    raise OSError(EBADF, "Bad file descriptor")
                if self._is_running or not self._has_work():
                    self._wait(deadline)
                    continue
                self._is_running = True
            self._run_for_caller(deadline)

    def recv(self, size_bytes: int, timeout_s: float | None = None) -> bytes:
        """Read up to so many bytes; none at the end of the connection.

        Raises:
            ConnectionResetError, TimeoutError, OSError: as for `recv_into`.
        """
        block = bytearray(size_bytes)
        return bytes(memoryview(block)[: self.recv_into(memoryview(block), timeout_s)])

    def serve(
        self, deliver: Callable[[bytes], None], end: Callable[[OSError | None], None]
    ) -> None:
        """Run the server's code in another thread as long as there is something to do.

        Call it after data was sent; for clients that do not call `recv`.

        Args:
            deliver: called in that thread with the bytes that the server sends; it may wait.
            end: called in that thread when the server ends the connection; with an error if it
                resets the connection.
        """
        with self._changed:
            if self._is_running or not self._has_work():
                return
            self._is_running = True
        threads().run(lambda: self._serve(deliver, end))

    def close(self) -> None:
        """Close this end."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        self._close_abandoned()

    def abort(self) -> None:
        """End the connection from another thread, as a server that stops."""
        self.end(is_reset=False, discards_input=False)

    # --- for the server's transport ---------------------------------------------------------

    def end(self, *, is_reset: bool, discards_input: bool) -> None:
        """End the connection for the server."""
        with self._changed:
            self._end = self._end or _End(is_reset)
            self._discards_input = discards_input
            if discards_input:
                self._drop_input()
            self._changed.notify_all()

    def take_input(self, size_bytes: int) -> memoryview | None:
        """Return up to `size_bytes` of the input, empty at its end; `None` if there is none yet."""
        with self._changed:
            if not self._inbox:
                return memoryview(b"") if self._has_no_more_input() else None
            piece = self._inbox[0]
            if len(piece) <= size_bytes:
                self._inbox.popleft()
            else:
                self._inbox[0] = piece[size_bytes:]
                piece = piece[:size_bytes]
            self._inbox_bytes -= len(piece)
            self._changed.notify_all()
            return piece

    def wait_for_input(self, deadline: Deadline) -> bool:
        """Wait for input or its end; returns whether there was any before the deadline."""
        self._deliver_output()
        with self._changed:
            while not (self._inbox or self._has_no_more_input()):
                if not self._changed.wait(deadline.remaining_s()):
                    return False
            return True

    def put_output(self, data: memoryview) -> None:
        """Send data to the client; waits while it has too much unread, if another thread reads.

        Raises:
            BrokenPipeError: the client has closed the connection, or has not read for too long.
        """
        with self._changed:
            while self._is_pumped and len(self._outbox) > _BUFFER_BYTES and not self._is_closed:
                if not self._changed.wait(STALL_S):
                    break
            if self._is_closed or self._end:
                raise BrokenPipeError(EPIPE, "Broken pipe")
            self._outbox += data
            self._changed.notify_all()

    def pause(self, deadline: Deadline) -> None:
        """Wait until the deadline or the end of the connection."""
        self._deliver_output()
        with self._changed:
            while self.is_open and deadline.remaining_s():
                self._changed.wait(deadline.remaining_s())

    # --- internals, under the lock ------------------------------------------------------------

    def _accept(self, data: bytes | bytearray | memoryview) -> None:
        self._check_writable()
        if self._discards_input or not data:
            return
        # The client may use its buffer again.
        view = memoryview(data if isinstance(data, bytes) else bytes(data))
        self._inbox.append(view)
        self._inbox_bytes += len(view)
        self._changed.notify_all()

    def _check_writable(self) -> None:
        if self._is_closed:
            raise OSError(EBADF, "Bad file descriptor")
        if self._end:
            self._end.check()
            if not self._discards_input:
                raise BrokenPipeError(EPIPE, "Broken pipe")

    def _take_into(self, buffer: memoryview) -> int:
        taken = min(len(buffer), len(self._outbox))
        buffer[:taken] = self._outbox[:taken]
        del self._outbox[:taken]
        if self._is_pumped:
            self._changed.notify_all()
        return taken

    def _drop_input(self) -> None:
        self._inbox.clear()
        self._inbox_bytes = 0

    def _has_work(self) -> bool:
        return self._end is None and (self._steps is not None or bool(self._inbox))

    def _has_no_more_input(self) -> bool:
        return self._is_closed or self._end is not None

    def _wait(self, deadline: Deadline | None) -> None:
        if deadline is None:
            self._changed.wait()
        elif not self._changed.wait(deadline.remaining_s()):
            raise TimeoutError("timed out")

    # --- internals, by the thread that runs the server's code -----------------------------------

    def _run_for_caller(self, deadline: Deadline | None) -> None:
        transport = self._transport
        transport.is_in_caller, transport.deadline, transport.was_limited = True, deadline, False
        try:
            self._step()
        finally:
            transport.is_in_caller, transport.deadline = False, None
            self._stop_running()
        # Only for planned waits, so that the result does not depend on the speed of the machine.
        if transport.was_limited and deadline and not deadline.remaining_s():
            raise TimeoutError("timed out")

    def _pump(self) -> None:
        try:
            while self._goes_on():
                self._step()
        finally:
            self._stop_running()

    def _serve(
        self, deliver: Callable[[bytes], None], end: Callable[[OSError | None], None]
    ) -> None:
        self._deliver = deliver
        while True:
            self._deliver_output()
            with self._changed:
                has_ended = self._end
                if not (has_ended or self._goes_on()):
                    self._is_running = False
                    break
            if has_ended:
                end(has_ended.error())
                break
            self._step()
        self._close_abandoned()

    def _deliver_output(self) -> None:
        """Pass the output to a client that does not call `recv`, before the server waits."""
        if self._deliver:
            with self._changed:
                data = bytes(self._outbox)
                self._outbox.clear()
            if data:
                self._deliver(data)

    def _goes_on(self) -> bool:
        return not self._is_closed and self._has_work()

    def _step(self) -> None:
        """Run the server's code up to its next block of output, or the end of the input."""
        if self._steps is None:
            self._steps = self._connection.steps()
        try:
            next(self._steps)
        except StopIteration as finished:
            self._steps = None
            if not finished.value:
                self._connection.close()
        except BaseException:
            self._steps = None
            self.end(is_reset=False, discards_input=False)
            raise

    def _stop_running(self) -> None:
        with self._changed:
            self._is_running = self._is_pumped = False
            self._changed.notify_all()
        self._close_abandoned()

    def _close_abandoned(self) -> None:
        """End a response that the client does not read to its end."""
        with self._changed:
            may_close = self._is_closed and not self._is_running
            steps = self._steps if may_close else None
            self._steps = None if may_close else self._steps
        if steps:
            steps.close()


class _End:
    def __init__(self, is_reset: bool) -> None:
        self._is_reset = is_reset

    def check(self) -> None:
        if error := self.error():
            raise error

    def error(self) -> OSError | None:
        if self._is_reset:
            return ConnectionResetError(ECONNRESET, "Connection reset by peer")
        return None


class _ServerSocket:
    """The server's end, for `Reader` and `Writer`; it never waits for input."""

    def __init__(self, stream: MemoryStream) -> None:
        self.has_stalled: bool = False
        self._stream = stream

    def recv(self, size_bytes: int, /) -> bytes:
        """See `ByteSocket`."""
        return bytes(self._take(size_bytes))

    def recv_into(self, buffer: memoryview, /) -> int:
        """See `ByteSocket`."""
        piece = self._take(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)

    def send(self, data: memoryview, /) -> int:
        """See `ByteSocket`."""
        self._stream.put_output(data)
        return len(data)

    def _take(self, size_bytes: int) -> memoryview:
        if self.has_stalled:
            return memoryview(b"")
        piece = self._stream.take_input(size_bytes)
        if piece is None:
            raise BlockingIOError
        return piece


class _MemoryTransport(Transport):
    """The server's end of a connection, below the protocol.

    Attributes:
        is_in_caller: the client's thread runs the server's code.
        deadline: the end of that thread's timeout; `None` if there is none.
        was_limited: the application would have waited longer than that.
    """

    def __init__(self, stream: MemoryStream) -> None:
        self._server_socket = _ServerSocket(stream)
        self._stream = stream
        self.is_in_caller: bool = False
        self.deadline: Deadline | None = None
        self.was_limited: bool = False
        super().__init__(self._server_socket, _PEER)

    def wait(self) -> None:
        """Wait for input; after the timeout the client counts as disconnected."""
        if not self._stream.wait_for_input(Deadline(self.wait_limit_s(STALL_S))):
            self._server_socket.has_stalled = True

    def pause(self, seconds: float) -> None:
        """Wait for real time to pass, at most until the timeout of the client."""
        self._stream.pause(Deadline(self.wait_limit_s(seconds)))

    def wait_limit_s(self, seconds: float) -> float:
        """Limit how long the application may wait by the timeout of a client in the same thread."""
        if self.deadline is None:
            return seconds
        remaining_s = self.deadline.remaining_s()
        self.was_limited = remaining_s < seconds
        return min(seconds, remaining_s)

    def propagates(self, error: BaseException) -> bool:
        """Whether it is an interrupt of the client's own thread, such as Ctrl-C."""
        return self.is_in_caller and not isinstance(error, Exception)

    def close(self) -> None:
        """See `Transport`."""
        discards = self.lingers and not self._is_reset
        self._stream.end(is_reset=self._is_reset, discards_input=discards)

    def reset(self) -> None:
        """See `Transport`."""
        self.is_broken = self._is_reset = True

    def cut(self) -> None:
        """See `Transport`."""
        self.lingers = self.is_broken = True
        with contextlib.suppress(OSError, Disconnected):
            self.writer.flush()

    def abort(self) -> None:
        """See `Transport`."""
        self._stream.abort()


def _deadline(timeout_s: float | None) -> Deadline | None:
    return None if timeout_s is None else Deadline(timeout_s)


_threads = ThreadPool()


def threads() -> ThreadPool:
    """The threads that run the server's code if the client's thread cannot."""
    return _threads


def _replace_threads() -> None:
    # A forked process has only the thread that forked it.
    global _threads  # noqa: PLW0603
    _threads = ThreadPool()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_replace_threads)
