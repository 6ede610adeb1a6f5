"""Transports from the clients of a `Fakebox` to its application: a server, or in process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from dropbox.connection_pool import ConnectionPools
from dropbox.rest import RESTClientObject
from fakebox.app import create_app
from fakebox.server import Server
from fakebox.testing.wsgi_transport import InProcess

if TYPE_CHECKING:
    from fakebox.namespaces import Namespaces

# A host name that is never looked up (RFC 6761); no server has it.
IN_PROCESS_URL = "http://fakebox.localhost"


class Transport(Protocol):
    """A transport to an emulator.

    Attributes:
        rest_client: the REST client for clients of the SDK.
    """

    rest_client: RESTClientObject

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
        self._pools = ConnectionPools(use_proxies=False)
        self.rest_client: RESTClientObject = RESTClientObject(self._pools)
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


class Straight:
    """Without a socket: the application runs in the thread of the caller.

    Args:
        namespaces: the namespaces to serve.
    """

    url: str = IN_PROCESS_URL

    def __init__(self, namespaces: Namespaces) -> None:
        self._way = InProcess(create_app(namespaces))
        self.rest_client: RESTClientObject = RESTClientObject(self._way)

    def open(self) -> None:
        """Do nothing: there is no server to start."""

    def close(self) -> None:
        """Reject further requests."""
        self._way.close()
