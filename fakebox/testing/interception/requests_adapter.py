"""An adapter of requests whose connections lead to an emulator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from requests.adapters import HTTPAdapter

from fakebox.testing.interception.urllib3_client import MemoryPoolManager

if TYPE_CHECKING:
    from fakebox.testing.interception.memory_stream import Endpoint


def make_adapter(endpoint: Endpoint) -> HTTPAdapter:
    """Return an adapter that sends every request to an emulator, for any host."""

    class EmulatorAdapter(HTTPAdapter):
        """Sends requests to an emulator."""

        # requests creates the pool manager from the constructor, and again after unpickling.
        def init_poolmanager(
            self, connections: int, maxsize: int, block: bool = False, **options: object
        ) -> None:
            """Create the pool manager."""
            self.poolmanager: Any = MemoryPoolManager(
                endpoint, num_pools=connections, maxsize=maxsize, block=block, **options
            )

        def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
            """Use no proxy: nothing leaves the process."""
            del proxy, options
            return self.poolmanager

    return EmulatorAdapter()
