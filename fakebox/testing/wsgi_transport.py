"""A transport from urllib3 to a WSGI application, without a socket.

Bodies are streamed in both directions. A broken connection raises the same exceptions of urllib3
from the same methods as with a socket.
"""

from __future__ import annotations

import io
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from errno import ECONNREFUSED, ECONNRESET
from http.client import IncompleteRead, RemoteDisconnected
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from urllib3 import HTTPHeaderDict, HTTPResponse
from urllib3.exceptions import NewConnectionError, ProtocolError, ReadTimeoutError
from urllib3.util import Timeout

if TYPE_CHECKING:
    from _typeshed import OptExcInfo, WriteableBuffer
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

_BLOCK_BYTES = 1024 * 1024
_waiting = threading.Event()


class Connection:
    """The connection of one request, which the application may break.

    Args:
        timeout_s: the read timeout of the client, in seconds; `None` for no timeout.
    """

    def __init__(self, timeout_s: float | None = None) -> None:
        self.is_reset: bool = False
        self.is_cut: bool = False
        self.remaining_s: float | None = timeout_s

    @property
    def is_lost(self) -> bool:
        """Whether the timeout of the client has passed."""
        return self.remaining_s is not None and self.remaining_s <= 0

    def reset(self) -> None:
        """Reset the connection."""
        self.is_reset = True

    def cut(self) -> None:
        """Close the connection after what was sent so far."""
        self.is_cut = True

    def pause(self, seconds: float) -> None:
        """Wait, at most until the timeout of the client."""
        if self.remaining_s is None:
            _waiting.wait(seconds)
        elif self.remaining_s > 0:
            _waiting.wait(min(seconds, self.remaining_s))
            self.remaining_s -= seconds


class InProcess:
    """Sends requests to a WSGI application; for `pool_manager` of a `RESTClientObject`.

    Args:
        app: the application.
    """

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app
        self._is_closed = False

    def urlopen(
        self,
        method: str,
        url: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        timeout: Timeout | None = None,
        **_: Any,
    ) -> HTTPResponse:
        """Send a request, as the method of urllib3 does, without retries and redirects.

        Raises:
            NewConnectionError: the transport is closed.
            ProtocolError: the connection was broken before there was a response.
            ReadTimeoutError: the response took longer than `timeout`.
        """
        if self._is_closed:
            pool: Any = self
            cause = ConnectionRefusedError(ECONNREFUSED, "Connection refused")
            raise NewConnectionError(pool, f"Failed to establish a new connection: {cause}")
        connection = Connection(_read_timeout_s(timeout))
        sent = _RequestBody(body)
        environ = _environ(method, url, headers or {}, sent, connection)
        head = _Head()
        response_body = _ResponseBody(self._app(environ, head), connection, head)
        # The application sets the status before the first block; faults may break off before it.
        response_body.begin()
        failure = sent.failure or self._failure(connection, response_body, url)
        if failure:
            response_body.close()
            raise failure
        return HTTPResponse(
            response_body,
            head.headers,
            int(head.status[:3]),
            reason=head.status[4:],
            version=11,
            preload_content=False,
            request_method=method,
            request_url=url,
        )

    def close(self) -> None:
        """Reject further requests."""
        self._is_closed = True

    def clear(self) -> None:
        """Do nothing: there are no connections to close."""

    def _failure(
        self, connection: Connection, response_body: _ResponseBody, url: str
    ) -> Exception | None:
        if connection.is_lost:
            pool: Any = self
            return ReadTimeoutError(pool, url, "Read timed out.")
        if connection.is_reset:
            cause: OSError = ConnectionResetError(ECONNRESET, "Connection reset by peer")
        elif connection.is_cut and not response_body.has_begun:
            cause = RemoteDisconnected("Remote end closed connection without response")
        else:
            return None
        return ProtocolError("Connection aborted.", cause)


class _Head:
    """A `start_response` that stores the status and the headers."""

    def __init__(self) -> None:
        self.status: str = "500 Internal Server Error"
        self.headers: HTTPHeaderDict = HTTPHeaderDict()

    def __call__(
        self, status: str, headers: list[tuple[str, str]], exc_info: OptExcInfo | None = None, /
    ) -> Callable[[bytes], object]:
        del exc_info
        self.status, self.headers = status, HTTPHeaderDict(headers)
        return _reject_write


