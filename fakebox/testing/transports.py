"""How the calls of a `Fakebox`'s clients reach it: over a socket, or straight."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Protocol

import urllib3

from fakebox.app import create_app
from fakebox.server import Server
from fakebox.testing.wsgi_transport import InProcess

if TYPE_CHECKING:
    from fakebox.namespaces import Namespaces

# A name that never leaves the machine (RFC 6761), for a server that isn't there.
IN_PROCESS_URL = "http://fakebox.localhost"


_CONNECTIONS = 16
_BLOCK_BYTES = 512 * 1024


class PoolManager(Protocol):
    """The part of urllib3's `PoolManager` that the SDK's clients use."""

    def urlopen(self, method: str, url: str, **options: Any) -> urllib3.BaseHTTPResponse:
        """Send a request."""
        ...


class Transport(Protocol):
    """A way to an emulator.

    Attributes:
        pool_manager: what the SDK's clients send by.
    """

    pool_manager: PoolManager

    @property
    def url(self) -> str:
        """Where it leads to, without a trailing slash."""
        ...

    def open(self) -> None:
        """Let requests through from now on."""
        ...

    def close(self) -> None:
        """Let no more through."""
        ...


class OverSocket:
    """A server in the background, and a pool of connections to it.

    Args:
        namespaces: what it serves.
        host: the address to bind.
        port: the port to bind; 0 for a free one.
    """

    def __init__(self, namespaces: Namespaces, host: str = "127.0.0.1", port: int = 0) -> None:
        self._pools = _ProcessPools()
        self.pool_manager: PoolManager = self._pools
        self._server = Server(create_app(namespaces), host, port)

    @property
    def url(self) -> str:
        """The server's."""
        return self._server.url

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


class Straight:
    """No socket: calls go to the application in the caller's own thread.

    Args:
        namespaces: what is served.
    """

    url: str = IN_PROCESS_URL

    def __init__(self, namespaces: Namespaces) -> None:
        self._way = InProcess(create_app(namespaces))
        self.pool_manager: PoolManager = self._way

    def open(self) -> None:
        """Nothing to do."""

    def close(self) -> None:
        """Refuse what comes."""
        self._way.close()
