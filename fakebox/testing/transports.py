"""Transports from clients to the application of a `Fakebox`: over sockets, or in memory."""

from __future__ import annotations

import os
import ssl
from typing import TYPE_CHECKING, Any, Protocol

import urllib3

from fakebox.app import create_app
from fakebox.server import Server
from fakebox.testing.interception import Endpoint
from fakebox.testing.interception.urllib3_client import MemoryPoolManager

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fakebox.namespaces import Namespaces
    from fakebox.tls import Authority

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
        """Start to accept requests."""
        ...

    def close(self) -> None:
        """Stop accepting requests."""
        ...


class OverSocket:
    """A server in background threads, and a pool of connections to it.

    Args:
        namespaces: the namespaces to serve.
        host: the address to bind.
        port: the port to bind; 0 for a free one.
        authority: the authority of the certificate, for https; `None` for http.

    Attributes:
        endpoint: the emulator, for clients of this process.
    """

    def __init__(
        self,
        namespaces: Namespaces,
        host: str = "127.0.0.1",
        port: int = 0,
        authority: Authority | None = None,
    ) -> None:
        ca_pem = authority.ca_pem if authority else None
        app = create_app(namespaces, ca_pem=ca_pem)
        self.endpoint: Endpoint = Endpoint(app)
        # The oldest supported urllib3 has no argument for the text of a certificate.
        self._pools = (
            ProcessPools(ssl_context=ssl.create_default_context(cadata=ca_pem))
            if ca_pem
            else ProcessPools()
        )
        tls = authority.server_context() if authority else None
        self._server = Server(app, host, port, tls=tls)

    @property
    def url(self) -> str:
        """The URL of the server."""
        return self._server.url

    client_url = url

    @property
    def pool_manager(self) -> PoolManager:
        """Connections over sockets."""
        return self._pools

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
        self.endpoint.close()


class ProcessPools:
    """Connections to a server of this machine, without the proxies of the environment.

    A forked process has separate connections: if two processes shared one, each could read the
    responses of the other.

    Args:
        pool_classes: the class of pools for each scheme; `None` for those of urllib3.
        options: more arguments of urllib3's `PoolManager`.
    """

    def __init__(self, pool_classes: Mapping[str, Any] | None = None, **options: Any) -> None:
        self._pool_classes = pool_classes
        self._options = options
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
            new = urllib3.PoolManager(maxsize=_CONNECTIONS, blocksize=_BLOCK_BYTES, **self._options)
            if self._pool_classes:
                new.pool_classes_by_scheme = dict(self._pool_classes)
            # Another thread may have stored a pool already.
            pool = self._pools.setdefault(os.getpid(), new)
        return pool


class InProcess:
    """Without a socket: clients of this process send requests to the emulator in memory.

    Args:
        endpoint: the emulator.

    Attributes:
        endpoint: the emulator.
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
        """Reject new connections, and end the open ones."""
        self.endpoint.close()
