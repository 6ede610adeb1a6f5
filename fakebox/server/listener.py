"""The thread that waits for clients: for new ones, and for those that paused between requests.

It never reads or writes a byte of theirs, so that a slow client keeps nobody waiting.
"""

from __future__ import annotations

import functools
import logging
import queue
import selectors
import socket
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from fakebox.server.connection import Connection

logger: logging.Logger = logging.getLogger("fakebox.server")

_BACKLOG = 512
_PARKED_LIMIT = 256
_EXHAUSTED_S = 0.05


def _bind(host: str, port: int) -> socket.socket:
    family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
    return socket.create_server((host, port), family=family, backlog=_BACKLOG)


class Listener:
    """A bound, listening socket and the connections parked beside it.

    Args:
        host: the address to bind.
        port: the port to bind; 0 for a free one.
        admit: called for a new client with its socket and address.
        resume: called for a parked connection that has something to read.

    Raises:
        OSError: the address can't be bound.
    """

    def __init__(
        self,
        host: str,
        port: int,
        admit: Callable[[socket.socket, tuple[str, int]], None],
        resume: Callable[[Connection], None],
    ) -> None:
        self._socket = _bind(host, port)
        self._socket.setblocking(False)
        self.port: int = self._socket.getsockname()[1]
        self._admit = admit
        self._resume = resume
        self._parked: dict[Connection, None] = {}
        self._arriving: queue.SimpleQueue[Connection] = queue.SimpleQueue()
        self._bell, self._button = socket.socketpair()
        self._selector = selectors.DefaultSelector()
        self._lock = threading.Lock()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="fakebox listener", daemon=True)

    def start(self) -> None:
        """Begin to accept clients."""
        self._thread.start()

    def park(self, connection: Connection) -> None:
        """Take over a connection until its peer sends something or leaves."""
        with self._lock:
            if self._stopped:
                connection.close()
                return
            self._arriving.put(connection)
            self._button.send(b"\0")

    def stop(self) -> None:
        """Close the listening socket and what is parked, at once."""
        with self._lock:
            self._stopped = True
            self._button.send(b"\0")
        self._thread.join()
        self._bell.close()
        self._button.close()

    def _run(self) -> None:
        with self._selector, self._socket:
            self._selector.register(self._socket, selectors.EVENT_READ, self._accept)
            self._selector.register(self._bell, selectors.EVENT_READ, self._answer_bell)
            while not self._stopped:
                for key, _ in self._selector.select():
                    key.data()
            self._take_arriving()
            for connection in self._parked:
                connection.close()

    def _accept(self) -> None:
        try:
            sock, peer = self._socket.accept()
        except BlockingIOError:
            return
        except OSError as error:
            # Out of descriptors, most likely; to try again at once would only burn the processor.
            logger.warning("cannot accept a connection: %s", error)
            threading.Event().wait(_EXHAUSTED_S)
            return
        try:
            self._admit(sock, peer[:2])
        except OSError:
            # The client has left again.
            sock.close()

    def _answer_bell(self) -> None:
        self._bell.recv(4096)
        self._take_arriving()
        while len(self._parked) > _PARKED_LIMIT:
            longest_idle = next(iter(self._parked))
            self._unpark(longest_idle)
            longest_idle.close()

    def _take_arriving(self) -> None:
        while not self._arriving.empty():
            connection = self._arriving.get()
            self._parked[connection] = None
            wake = functools.partial(self._wake, connection)
            self._selector.register(connection, selectors.EVENT_READ, wake)

    def _wake(self, connection: Connection) -> None:
        # It may have been closed a moment ago, to make room for another.
        if connection in self._parked:
            self._unpark(connection)
            self._resume(connection)

    def _unpark(self, connection: Connection) -> None:
        self._selector.unregister(connection)
        del self._parked[connection]
