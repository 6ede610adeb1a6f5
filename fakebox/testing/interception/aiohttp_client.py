"""aiohttp without sockets: a connector whose connections lead to an emulator."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import threading
from typing import TYPE_CHECKING, Any

import aiohttp

from fakebox.testing.interception import activation
from fakebox.testing.interception.memory_stream import threads

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from fakebox.testing.interception.activation import Replacement
    from fakebox.testing.interception.memory_stream import Endpoint, MemoryStream


class _MemoryConnector(aiohttp.BaseConnector):
    """Connects a session to an emulator. Each request has its own connection."""

    def __init__(self, endpoint: Endpoint, limit: int, limit_per_host: int) -> None:
        super().__init__(force_close=True, limit=limit, limit_per_host=limit_per_host)
        self._endpoint = endpoint

    async def _create_connection(self, req: Any, traces: Any, timeout: Any) -> Any:
        # The method that every connector of aiohttp overrides.
        del traces, timeout
        url = req.url
        try:
            stream = self._endpoint.connect(
                url.raw_host, url.port, is_secure=url.scheme in {"https", "wss"}
            )
        except OSError as error:
            raise aiohttp.ClientConnectorError(req.connection_key, error) from error
        protocol = self._factory()
        protocol.connection_made(_Transport(stream, protocol, self._loop))
        return protocol


class _Transport(asyncio.Transport):
    """A connection as a transport of asyncio.

    The server's code runs in another thread. The loop passes its output to the protocol.
    """

    def __init__(
        self, stream: MemoryStream, protocol: asyncio.Protocol, loop: asyncio.AbstractEventLoop
    ) -> None:
        super().__init__({"peername": ("127.0.0.1", 0), "sockname": ("127.0.0.1", 0)})
        self._stream = stream
        self._protocol: Any = protocol
        self._loop = loop
        self._is_closing = False
        self._is_lost = False
        self._is_writable = True
        # The thread waits while the protocol has paused reading.
        self._may_read = threading.Event()
        self._may_read.set()

    # --- for the protocol, in the loop ---------------------------------------------------------

    def get_protocol(self) -> asyncio.BaseProtocol:
        protocol: asyncio.BaseProtocol = self._protocol
        return protocol

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol

    def is_closing(self) -> bool:
        return self._is_closing

    def is_reading(self) -> bool:
        return self._may_read.is_set()

    def pause_reading(self) -> None:
        self._may_read.clear()

    def resume_reading(self) -> None:
        self._may_read.set()

    def get_write_buffer_size(self) -> int:
        return 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Accept and ignore limits: the emulator's buffer is the limit."""

    def can_write_eof(self) -> bool:
        return False

    def write(self, data: bytes | bytearray | memoryview[Any]) -> None:
        if self._is_closing:
            return
        try:
            has_room = self._stream.send_now(data)
        except OSError as error:
            self._loop.call_soon(self._lose, error)
            return
        self._stream.serve(self._deliver, self._end)
        if not has_room and self._is_writable:
            self._is_writable = False
            self._protocol.pause_writing()
            threads().run(self._wait_for_room)

    def close(self) -> None:
        self._loop.call_soon(self._lose, None)
        self._is_closing = True

    def abort(self) -> None:
        self.close()

    # --- in the other thread --------------------------------------------------------------------

    def _deliver(self, data: bytes) -> None:
        self._may_read.wait()
        self._call(self._receive, data)

    def _end(self, error: OSError | None) -> None:
        self._may_read.wait()
        self._call(self._lose, error)

    def _wait_for_room(self) -> None:
        with contextlib.suppress(OSError):
            self._stream.send(b"")
        self._call(self._resume_writing)

    def _call(self, function: Callable[..., None], *args: Any) -> None:
        # The loop may be closed already.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(function, *args)

    # --- in the loop -----------------------------------------------------------------------------

    def _receive(self, data: bytes) -> None:
        if not self._is_closing:
            self._protocol.data_received(data)

    def _resume_writing(self) -> None:
        self._is_writable = True
        if not self._is_lost:
            self._protocol.resume_writing()

    def _lose(self, error: OSError | None) -> None:
        if self._is_lost:
            return
        is_ours, self._is_closing, self._is_lost = self._is_closing, True, True
        self._stream.close()
        self._may_read.set()
        if error is None and not is_ours:
            self._protocol.eof_received()
        self._protocol.connection_lost(error)


def replacements() -> list[Replacement]:
    """The methods that are replaced during interception."""
    return [(aiohttp.TCPConnector, "connect", _make_connect)]


def _make_connect(original: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
    @functools.wraps(original)
    async def connect(connector: Any, req: Any, traces: Any, timeout: Any) -> Any:
        endpoint = activation.endpoint_for(req.url.raw_host)
        if endpoint is None:
            return await original(connector, req, traces, timeout)
        return await _substitute(endpoint, connector).connect(req, traces, timeout)

    return connect


def _substitute(endpoint: Endpoint, connector: Any) -> Any:
    found = endpoint.substitutes.get(connector)
    if found is None:
        found = _MemoryConnector(endpoint, connector.limit, connector.limit_per_host)
        # Older releases have no such attribute.
        if schemas := getattr(connector, "allowed_protocol_schema_set", None):
            found.allowed_protocol_schema_set = schemas
        endpoint.substitutes[connector] = found
    return found
