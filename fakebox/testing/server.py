"""One server that the `Fakebox`es of many tests share, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakebox.middleware.faults import Fault
from fakebox.namespaces import Namespaces
from fakebox.testing.transports import OverSocket, PoolManager

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

    from fakebox.namespaces import ControlledNamespace


class FakeboxServer:
    """A server in the background; `Fakebox(server)` puts a world of its own behind it.

    Making a `Fakebox` on it costs no socket, thread or connection. Only one may be in use at a
    time; while none is, every connection is reset.

    Args:
        host: the address to bind.
        port: the port to bind; 0 for a free one.
    """

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._namespaces = Namespaces()
        self._transport = OverSocket(self._namespaces, host, port)
        self._idle = self._namespaces.default
        # Who comes while no Fakebox is behind it, or after its end, finds nobody there.
        self._idle.faults.add(Fault(reset="before_read", times=None))

    @property
    def url(self) -> str:
        """Where it serves, without a trailing slash."""
        return self._transport.url

    @property
    def pool_manager(self) -> PoolManager:
        """The connections of the SDK's clients, which are kept between tests."""
        return self._transport.pool_manager

    def start(self) -> Self:
        """Serve from now on.

        Raises:
            OSError: the address can't be bound.
        """
        self._transport.open()
        return self

    def stop(self) -> None:
        """Stop serving."""
        self._transport.close()
        self._namespaces.close()

    def lend(self, namespace: ControlledNamespace) -> None:
        """Put a namespace behind the server.

        Raises:
            RuntimeError: another one is there.
        """
        if self._namespaces.default is not self._idle:
            raise RuntimeError("another Fakebox is using this server; stop that one first")
        self._namespaces.default = namespace

    def give_back(self) -> None:
        """Take it away again, and forget those that requests have named meanwhile."""
        self._namespaces.default = self._idle
        for namespace in self._namespaces:
            if namespace.name:
                self._namespaces.forget(namespace.name)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()
