"""The loop that accepts clients and serves them: one thread at a time waits on the selector.

That thread, the leader, also answers the requests it finds, so that a short request is never
passed between threads. When a request has to wait, or takes longer than a moment, another thread
becomes the leader, and the first one finishes the request by itself: a long poll or a slow client
doesn't delay other clients.
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
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from fakebox.core.clock import Deadline
    from fakebox.server.http1 import Connection
    from fakebox.server.thread_pool import ThreadPool

logger: logging.Logger = logging.getLogger("fakebox.server")

_BACKLOG = 512
_IDLE_LIMIT = 256
_CROWD_LIMIT = 64
_EXHAUSTED_S = 0.05
_MOMENT_S = 0.005
_STOP_LIMIT_S = 5.0
_NO_DESCRIPTORS = frozenset({errno.EMFILE, errno.ENFILE})


def _bind(host: str, port: int) -> socket.socket:
    family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
    return socket.create_server((host, port), family=family, backlog=_BACKLOG)


class Acceptor:
    """A bound, listening socket, its clients' connections, and the threads that take the lead.

    Args:
        host: the address to bind.
        port: the port to bind; 0 for a free one.
        admit: called for a new client with its socket and address; the connection that is to be
            looked after, or `None` if somebody else does that.
        threads: where the threads come from.

    Attributes:
        port: as bound.

    Raises:
        OSError: the address can't be bound.
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
        # Those that are waited for, the longest idle first, and when some are silent too long.
        self._idle: dict[Connection, None] = {}
        self._stalling: dict[Connection, Deadline] = {}
        # What the leader serves; who finds it there, under the lock, may take the lead away.
        self._served: Connection | None = None
        self._turns = 0
        self._apart: set[Connection] = set()
        self._returning: queue.SimpleQueue[Connection] = queue.SimpleQueue()
        self._bell, self._button = socket.socketpair()
        self._button.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._lock = threading.Lock()
        self._stopped = False
        self._left = threading.Event()
        self._roused = threading.Event()
        self._rests = False
        self._watch = threading.Thread(target=self._look_on, name="fakebox watch", daemon=True)

    @property
    def apart(self) -> list[Connection]:
        """The connections that a thread is at which doesn't lead: it answers their requests, or
        hears them out.
        """
        with self._lock:
            return list(self._apart)

    def start(self) -> None:
        """Begin to accept clients."""
        self._selector.register(self._socket, selectors.EVENT_READ, self._accept)
        self._selector.register(self._bell, selectors.EVENT_READ, self._answer_bell)
        self._watch.start()
        self._threads.run(self._lead)

    def pass_on(self, connection: Connection) -> None:
        """Let another thread lead, if the one that serves this connection does."""
        with self._lock:
            if self._served is connection and not self._stopped:
                self._hand_over()

    def stop(self) -> None:
        """Accept nobody any more, and close what is idle, at once."""
        with self._lock:
            self._stopped = True
            leads = self._served is None
            if not leads:
                self._detach()
            self._ring()
        self._roused.set()
        # Bounded, so that a thread that can't end doesn't hold up a test.
        self._watch.join(_STOP_LIMIT_S)
        if leads and not self._left.wait(_STOP_LIMIT_S):
            logger.error("the server's thread has not ended")
        self._selector.close()
        self._socket.close()
        self._take_returned()
        for connection in self._idle:
            connection.close()
        self._bell.close()
        self._button.close()

    def _lead(self) -> None:
        with self._lock:
            # Whoever has handed over is through with the selector.
            pass
        while not self._stopped:
            try:
                leads = self._serve_round()
            except BaseException:
                # Without a leader the server would be mute. What fails again waits a little.
                logger.exception("the server failed")
                threading.Event().wait(_EXHAUSTED_S)
                continue
            if not leads:
                return
        self._left.set()

    def _serve_round(self) -> bool:
        """Serve whoever has sent something; whether this thread is still the leader."""
        for key, _ in self._selector.select(self._patience_s()):
            if not key.data():
                return False
        return not self._stalling or self._let_go()

    def _serve(self, connection: Connection, turn: Callable[[], bool]) -> bool:
        """Let a connection have its turn; False if another thread has come to lead meanwhile."""
        with self._lock:
            # It may have been closed a moment ago, to make room for another.
            if self._stopped or connection not in self._idle:
                return True
            self._served = connection
            self._turns += 1
        if self._rests:
            self._roused.set()
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
            # There are no more threads to be had; this one leads on after its turn.
            return
        self._detach()

    def _detach(self) -> None:
        # Only while the leader serves, and so doesn't use the selector.
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
                self._ring()
                return
        self._close(connection)

    def _ring(self) -> None:
        # Where no more fits in, the leader has yet to come for what is there; to wait for that with
        # the lock in hand would keep it away.
        with contextlib.suppress(BlockingIOError):
            self._button.send(b"\0")

    def _end(self, connection: Connection) -> None:
        if connection.lingers:
            # It listens for a while to what the client still sends.
            with self._lock:
                self._apart.add(connection)
            hear_out = functools.partial(self._close, connection)
            try:
                self._threads.run(hear_out)
            except RuntimeError:
                hear_out()
        else:
            connection.close()

    def _close(self, connection: Connection) -> None:
        connection.close()
        with self._lock:
            self._apart.discard(connection)

    # --- what the leader does beside serving ------------------------------------------------------

    def _accept(self) -> bool:
        # One a round would have a crowd wait for the turns of those that are in already; without
        # end, those would wait for the crowd.
        for client in itertools.islice(iter(self._next_client, None), _CROWD_LIMIT):
            try:
                connection = self._admit(*client)
            except (OSError, RuntimeError):
                # The client has left again, or needs a thread that isn't to be had.
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
                    # Linux looks for a descriptor before it looks for a client.
                    if self._socket not in self._readable():
                        return None
                    if self._close_longest_idle():
                        continue
                # To try again at once would only burn the processor.
                logger.warning("cannot accept a connection: %s", error)
                threading.Event().wait(_EXHAUSTED_S)
                return None
            return sock, peer[:2]

    def _answer_bell(self) -> bool:
        self._bell.recv(4096)
        self._take_returned()
        return True

    def _take_returned(self) -> None:
        while not self._returning.empty():
            self._add(self._returning.get())

    def _add(self, connection: Connection) -> None:
        self._keep(connection)
        if self._stopped:
            return
        turn = functools.partial(self._serve, connection, connection.advance)
        self._selector.register(connection, selectors.EVENT_READ, turn)
        if len(self._idle) > _IDLE_LIMIT:
            self._make_room()

    def _make_room(self) -> None:
        for longest_idle in self._at_rest()[: len(self._idle) - _IDLE_LIMIT]:
            self._drop(longest_idle)

    def _close_longest_idle(self) -> bool:
        """Close a connection to get its descriptor; False if every one is in use."""
        idle = self._at_rest() or self._at_rest(with_new=True)
        if idle:
            self._drop(idle[0])
        return bool(idle)

    def _at_rest(self, *, with_new: bool = False) -> list[Connection]:
        """The connections between two requests, the longest idle first.

        Args:
            with_new: also those that have never sent anything.
        """
        # Not those that have sent something: a crowd would lose its first ones to its last.
        readable = self._readable()
        return [
            connection
            for connection in self._idle
            if (connection.stalls is None or (with_new and connection.is_new))
            and connection not in readable
        ]

    def _readable(self) -> set[object]:
        return {key.fileobj for key, _ in self._selector.select(0)}

    def _drop(self, connection: Connection) -> None:
        self._selector.unregister(connection)
        del self._idle[connection]
        self._stalling.pop(connection, None)
        connection.close()

    def _patience_s(self) -> float | None:
        if not self._stalling:
            return None
        return next(iter(self._stalling.values())).remaining_s()

    def _let_go(self) -> bool:
        for connection, stalls in list(self._stalling.items()):
            if stalls.remaining_s() > 0:
                break
            if not self._serve(connection, connection.expire):
                return False
        return True

    # --- the thread that watches the leader -------------------------------------------------------

    def _look_on(self) -> None:
        seen = -1
        while not self._stopped:
            if seen == self._turns:
                if self._served:
                    self._relieve(seen)
                else:
                    self._rest(seen)
            seen = self._turns
            if self._roused.wait(_MOMENT_S):
                self._roused.clear()

    def _relieve(self, turn: int) -> None:
        with self._lock:
            if self._served and turn == self._turns and not self._stopped:
                self._hand_over()

    def _rest(self, seen: int) -> None:
        # Announced before looking again: whoever takes a turn after that look, rouses.
        self._rests = True
        if seen == self._turns and not self._stopped:
            self._roused.wait()
        self._rests = False
        # The turn that roused it has a whole moment before it, as any other.
        self._roused.clear()
