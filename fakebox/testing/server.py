"""A server that the `Fakebox` objects of many tests use, one after another."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from fakebox.app import ENDPOINTS
from fakebox.middleware.faults import Fault
from fakebox.namespaces import Namespaces
from fakebox.testing.transports import InProcess, OverSocket

if TYPE_CHECKING:
    from typing_extensions import Self

    from fakebox.namespaces import ControlledNamespace
    from fakebox.testing.interception import Endpoint
    from fakebox.testing.transports import PoolManager, Transport


class FakeboxServer:
    """A server in background threads; `Fakebox(server)` uses it.

    Such a `Fakebox` needs no new socket, thread or connection. Only one may use the server at a
    time. If no `Fakebox` uses it, each connection is reset.

    The socket is opened by `start`, or when `url` is first used.

    Args:
        host: the address to bind.
        port: the port to bind; 0 for a free one.

    Attributes:
        endpoint: the emulator, for clients of this process.

    Example:
        >>> from fakebox import Fakebox
        >>> from fakebox.testing import FakeboxServer
        >>> with FakeboxServer() as server:
        ...     for name in ("/a.txt", "/b.txt"):
        ...         with Fakebox(server) as box:
        ...             box.write(name, "hello")
        ...             print(box.tree())
        ['/a.txt']
        ['/b.txt']
    """

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._namespaces = Namespaces(endpoints=ENDPOINTS)
        self._transport = OverSocket(self._namespaces, host, port)
        self._in_process = InProcess(self._transport.endpoint)
        self._lock = threading.Lock()
        self._is_open = False
        self._is_stopped = False
        self.endpoint: Endpoint = self._transport.endpoint
        self._idle = self._namespaces.default
        # While no `Fakebox` uses the server, the connection of each request is reset.
        self._idle.faults.add(Fault(reset="before_read", times=None))

    @property
    def url(self) -> str:
        """The URL of the server, without a trailing slash. Its first use opens the socket.

        Raises:
            OSError: the address cannot be bound.

        Example:
            >>> from fakebox.testing import FakeboxServer
            >>> with FakeboxServer() as server:
            ...     server.url
            'http://127.0.0.1:...'
        """
        self._open()
        return self._transport.url

    @property
    def client_url(self) -> str:
        """The URL that clients of this process use: without a socket as long as none is open."""
        return self._used.client_url

    @property
    def pool_manager(self) -> PoolManager:
        """The connections of clients of this process to `client_url`, kept between tests."""
        return self._used.pool_manager

    def start(self) -> Self:
        """Start to serve. A `with` statement calls it.

        Returns:
            The same object.

        Raises:
            OSError: the address cannot be bound.

        Example:
            >>> from fakebox import Fakebox
            >>> from fakebox.testing import FakeboxServer
            >>> server = FakeboxServer().start()
            >>> with Fakebox(server) as box:
            ...     box.client().account_info()["uid"]
            1
            >>> server.stop()
        """
        self._open()
        return self

    @property
    def _used(self) -> Transport:
        return self._transport if self._is_open else self._in_process

    def _open(self) -> None:
        with self._lock:
            if not (self._is_open or self._is_stopped):
                self._transport.open()
                self._is_open = True

    def stop(self) -> None:
        """Stop serving. The end of a `with` block calls it.

        Example:
            >>> from fakebox.testing import FakeboxServer
            >>> server = FakeboxServer().start()
            >>> server.stop()
        """
        with self._lock:
            self._is_stopped = True
        self._transport.close()
        self._namespaces.close()

    def attach(self, namespace: ControlledNamespace) -> None:
        """Serve a namespace.

        Raises:
            RuntimeError: the server is in use.
        """
        if self._namespaces.default is not self._idle:
            raise RuntimeError("another Fakebox is using this server; stop that one first")
        self._namespaces.default = namespace

    def detach(self) -> None:
        """Stop serving the namespace, and remove all namespaces that requests have created."""
        self._namespaces.default = self._idle
        for namespace in self._namespaces:
            if namespace.name:
                self._namespaces.remove(namespace.name)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *error: object) -> None:
        self.stop()
