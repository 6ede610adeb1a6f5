"""urllib3 without sockets: connection pools whose connections lead to an emulator."""

from __future__ import annotations

import functools
import io
from errno import EBADF
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import urllib3
from urllib3.connection import HTTPConnection as _PlainConnection
from urllib3.connection import HTTPSConnection as _SecureConnection
from urllib3.exceptions import NewConnectionError

from fakebox.testing.interception import activation

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed import ReadableBuffer, WriteableBuffer

    from fakebox.testing.interception.activation import Replacement
    from fakebox.testing.interception.memory_stream import Endpoint, MemoryStream


class MemorySocket:
    """A connection to an emulator, as `http.client` uses a socket.

    Args:
        stream: the connection.
    """

    def __init__(self, stream: MemoryStream) -> None:
        self._stream = stream
        self._timeout_s: float | None = None
        self._is_closed = False
        self._files = 0

    @property
    def is_open(self) -> bool:
        """Whether neither side has ended the connection."""
        return not self._is_closed and self._stream.is_open

    def settimeout(self, timeout: float | None) -> None:
        """Set the timeout of each read and write, in seconds; `None` for none."""
        self._timeout_s = timeout

    def gettimeout(self) -> float | None:
        """Return the timeout in seconds."""
        return self._timeout_s

    def sendall(self, data: ReadableBuffer) -> None:
        """Send data."""
        block = data if isinstance(data, bytes) else bytes(memoryview(data).cast("B"))
        self._stream.send(block, self._timeout_s)

    def recv(self, size: int) -> bytes:
        """Receive up to so many bytes."""
        return self._stream.recv(size, self._timeout_s)

    def recv_into(self, buffer: WriteableBuffer) -> int:
        """Receive into a buffer."""
        return self._stream.recv_into(memoryview(buffer).cast("B"), self._timeout_s)

    def makefile(self, mode: str = "rb", buffering: int | None = None) -> io.BufferedReader:
        """Return a file to read from; the connection stays open until it is closed as well."""
        del mode, buffering
        self._files += 1
        return io.BufferedReader(_SocketFile(self))

    def fileno(self) -> int:
        """Return -1, as there is no descriptor."""
        return -1

    def shutdown(self, how: int) -> None:
        """Close the connection."""
        del how
        self._stream.close()

    def close(self) -> None:
        """Close the socket; its files can still be read."""
        self._is_closed = True
        self._close_unused()

    def close_file(self) -> None:
        """Close one of its files."""
        self._files -= 1
        self._close_unused()

    def _close_unused(self) -> None:
        if self._is_closed and not self._files:
            self._stream.close()


class _SocketFile(io.RawIOBase):
    def __init__(self, sock: MemorySocket) -> None:
        super().__init__()
        self._socket: MemorySocket | None = sock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        if self._socket is None:
            raise OSError(EBADF, "Bad file descriptor")
        return self._socket.recv_into(buffer)

    def close(self) -> None:
        sock, self._socket = self._socket, None
        if sock:
            sock.close_file()
        super().close()


class _HTTPConnection(_PlainConnection):
    def __init__(self, *args: Any, endpoint: Endpoint, **options: Any) -> None:
        super().__init__(*args, **options)
        self._endpoint = endpoint

    @property
    def is_connected(self) -> bool:
        return _is_connected(self)

    def connect(self) -> None:
        _connect(self, self._endpoint, is_secure=False)


class _HTTPSConnection(_SecureConnection):
    def __init__(self, *args: Any, endpoint: Endpoint, **options: Any) -> None:
        super().__init__(*args, **options)
        self._endpoint = endpoint

    @property
    def is_connected(self) -> bool:
        return _is_connected(self)

    def connect(self) -> None:
        _connect(self, self._endpoint, is_secure=True)
        # The emulator is in the same process: there is nothing to verify, and nothing to warn of.
        self.is_verified = True


def _is_connected(connection: _PlainConnection) -> bool:
    sock: Any = connection.sock
    return sock is not None and bool(sock.is_open)


