"""Accepts clients and serves them: one thread at a time waits for the selector.

That thread is the leader. It also responds to the requests, so a short request is never passed
between threads. When a request has to wait, or takes longer than a few milliseconds, another thread
becomes the leader, and the first thread finishes the request: a long poll or a slow client does not
delay other clients (the leader/follower pattern).
"""

from __future__ import annotations

import contextlib
import errno
import functools
import itertools
import logging
import queue
import selectors
import socket
import threading
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from fakebox.core.clock import Deadline
    from fakebox.server.thread_pool import ThreadPool

logger: logging.Logger = logging.getLogger("fakebox.server")

_BACKLOG = 512
_IDLE_LIMIT = 256
_ACCEPT_LIMIT = 64
_EXHAUSTED_S = 0.05
_TURN_LIMIT_S = 0.005
_STOP_LIMIT_S = 5.0
_NO_DESCRIPTORS = frozenset({errno.EMFILE, errno.ENFILE})


def _bind(host: str, port: int) -> socket.socket:
    family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
    return socket.create_server((host, port), family=family, backlog=_BACKLOG)


class Connection(Protocol):
    """The connection of a client, in any protocol."""

    @property
    def busy(self) -> bool:
        """Whether requests are being processed, or their responses have to be sent."""
        ...

    @property
    def stalls(self) -> Deadline | None:
        """The deadline for the rest of a request; `None` between requests."""
        ...

    @property
    def is_new(self) -> bool:
        """Whether the client has not sent a byte."""
        ...

    @property
    def is_broken(self) -> bool:
        """Whether the connection has to be closed."""
        ...

    @property
    def lingers(self) -> bool:
        """Whether closing takes time, because the client may still be sending."""
        ...

    def fileno(self) -> int:
        """The file descriptor, for the selector."""
        ...

    def advance(self) -> bool:
        """Read the available bytes, and serve the requests in them.

        Returns:
            Whether the connection is kept.
        """
        ...

    def expire(self) -> bool:
        """End the connection after its deadline; the result is as for `advance`."""
        ...

    def finish(self) -> None:
        """Serve the open requests until they end, without a selector."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...

    def abort(self) -> None:
        """Close the connection from another thread. The thread that serves it continues."""
        ...


class Acceptor:
    """A listening socket, the connections of its clients, and the leader thread.

    Args:
        host: the address to bind.
        port: the port to bind; 0 for a free one.
        admit: called for a new client with its socket and address; returns the connection to
            serve, or `None` if it serves the client itself.
        threads: the thread pool.

    Attributes:
        port: the bound port.

    Raises:
        OSError: the address cannot be bound.
    """

    def __init__(
        self,
        host: str,
        port: int,
        admit: Callable[[socket.socket, tuple[str, int]], Connection | None],
        threads: ThreadPool,
    ) -> None:
        self._socket = _bind(host, port)
        self._socket.setblocking(False)
        self.port: int = self._socket.getsockname()[1]
        self._admit = admit
        self._threads = threads
        # The connections in the selector, the longest idle first, and the deadlines of some.
        self._idle: dict[Connection, None] = {}
        self._stalling: dict[Connection, Deadline] = {}
        # The connection that the leader serves. A thread may replace the leader only while it holds
        # the lock and this is set.
        self._served: Connection | None = None
        self._turns = 0
        self._apart: set[Connection] = set()
        self._returning: queue.SimpleQueue[Connection] = queue.SimpleQueue()
        self._ending: queue.SimpleQueue[Connection] = queue.SimpleQueue()
        self._wake_receiver, self._wake_sender = socket.socketpair()
        self._wake_sender.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._lock = threading.Lock()
        self._stopped = False
        self._left = threading.Event()
        self._watch_wake = threading.Event()
        self._is_resting = False
        self._watch = threading.Thread(target=self._watch_leader, name="fakebox watch", daemon=True)

    @property
    def apart(self) -> list[Connection]:
        """The connections that threads other than the leader serve or close."""
        with self._lock:
            return list(self._apart)

    def start(self) -> None:
        """Start to accept clients."""
        self._selector.register(self._socket, selectors.EVENT_READ, self._accept)
        self._selector.register(self._wake_receiver, selectors.EVENT_READ, self._on_wake)
        self._watch.start()
        self._threads.run(self._lead)

    def pass_on(self, connection: Connection) -> None:
        """Make another thread the leader, if the leader serves this connection."""
        with self._lock:
            if self._served is connection and not self._stopped:
                self._hand_over()

    def end(self, connection: Connection) -> None:
        """Close a connection soon; it has to be marked as broken before.

        Any thread may call this for any connection.
        """
        with self._lock:
            if not self._stopped:
                self._ending.put(connection)
                self._wake()

    def stop(self) -> None:
        """Stop accepting clients, and close the connections without requests, at once.

        The connections that serve requests are `apart` afterwards.
        """
        with self._lock:
            self._stopped = True
            leads = self._served is None
            if not leads:
                self._detach()
            self._wake()
        self._watch_wake.set()
        # With a timeout, so that a thread that does not end cannot block a test.
        self._watch.join(_STOP_LIMIT_S)
        if leads and not self._left.wait(_STOP_LIMIT_S):
            logger.error("the server's thread has not ended")
        self._selector.close()
        self._socket.close()
        self._take_returned()
        for connection in self.apart:
            if not (connection.busy or connection.lingers):
                connection.abort()
        for connection in self._idle:
            if connection.busy:
                self._run_apart(connection, self._finish)
            else:
                connection.close()
        self._wake_receiver.close()
        self._wake_sender.close()

    def _lead(self) -> None:
        with self._lock:
            # Wait until the previous leader has released the selector.
            pass
        while not self._stopped:
            try:
                leads = self._serve_round()
            except BaseException:
                # The server always needs a leader. The pause limits the rate of repeated errors.
                logger.exception("the server failed")
                threading.Event().wait(_EXHAUSTED_S)
                continue
            if not leads:
                return
        self._left.set()

    def _serve_round(self) -> bool:
        """Serve the connections with data; returns whether this thread is still the leader."""
        for key, _ in self._selector.select(self._timeout_s()):
            if not key.data():
                return False
        return not self._stalling or self._expire()

    def _serve(self, connection: Connection, turn: Callable[[], bool]) -> bool:
        """Serve a connection; returns whether this thread is still the leader."""
        with self._lock:
            # The connection may be closed already, because there are too many connections.
            if self._stopped or connection not in self._idle:
                return True
            self._served = connection
            self._turns += 1
        if self._is_resting:
            self._watch_wake.set()
        self._stalling.pop(connection, None)
        try:
            goes_on = turn()
        except BaseException:
            logger.exception("a connection failed")
            goes_on = False
        with self._lock:
            leads = self._served is connection
            self._served = None if leads else self._served
        if not leads:
            self._return(connection, goes_on=goes_on)
        elif goes_on:
            self._keep(connection)
        else:
            self._selector.unregister(connection)
            del self._idle[connection]
            self._end(connection)
        return leads

    def _keep(self, connection: Connection) -> None:
        self._idle.pop(connection, None)
        self._idle[connection] = None
        if connection.stalls is not None:
            self._stalling[connection] = connection.stalls

    def _hand_over(self) -> None:
        try:
            self._threads.run(self._lead)
        except RuntimeError:
            # The system cannot start a thread, so this thread stays the leader.
            return
        self._detach()

    def _detach(self) -> None:
        # Called only while the leader serves, so it does not use the selector.
        connection = self._served
        assert connection
        self._served = None
        self._selector.unregister(connection)
        del self._idle[connection]
        self._apart.add(connection)

    def _return(self, connection: Connection, *, goes_on: bool) -> None:
        with self._lock:
            if goes_on and not self._stopped:
                self._apart.discard(connection)
                self._returning.put(connection)
                self._wake()
                return
        if goes_on:
            self._finish(connection)
        else:
            self._close(connection)

    def _wake(self) -> None:
        # If the buffer is full, the leader has not read it yet and will wake. Waiting here with the
        # lock would block the leader.
        with contextlib.suppress(BlockingIOError):
            self._wake_sender.send(b"\0")

    def _end(self, connection: Connection) -> None:
        if connection.lingers:
            # Closing may take long, because it reads the bytes that the client still sends.
            self._run_apart(connection, self._close)
        else:
            connection.close()

    def _run_apart(self, connection: Connection, ending: Callable[[Connection], None]) -> None:
        with self._lock:
            self._apart.add(connection)
        try:
            self._threads.run(functools.partial(ending, connection))
        except RuntimeError:
            self._close(connection)

    def _finish(self, connection: Connection) -> None:
        connection.finish()
        self._close(connection)

    def _close(self, connection: Connection) -> None:
        connection.close()
        with self._lock:
            self._apart.discard(connection)

    # --- accepting and closing -----------------------------------------------------------------

    def _accept(self) -> bool:
        # Several clients are accepted in a round, so that new clients do not wait long. A limit
        # prevents that the existing connections wait for all new clients.
        for client in itertools.islice(iter(self._next_client, None), _ACCEPT_LIMIT):
            try:
                connection = self._admit(*client)
            except (OSError, RuntimeError):
                # The client has disconnected, or the system cannot start a thread for it.
                client[0].close()
                continue
            if connection:
                self._add(connection)
        return True

    def _next_client(self) -> tuple[socket.socket, tuple[str, int]] | None:
        while True:
            try:
                sock, peer = self._socket.accept()
            except BlockingIOError:
                return None
            except OSError as error:
                if error.errno in _NO_DESCRIPTORS:
                    # Linux reports this error even if no client is waiting.
                    if self._socket not in self._readable():
                        return None
                    if self._close_longest_idle():
                        continue
                # Without a pause, repeated attempts would use all processor time.
                logger.warning("cannot accept a connection: %s", error)
                threading.Event().wait(_EXHAUSTED_S)
                return None
            return sock, peer[:2]

    def _on_wake(self) -> bool:
        self._wake_receiver.recv(4096)
        self._take_returned()
        while not self._ending.empty():
            connection = self._ending.get()
            # One that another thread serves is closed when it returns.
            if connection in self._idle:
                self._selector.unregister(connection)
                del self._idle[connection]
                self._stalling.pop(connection, None)
                self._end(connection)
        return True

    def _take_returned(self) -> None:
        while not self._returning.empty():
            self._add(self._returning.get())

    def _add(self, connection: Connection) -> None:
        if connection.is_broken:
            self._end(connection)
            return
        self._keep(connection)
        if self._stopped:
            return
        turn = functools.partial(self._serve, connection, connection.advance)
        self._selector.register(connection, selectors.EVENT_READ, turn)
        if len(self._idle) > _IDLE_LIMIT:
            self._close_idle()

    def _close_idle(self) -> None:
        excess = sum(not connection.busy for connection in self._idle) - _IDLE_LIMIT
        for longest_idle in self._between_requests()[: max(0, excess)]:
            self._drop(longest_idle)

    def _close_longest_idle(self) -> bool:
        """Close a connection to free its descriptor; returns False if all are in use."""
        idle = self._between_requests() or self._between_requests(with_new=True)
        if idle:
            self._drop(idle[0])
        return bool(idle)

    def _between_requests(self, *, with_new: bool = False) -> list[Connection]:
        """The connections between two requests, the longest idle first.

        Args:
            with_new: whether to include connections that have not sent a request.
        """
        # Connections with unread data are not included.
        readable = self._readable()
        return [
            connection
            for connection in self._idle
            if not connection.busy
            and (connection.stalls is None or (with_new and connection.is_new))
            and connection not in readable
        ]

    def _readable(self) -> set[object]:
        return {key.fileobj for key, _ in self._selector.select(0)}

    def _drop(self, connection: Connection) -> None:
        self._selector.unregister(connection)
        del self._idle[connection]
        self._stalling.pop(connection, None)
        connection.close()

    def _timeout_s(self) -> float | None:
        if not self._stalling:
            return None
        return next(iter(self._stalling.values())).remaining_s()

    def _expire(self) -> bool:
        for connection, stalls in list(self._stalling.items()):
            if stalls.remaining_s() > 0:
                break
            if not self._serve(connection, connection.expire):
                return False
        return True

    # --- the watch thread ----------------------------------------------------------------------

    def _watch_leader(self) -> None:
        seen = -1
        while not self._stopped:
            if seen == self._turns:
                if self._served:
                    self._replace_leader(seen)
                else:
                    self._rest(seen)
            seen = self._turns
            if self._watch_wake.wait(_TURN_LIMIT_S):
                self._watch_wake.clear()

    def _replace_leader(self, turn: int) -> None:
        with self._lock:
            if self._served and turn == self._turns and not self._stopped:
                self._hand_over()

    def _rest(self, seen: int) -> None:
        # Set before the check: a turn that begins after the check wakes this thread.
        self._is_resting = True
        if seen == self._turns and not self._stopped:
            self._watch_wake.wait()
        self._is_resting = False
        # The time limit of a turn starts now, also for the turn that woke this thread.
        self._watch_wake.clear()