class _RequestBody(io.RawIOBase):
    """The body of a request, as the application reads it."""

    def __init__(self, body: Any) -> None:
        super().__init__()
        self._blocks: Iterator[bytes] = _blocks(body)
        self._held = b""
        self.failure: Exception | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer)
        filled = 0
        while filled < len(view) and self._fill():
            taken = min(len(self._held), len(view) - filled)
            view[filled : filled + taken] = self._held[:taken]
            self._held = self._held[taken:]
            filled += taken
        return filled

    def _fill(self) -> bool:
        try:
            while not self._held:
                self._held = next(self._blocks)
        except StopIteration:
            return False
        # An error of the client's body: it is raised in the client, and the body ends early.
        except Exception as error:  # noqa: BLE001
            self.failure = error
            return False
        return True


class _ResponseBody(io.RawIOBase):
    """The body of a response, as the client reads it."""

    def __init__(self, blocks: Iterable[bytes], connection: Connection, head: _Head) -> None:
        super().__init__()
        self._source = blocks
        self._blocks = iter(blocks)
        self._connection = connection
        self._head = head
        self._held = b""

    @property
    def has_begun(self) -> bool:
        """Whether there is a block that was not read."""
        return bool(self._held)

    def begin(self) -> None:
        """Run the application until its first block."""
        self._held = next(self._blocks, b"")

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0:
            return self._all()
        while not self._held:
            block = next(self._blocks, None)
            if block is None:
                self._check()
                return b""
            self._held = block
        data, self._held = self._held[:size], self._held[size:]
        return data

    def close(self) -> None:
        if not self.closed:
            close: Callable[[], None] | None = getattr(self._source, "close", None)
            if close:
                close()
        super().close()

    def _check(self) -> None:
        if self._connection.is_reset:
            raise ConnectionResetError(ECONNRESET, "Connection reset by peer")
        if self._connection.is_lost:
            raise TimeoutError("timed out")
        if self._connection.is_cut and "Content-Length" not in self._head.headers:
            raise IncompleteRead(b"")

    def _all(self) -> bytes:
        held, self._held = self._held, b""
        data = b"".join((held, *self._blocks))
        self._check()
        missing_bytes = int(self._head.headers.get("Content-Length", 0)) - len(data)
        # For reads with a size, urllib3 itself detects the missing bytes.
        if self._connection.is_cut and missing_bytes > 0:
            raise IncompleteRead(data, missing_bytes)
        return data


def _environ(
    method: str, url: str, headers: Mapping[str, str], body: _RequestBody, connection: Connection
) -> WSGIEnvironment:
    scheme, _, rest = url.partition("://")
    host, slash, target = rest.partition("/")
    path, _, query = (slash + target).partition("#")[0].partition("?")
    name, _, port = host.partition(":")
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path or "/").decode("latin-1"),
        "QUERY_STRING": query,
        "RAW_URI": f"{path or '/'}?{query}" if query else path or "/",
        "SERVER_NAME": name,
        "SERVER_PORT": port or ("443" if scheme == "https" else "80"),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": host,
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scheme,
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "fakebox.connection": connection,
    }
    for header, value in headers.items():
        key = header.upper().replace("-", "_")
        environ[key if key in _UNPREFIXED else f"HTTP_{key}"] = str(value)
    return environ


_UNPREFIXED = frozenset({"CONTENT_TYPE", "CONTENT_LENGTH"})


def _blocks(body: Any) -> Iterator[bytes]:
    if body is None:
        return iter(())
    if isinstance(body, str):
        return iter((body.encode(),))
    if isinstance(body, (bytes, bytearray)):
        return iter((bytes(body),))
    return iter(body)


def _read_timeout_s(timeout: Timeout | None) -> float | None:
    read_timeout = timeout.read_timeout if timeout else None
    return float(read_timeout) if isinstance(read_timeout, (int, float)) else None


def _reject_write(_: bytes) -> object:
    raise NotImplementedError("applications must return the body instead of calling write()")
