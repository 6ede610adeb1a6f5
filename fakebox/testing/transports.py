"""Transports from clients to the application of a `Fakebox`: over a socket, or in process."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Protocol

import urllib3

from fakebox.app import create_app
from fakebox.server import Server
from fakebox.testing.wsgi_transport import InProcess

if TYPE_CHECKING:
    from fakebox.namespaces import Namespaces

# A host name that is never looked up (RFC 6761); no server has it.
IN_PROCESS_URL = "http://fakebox.localhost"


_CONNECTIONS = 16
_BLOCK_BYTES = 512 * 1024


class PoolManager(Protocol):
    """The part of urllib3's `PoolManager` that the SDK's clients use."""

    def urlopen(self, method: str, url: str, **options: Any) -> urllib3.BaseHTTPResponse:
        """Send a request."""
        ...


class Transport(Protocol):
    """A transport to an emulator.

    Attributes:
        pool_manager: the connections for clients of the SDK.
    """

    pool_manager: PoolManager

    @property
    def url(self) -> str:
        """The URL of the emulator, without a trailing slash."""
        ...

    def open(self) -> None:
        """Start to send requests."""
        ...

    def close(self) -> None:
        """Stop sending requests."""
        ...


class OverSocket:
    """A server in background threads, and a pool of connections to it.

    Args:
        namespaces: the namespaces to serve.
        host: the address to bind.
        port: the port to bind; 0 for a free one.
    """

    def __init__(self, namespaces: Namespaces, host: str = "127.0.0.1", port: int = 0) -> None:
        # Proxies of the environment must not be used for requests to the emulator.
        self._pools = _ProcessPools()
        self.pool_manager: PoolManager = self._pools
        self._server = Server(create_app(namespaces), host, port)

    @property
    def url(self) -> str:
        """The URL of the server."""
        return self._server.url

    def open(self) -> None:
        """Start the server.

        Raises:
            OSError: the address cannot be bound.
        """
        self._server.start()

    def close(self) -> None:
        """Stop the server."""
        self._pools.clear()
        self._server.stop()


class _ProcessPools:
    """Connections to a server of this machine, without the proxies of the environment.

    A forked process has separate connections: if two processes shared one, each could read the
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
            # Another thread may have stored a pool already.
            pool = self._pools.setdefault(os.getpid(), new)
        return pool


class Straight:
    """Without a socket: the application runs in the thread of the caller.

    Args:
        namespaces: the namespaces to serve.
    """

    url: str = IN_PROCESS_URL

    def __init__(self, namespaces: Namespaces) -> None:
        self._way = InProcess(create_app(namespaces))
        self.pool_manager: PoolManager = self._way

    def open(self) -> None:
        """Do nothing: there is no server to start."""

    def close(self) -> None:
        """Reject further requests."""
        self._way.close()
