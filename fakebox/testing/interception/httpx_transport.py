"""A transport of httpx whose connections lead to an emulator, for sync and async clients."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpcore
import httpx

from fakebox.testing.interception import httpcore_client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from fakebox.testing.interception.memory_stream import Endpoint


class EmulatorTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Sends every request to an emulator, for any host.

    Args:
        endpoint: the emulator.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """See `httpx.BaseTransport`."""
        with _mapped_errors():
            response = httpcore_client.send(self._endpoint, _to_httpcore(request))
        return _to_httpx(response)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """See `httpx.AsyncBaseTransport`."""
        with _mapped_errors():
            response = await httpcore_client.send_async(self._endpoint, _to_httpcore(request))
        return _to_httpx(response)


class _Body(httpx.SyncByteStream, httpx.AsyncByteStream):
    def __init__(self, body: Any) -> None:
        self._body = body

    def __iter__(self) -> Iterator[bytes]:
        with _mapped_errors():
            yield from self._body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _mapped_errors():
            async for block in self._body:
                yield block

    def close(self) -> None:
        self._body.close()

    async def aclose(self) -> None:
        await self._body.aclose()


@contextmanager
def _mapped_errors() -> Iterator[None]:
    # Both libraries use the same names.
    try:
        yield
    except (
        httpcore.TimeoutException,
        httpcore.NetworkError,
        httpcore.ProtocolError,
        httpcore.UnsupportedProtocol,
    ) as error:
        mapped = getattr(httpx, type(error).__name__, httpx.TransportError)
        raise mapped(str(error)) from error


def _to_httpcore(request: httpx.Request) -> httpcore.Request:
    url = request.url
    return httpcore.Request(
        method=request.method,
        url=httpcore.URL(
            scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
        ),
        headers=request.headers.raw,
        content=request.stream,
        extensions=request.extensions,
    )


def _to_httpx(response: httpcore.Response) -> httpx.Response:
    return httpx.Response(
        response.status,
        headers=response.headers,
        stream=_Body(response.stream),
        extensions=response.extensions,
    )