def _connect(connection: _PlainConnection, endpoint: Endpoint, *, is_secure: bool) -> None:
    port = connection.port or connection.default_port
    try:
        stream = endpoint.connect(connection.host, port, is_secure=is_secure)
    except ConnectionRefusedError as error:
        raise NewConnectionError(
            connection, f"Failed to establish a new connection: {error}"
        ) from error
    sock: Any = MemorySocket(stream)
    sock.settimeout(connection.timeout)
    connection.sock = sock


class HTTPConnectionPool(urllib3.HTTPConnectionPool):
    """A pool of connections to an emulator, for http.

    It has the name of its base class, which occurs in the texts of exceptions.

    Args:
        host, port, options: as for the base class.
        endpoint: the emulator; like all arguments of connections, it is passed on to them.
    """

    ConnectionCls: Any = _HTTPConnection


class HTTPSConnectionPool(urllib3.HTTPSConnectionPool):
    """A pool of connections to an emulator, for https.

    Args:
        host, port, options: as for the base class.
        endpoint: the emulator; like all arguments of connections, it is passed on to them.
    """

    ConnectionCls: Any = _HTTPSConnection


class DirectHTTPConnectionPool(urllib3.HTTPConnectionPool):
    """A pool of sockets that is never intercepted, whatever its host is."""


class DirectHTTPSConnectionPool(urllib3.HTTPSConnectionPool):
    """A pool of sockets with TLS that is never intercepted, whatever its host is."""


DIRECT_POOL_CLASSES: dict[str, Any] = {
    "http": DirectHTTPConnectionPool,
    "https": DirectHTTPSConnectionPool,
}
_POOL_CLASSES: dict[str, Any] = {"http": HTTPConnectionPool, "https": HTTPSConnectionPool}


class MemoryPoolManager(urllib3.PoolManager):
    """A pool manager that sends all requests to an emulator, for any host.

    Args:
        endpoint: the emulator.
        options: as for the base class.
    """

    def __init__(self, endpoint: Endpoint, **options: Any) -> None:
        super().__init__(**options)
        # Callables with the arguments of the classes.
        classes: Any = {
            scheme: functools.partial(pool_class, endpoint=endpoint)
            for scheme, pool_class in _POOL_CLASSES.items()
        }
        self.pool_classes_by_scheme: dict[str, Any] = classes


_NEVER_INTERCEPTED = (
    HTTPConnectionPool,
    HTTPSConnectionPool,
    DirectHTTPConnectionPool,
    DirectHTTPSConnectionPool,
)


def replacements() -> list[Replacement]:
    """The methods that are replaced during interception."""
    return [(urllib3.HTTPConnectionPool, "urlopen", _make_urlopen)]


def _make_urlopen(original: Callable[..., Any]) -> Callable[..., object]:
    @functools.wraps(original)
    def urlopen(pool: object, method: str, url: str, *args: object, **options: object) -> Any:
        # Such a pool sends requests to the emulator already, also those that are repeated.
        if not isinstance(pool, _NEVER_INTERCEPTED):
            pool = _substitute(pool, url) or pool
        return original(pool, method, url, *args, **options)

    return urlopen


def _substitute(pool: Any, url: str) -> Any:
    """Return the pool that is used instead of a client's; `None` if it is to be used itself."""
    scheme, host, port = pool.scheme, pool.host, pool.port
    if url.startswith("http"):
        # For a proxy, the URL has the host that the request is for.
        parts = urlsplit(url)
        scheme, host, port = parts.scheme, parts.hostname or host, parts.port
    endpoint = activation.endpoint_for(host)
    if endpoint is None:
        return None
    pools = endpoint.substitutes.setdefault(pool, {})
    key = (scheme, host, port)
    if key not in pools:
        pools[key] = _POOL_CLASSES[scheme](
            host,
            port,
            endpoint=endpoint,
            timeout=pool.timeout,
            maxsize=pool.pool.maxsize if pool.pool else 1,
            block=pool.block,
            headers=pool.headers,
            retries=pool.retries,
        )
    return pools[key]
