"""How the clients of a `Fakebox` reach it: over sockets, or in memory."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Protocol

import urllib3

from fakebox.app import create_app
from fakebox.server import Server
from fakebox.testing.interception import Endpoint
from fakebox.testing.interception.urllib3_client import MemoryPoolManager

if TYPE_CHECKING:
    from fakebox.namespaces import Namespaces

# A name that is never looked up (RFC 6761), for an emulator without a socket.
IN_PROCESS_URL = "http://fakebox.localhost"


_CONNECTIONS = 16
_BLOCK_BYTES = 512 * 1024


class PoolManager(Protocol):
    """The part of urllib3's `PoolManager` that the SDK's clients use."""

    def urlopen(self, method: str, url: str, **options: Any) -> urllib3.BaseHTTPResponse:
        """Send a request."""
        ...


class Transport(Protocol):
    """How the clients of a `Fakebox` reach it.

    Attributes:
        endpoint: the emulator, for clients of this process.
    """

    endpoint: Endpoint

    @property
    def url(self) -> str:
        """The URL of the emulator, without a trailing slash."""
        ...

    @property
    def client_url(self) -> str:
        """The URL that clients of this process use."""
        ...

    @property
    def pool_manager(self) -> PoolManager:
        """The connections of clients of this process to `client_url`."""
        ...

    def open(self) -> None:
        """Accept requests from now on."""
        ...

    def close(self) -> None:
        """Accept no requests any more."""
        ...


class OverSocket:
    """A server in the background, and a pool of connections to it.

    Args:
        namespaces: what it serves.
        host: the address to bind.
        port: the port to bind; 0 for a free one.

    Attributes:
        endpoint: the emulator, for clients of this process.
    """

    def __init__(self, namespaces: Namespaces, host: str = "127.0.0.1", port: int = 0) -> None:
        app = create_app(namespaces)
        self.endpoint: Endpoint = Endpoint(app)
        self._pools = _ProcessPools()
        self._server = Server(app, host, port)

    @property
    def url(self) -> str:
        """The server's."""
        return self._server.url

    client_url = url

    @property
    def pool_manager(self) -> PoolManager:
        """Connections over sockets."""
        return self._pools

    def open(self) -> None:
        """Start the server.

        Raises:
            OSError: the address can't be bound.
        """
        self._server.start()

    def close(self) -> None:
        """Stop it."""
        self._pools.clear()
        self._server.stop()
        self.endpoint.close()


class _ProcessPools:
    """Connections to a server of this machine, without the proxies of the environment.

    A forked process has connections of its own: if two processes shared one, each could read the
    responses of the other.
    """

    def __init__(self) -> None:
        self._pools: dict[int, urllib3.PoolManager] = {}

    def urlopen(self, method: str, url: str, **options: Any) -> urllib3.BaseHTTPResponse:
        """Send a request."""
        return self._pool().urlopen(method, url, **options)

    def clear(self) -> None:
        """Close all idle connections."""
        self._pool().clear()

    def _pool(self) -> urllib3.PoolManager:
        pool = self._pools.get(os.getpid())
        if pool is None:
            new = urllib3.PoolManager(maxsize=_CONNECTIONS, blocksize=_BLOCK_BYTES)
            # Another thread may have been faster.
            pool = self._pools.setdefault(os.getpid(), new)
        return pool


class InProcess:
    """No socket: clients of this process reach the emulator in memory.

    Args:
        endpoint: the emulator.

    Attributes:
        endpoint: likewise.
    """

    url: str = IN_PROCESS_URL
    client_url: str = IN_PROCESS_URL

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint: Endpoint = endpoint
        self._pools: MemoryPoolManager | None = None

    @property
    def pool_manager(self) -> PoolManager:
        """Connections without sockets."""
        if self._pools is None:
            self._pools = MemoryPoolManager(self.endpoint, maxsize=_CONNECTIONS)
        return self._pools

    def open(self) -> None:
        """Do nothing: there is nothing to open."""

    def close(self) -> None:
        """Refuse connections, and end those that are open."""
        self.endpoint.close()
