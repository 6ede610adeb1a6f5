"""httpcore, and so httpx, without sockets: connections to an emulator, sync and async."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from typing import TYPE_CHECKING, Any, TypeVar

import httpcore

from fakebox.testing.interception import activation
from fakebox.testing.interception.memory_stream import threads

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from fakebox.testing.interception.activation import Replacement
    from fakebox.testing.interception.memory_stream import Endpoint, MemoryStream

_Result = TypeVar("_Result")


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: MemoryStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return _read(self._stream, max_bytes, timeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        _write(self._stream, buffer, timeout)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        del ssl_context, server_hostname, timeout
        return self

    def get_extra_info(self, info: str) -> Any:
        return not self._stream.is_open if info == "is_readable" else None


class _AsyncStream(httpcore.AsyncNetworkStream):
    def __init__(self, stream: MemoryStream) -> None:
        self._stream = stream

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return await _run_in_thread(functools.partial(_read, self._stream, max_bytes, timeout))

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if not buffer:
            return
        try:
            has_room = self._stream.send_now(buffer)
        except OSError as error:
            raise httpcore.WriteError(str(error)) from error
        if not has_room:
            await _run_in_thread(functools.partial(_write, self._stream, b"", timeout))

    async def aclose(self) -> None:
        self._stream.close()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        del ssl_context, server_hostname, timeout
        return self

    def get_extra_info(self, info: str) -> Any:
        return not self._stream.is_open if info == "is_readable" else None


def _read(stream: MemoryStream, max_bytes: int, timeout_s: float | None) -> bytes:
    try:
        return stream.recv(max_bytes, timeout_s)
    except TimeoutError as error:
        raise httpcore.ReadTimeout(str(error)) from error
    except OSError as error:
        raise httpcore.ReadError(str(error)) from error


def _write(stream: MemoryStream, data: bytes, timeout_s: float | None) -> None:
    try:
        stream.send(data, timeout_s)
    except TimeoutError as error:
        raise httpcore.WriteTimeout(str(error)) from error
    except OSError as error:
        raise httpcore.WriteError(str(error)) from error


class _Body:
    """A response's body that closes the connection at its end: each request has its own."""

    def __init__(self, connection: Any, body: Any) -> None:
        self._connection = connection
        self._body = body

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._body)

    def __aiter__(self) -> AsyncIterator[bytes]:
        body: AsyncIterator[bytes] = self._body.__aiter__()
        return body

    def close(self) -> None:
        try:
            self._body.close()
        finally:
            self._connection.close()

    async def aclose(self) -> None:
        try:
            await self._body.aclose()
        finally:
            await self._connection.aclose()


def send(endpoint: Endpoint, request: httpcore.Request) -> httpcore.Response:
    """Send a request to an emulator.

    Raises:
        httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError: as over a socket.
    """
    stream = _Stream(_open(endpoint, request))
    connection = httpcore.HTTP11Connection(request.url.origin, stream)
    return _closing(connection, connection.handle_request(request))


async def send_async(endpoint: Endpoint, request: httpcore.Request) -> httpcore.Response:
    """Send a request to an emulator from an event loop.

    Raises:
        httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError: as over a socket.
    """
    stream = _AsyncStream(_open(endpoint, request))
    connection = httpcore.AsyncHTTP11Connection(request.url.origin, stream)
    return _closing(connection, await connection.handle_async_request(request))


def _open(endpoint: Endpoint, request: httpcore.Request) -> MemoryStream:
    url = request.url
    port = url.port or (443 if url.scheme == b"https" else 80)
    try:
        return endpoint.connect(url.host.decode("ascii"), port, is_secure=url.scheme == b"https")
    except OSError as error:
        raise httpcore.ConnectError(str(error)) from error


def _closing(connection: object, response: httpcore.Response) -> httpcore.Response:
    return httpcore.Response(
        response.status,
        headers=response.headers,
        content=_Body(connection, response.stream),
        extensions=response.extensions,
    )


def replacements() -> list[Replacement]:
    """The methods that are replaced during interception."""
    return [
        (httpcore.ConnectionPool, "handle_request", _make_handle_request),
        (httpcore.AsyncConnectionPool, "handle_async_request", _make_handle_async_request),
    ]


def _make_handle_request(original: Callable[..., object]) -> Callable[..., object]:
    @functools.wraps(original)
    def handle_request(pool: object, request: httpcore.Request) -> Any:
        endpoint = activation.endpoint_for(request.url.host)
        return send(endpoint, request) if endpoint else original(pool, request)

    return handle_request


def _make_handle_async_request(original: Callable[..., Any]) -> Callable[..., Awaitable[object]]:
    @functools.wraps(original)
    async def handle_async_request(pool: object, request: httpcore.Request) -> Any:
        endpoint = activation.endpoint_for(request.url.host)
        if endpoint:
            return await send_async(endpoint, request)
        return await original(pool, request)

    return handle_async_request


# --- threads in event loops ---------------------------------------------------------------------


class _Outcome:
    """The result of a function, or the exception that it raised."""

    def __init__(self) -> None:
        self.value: object = None
        self.error: BaseException | None = None

    def capture(self, function: Callable[[], object]) -> None:
        """Call the function."""
        try:
            self.value = function()
        # It is raised in the task that waits.
        except BaseException as error:  # noqa: BLE001
            self.error = error

    def unwrap(self) -> Any:
        """Return the result, or raise the exception."""
        if self.error:
            raise self.error
        return self.value


async def _run_in_thread(function: Callable[[], _Result]) -> _Result:
    """Call a function in another thread, and wait for it without blocking the event loop.

    A task that is cancelled does not wait; the function goes on in its thread.
    """
    outcome = _Outcome()
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        await _run_in_trio(function, outcome)
    else:
        await _run_in_asyncio(loop, function, outcome)
    result: _Result = outcome.unwrap()
    return result


async def _run_in_asyncio(
    loop: asyncio.AbstractEventLoop, function: Callable[[], object], outcome: _Outcome
) -> None:
    finished = loop.create_future()

    def finish() -> None:
        if not finished.done():
            finished.set_result(None)

    def job() -> None:
        outcome.capture(function)
        # The loop may be closed already.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(finish)

    threads().run(job)
    await finished


async def _run_in_trio(function: Callable[[], object], outcome: _Outcome) -> None:
    import trio

    finished = trio.Event()
    token = trio.lowlevel.current_trio_token()

    def job() -> None:
        outcome.capture(function)
        with contextlib.suppress(trio.RunFinishedError):
            token.run_sync_soon(finished.set)

    threads().run(job)
    await finished.wait()
