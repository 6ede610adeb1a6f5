"""How the calls of a `Fakebox`'s clients reach it: over a socket, or straight."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from dropbox.connection_pool import ConnectionPools
from dropbox.rest import RESTClientObject
from fakebox.app import create_app
from fakebox.server import Server
from fakebox.testing.wsgi_transport import InProcess

if TYPE_CHECKING:
    from fakebox.namespaces import Namespaces

# A name that never leaves the machine (RFC 6761), for a server that isn't there.
IN_PROCESS_URL = "http://fakebox.localhost"


class Transport(Protocol):
    """A way to an emulator.

    Attributes:
        rest_client: what the SDK's clients send by.
    """

    rest_client: RESTClientObject

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
        # No proxy of the environment's stands between a test and its double.
        self._pools = ConnectionPools(use_proxies=False)
        self.rest_client: RESTClientObject = RESTClientObject(self._pools)
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


class Straight:
    """No socket: calls go to the application in the caller's own thread.

    Args:
        namespaces: what is served.
    """

    url: str = IN_PROCESS_URL

    def __init__(self, namespaces: Namespaces) -> None:
        self._way = InProcess(create_app(namespaces))
        self.rest_client: RESTClientObject = RESTClientObject(self._way)

    def open(self) -> None:
        """Nothing to do."""

    def close(self) -> None:
        """Refuse what comes."""
        self._way.close()
