"""A way to a WSGI application with no socket in it, for clients that send by urllib3.

Bodies are streamed in both directions, and what breaks breaks as it would over a socket: with
urllib3's own exceptions, from the same calls.
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
    from _typeshed import WriteableBuffer
    from _typeshed.wsgi import WSGIApplication

_BLOCK_BYTES = 1024 * 1024
_waiting = threading.Event()


class Connection:
    """Stands for the connection of one request, which the application may break.

    Args:
        patience_s: how long the client waits for an answer, in seconds; `None` for ever.
    """

    def __init__(self, patience_s: float | None = None) -> None:
        self.is_reset: bool = False
        self.is_cut: bool = False
        self.patience_s: float | None = patience_s

    @property
    def is_lost(self) -> bool:
        """Whether the client has lost its patience."""
        return self.patience_s is not None and self.patience_s <= 0

    def reset(self) -> None:
        """Break it."""
        self.is_reset = True

    def cut(self) -> None:
        """End it after what was answered so far."""
        self.is_cut = True

    def pause(self, seconds: float) -> None:
        """Let time go by, as long as the client waits."""
        if self.patience_s is None:
            _waiting.wait(seconds)
        elif self.patience_s > 0:
            _waiting.wait(min(seconds, self.patience_s))
            self.patience_s -= seconds


class InProcess:
    """Carries requests to a WSGI application; as `pool_manager` of a `RESTClientObject`.

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
        """Send a request; as urllib3's own, with neither retries nor redirects.

        Raises:
            NewConnectionError: it is closed.
            ProtocolError: the connection was broken before there was an answer.
            ReadTimeoutError: the answer took longer than `timeout` has it.
        """
        if self._is_closed:
            pool: Any = self
            cause = ConnectionRefusedError(ECONNREFUSED, "Connection refused")
            raise NewConnectionError(pool, f"Failed to establish a new connection: {cause}")
        connection = Connection(_patience_s(timeout))
        sent = _Sent(body)
        environ = _environ(method, url, headers or {}, sent, connection)
        head = _Head()
        answered = _Answered(self._app(environ, head), connection, head)
        # The status is due before the first block, and faults break off before it.
        answered.begin()
        failure = sent.failure or self._failure(connection, answered, url)
        if failure:
            answered.close()
            raise failure
        return HTTPResponse(
            answered,
            head.headers,
            int(head.status[:3]),
            reason=head.status[4:],
            version=11,
            preload_content=False,
            request_method=method,
            request_url=url,
        )

    def close(self) -> None:
        """Carry nothing any more."""
        self._is_closed = True

    def clear(self) -> None:
        """Nothing is kept open."""

    def _failure(self, connection: Connection, answered: _Answered, url: str) -> Exception | None:
        if connection.is_lost:
            pool: Any = self
            return ReadTimeoutError(pool, url, "Read timed out.")
        if connection.is_reset:
            cause: OSError = ConnectionResetError(ECONNRESET, "Connection reset by peer")
        elif connection.is_cut and not answered.has_begun:
            cause = RemoteDisconnected("Remote end closed connection without response")
        else:
            return None
        return ProtocolError("Connection aborted.", cause)


class _Head:
    """The beginning of an answer; a `start_response` that keeps what it is told."""

    def __init__(self) -> None:
        self.status: str = "500 Internal Server Error"
        self.headers: HTTPHeaderDict = HTTPHeaderDict()

    def __call__(
        self, status: str, headers: list[tuple[str, str]], exc_info: Any = None
    ) -> Callable[[bytes], object]:
        del exc_info
        self.status, self.headers = status, HTTPHeaderDict(headers)
        return _reject_write


class _Sent(io.RawIOBase):
    """A request's body as the application reads it."""

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
        # The client's trouble, not the application's, which only sees that the body ends early.
        except Exception as error:  # noqa: BLE001
            self.failure = error
            return False
        return True


class _Answered(io.RawIOBase):
    """An answer's body as the client reads it."""

    def __init__(self, blocks: Iterable[bytes], connection: Connection, head: _Head) -> None:
        super().__init__()
        self._source = blocks
        self._blocks = iter(blocks)
        self._connection = connection
        self._head = head
        self._held = b""

    @property
    def has_begun(self) -> bool:
        """Whether there is anything of it."""
        return bool(self._held)

    def begin(self) -> None:
        """Have the application come so far that there is something to tell the client."""
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
        data = b"".join(iter(lambda: self.read(_BLOCK_BYTES), b""))
        missing_bytes = int(self._head.headers.get("Content-Length", 0)) - len(data)
        # Where it reads in pieces, urllib3 itself misses the rest.
        if self._connection.is_cut and missing_bytes > 0:
            raise IncompleteRead(data, missing_bytes)
        return data


def _environ(
    method: str, url: str, headers: Mapping[str, str], body: _Sent, connection: Connection
) -> dict[str, Any]:
    scheme, _, rest = url.partition("://")
    host, slash, target = rest.partition("/")
    path, _, query = (slash + target).partition("#")[0].partition("?")
    name, _, port = host.partition(":")
    environ: dict[str, Any] = {
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


def _patience_s(timeout: Timeout | None) -> float | None:
    read_timeout = timeout.read_timeout if timeout else None
    return float(read_timeout) if isinstance(read_timeout, (int, float)) else None


def _reject_write(_: bytes) -> object:
    raise NotImplementedError("no application of this project writes rather than returns")
