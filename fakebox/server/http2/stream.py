"""A request on a stream, and its response."""

from __future__ import annotations

import contextlib
import logging
import threading
from typing import TYPE_CHECKING, Protocol

from h2.errors import ErrorCodes
from h2.exceptions import H2Error

from fakebox.core.clock import Deadline
from fakebox.server.environ import ServerConfig, make_environ
from fakebox.server.http2.body import StreamBody
from fakebox.server.http2.head import parse_headers
from fakebox.server.http2.response import HTTP2ResponseWriter, make_headers
from fakebox.server.request_head import BadRequest
from fakebox.server.transport import Disconnected

if TYPE_CHECKING:
    from fakebox.server.http2.response import Headers
    from fakebox.server.request_head import RequestHead
    from fakebox.server.transport import Transport

logger: logging.Logger = logging.getLogger("fakebox.server")

# Some clients send the whole body before they read the response, and do not continue after a reset.
_DRAIN_LIMIT_BYTES = 64 * 1024 * 1024


class FrameConnection(Protocol):
    """The connection of a stream, which sends its frames."""

    @property
    def transport(self) -> Transport:
        """The transport of the connection."""
        ...

    def acknowledge(self, stream: Stream, size_bytes: int) -> None:
        """Allow the client to send so many bytes more; called with the lock."""
        ...

    def send_head(
        self, stream: Stream, headers: Headers, *, ends: bool = False, is_held: bool
    ) -> None:
        """Send the head of a response."""
        ...

    def send_data(self, stream: Stream, data: bytes, *, ends: bool) -> None:
        """Send a part of a response, and wait while the client does not accept it."""
        ...

    def end_stream(self, stream: Stream, error: ErrorCodes | None) -> None:
        """Remove a request that was served, after a reset with `error`."""
        ...

    def reset(self) -> None:
        """Reset the connection."""
        ...

    def cut(self) -> None:
        """Close the connection after the bytes that were written."""
        ...


class Stream:
    """A request that a thread of its own responds to.

    The environ contains it as `fakebox.connection`. A fault ends the whole connection by it.

    Args:
        config: the configuration of the server.
        connection: the connection.
        number: the identifier of the stream.
        headers: the header list of the request.
        lock: the lock of the connection.

    Attributes:
        number: the identifier of the stream.
        body: the body of the request.
        changed: notified, with the lock, when data or room for data has arrived.
        is_closed: whether the client has cancelled the request or disconnected.
        remote_addr: the address of the client.
        remote_port: the port of the client.
    """

    def __init__(
        self,
        config: ServerConfig,
        connection: FrameConnection,
        number: int,
        headers: Headers,
        lock: threading.Lock,
    ) -> None:
        self.number: int = number
        self.changed: threading.Condition = threading.Condition(lock)
        self.body: StreamBody = StreamBody(self.changed, self._acknowledge, self._send_continue)
        self.is_closed: bool = False
        self.remote_addr: str = connection.transport.remote_addr
        self.remote_port: int = connection.transport.remote_port
        self._config = config
        self._connection = connection
        self._headers = headers
        self._awaits_continue = False
        self._response: HTTP2ResponseWriter | None = None
        self._was_rejected = False

    @property
    def is_broken(self) -> bool:
        """Whether a fault has ended the connection."""
        return self._connection.transport.is_broken

    # --- in the thread of the connection, with the lock ------------------------------------------

    def has_announced_length(self) -> bool:
        """Whether the body that has arrived has its Content-Length, if there is one."""
        announced = dict(self._headers).get(b"content-length", b"")
        return not announced.isdigit() or int(announced) == self.body.received_bytes

    def close(self) -> None:
        """Mark the stream as closed by the client."""
        self.is_closed = True
        self.body.lose()

    # --- in the thread of the stream -------------------------------------------------------------

    def serve(self) -> None:
        """Call the application, and send its response."""
        try:
            self._respond()
        except Disconnected as error:
            logger.info("lost a request of %s: %s", self.remote_addr, error)
        except BadRequest as error:
            self._fail(error.status, error.reason)
        # SystemExit as well: it must not end the thread of the server.
        except BaseException:
            logger.exception("the application failed")
            self._fail("500 Internal Server Error")
        finally:
            self._end()

    def _respond(self) -> None:
        head = parse_headers(self._headers, has_body=not self.body.is_complete)
        self.body.is_sized = not head.is_chunked
        # 100 Continue is sent when the application begins to read the body.
        self._awaits_continue = head.expects_continue
        response = HTTP2ResponseWriter(self, head, self.body)
        self._response = response
        environ = make_environ(self._config, self, head, self.body)
        for _ in response.send(self._config.app(environ, response.start)):
            pass
        if not (self.is_broken or self._leaves_too_much(head)):
            self.body.wait_for_end(_DRAIN_LIMIT_BYTES)

    def _leaves_too_much(self, head: RequestHead) -> bool:
        """Whether the unread rest of the body is too long to be received and dropped."""
        remaining_bytes = head.content_length - self.body.received_bytes
        return self._awaits_continue or remaining_bytes > _DRAIN_LIMIT_BYTES

    def _fail(self, status: str, reason: str = "") -> None:
        """Respond with an error, if no response was sent."""
        if self.is_broken or (self._response and self._response.is_started):
            return
        text = f"{reason or status[4:]}\n".encode("latin-1", "replace")
        headers = [("Content-Type", "text/plain"), ("Content-Length", str(len(text)))]
        has_content = (b":method", b"HEAD") not in self._headers
        with contextlib.suppress(Disconnected, H2Error):
            self.send_head(make_headers(status, headers), ends=not has_content)
            if has_content:
                self.send_data(text, ends=True)
            self._was_rejected = True

    def _end(self) -> None:
        has_response = self._was_rejected or bool(self._response and self._response.has_ended)
        self.body.drop()
        error: ErrorCodes | None = None
        if not has_response:
            error = ErrorCodes.INTERNAL_ERROR
        elif not self.body.has_ended:
            # The client stops sending the body, and keeps the response.
            error = ErrorCodes.NO_ERROR
        self._connection.end_stream(self, error)

    def _acknowledge(self, size_bytes: int) -> None:
        self._connection.acknowledge(self, size_bytes)

    def _send_continue(self) -> None:
        if self._awaits_continue:
            self._awaits_continue = False
            if not (self._response and self._response.is_started):
                # The application reads a body that ends early.
                with contextlib.suppress(Disconnected):
                    self._connection.send_head(self, [(b":status", b"100")], is_held=False)

    def send_head(self, headers: Headers, *, ends: bool) -> None:
        """Send the head of the response; a head without `ends` is sent with the next data.

        Raises:
            Disconnected: the client has cancelled the request or disconnected.
        """
        self._connection.send_head(self, headers, ends=ends, is_held=not ends)

    def send_data(self, data: bytes, *, ends: bool) -> None:
        """Send a part of the response, and wait while the client does not accept it.

        Raises:
            Disconnected: the client has cancelled the request or disconnected, or accepted nothing
                until the timeout.
        """
        self._connection.send_data(self, data, ends=ends)

    # --- for the application ---------------------------------------------------------------------

    def reset(self) -> None:
        """Reset the connection, with all its streams."""
        self._connection.reset()

    def cut(self) -> None:
        """Close the connection after the bytes that were written, with all its streams."""
        self._connection.cut()

    def pause(self, seconds: float) -> None:
        """Wait for `seconds` of real time, or until the client cancels the request."""
        deadline = Deadline(seconds)
        with self.changed:
            while not self.is_closed and (remaining_s := deadline.remaining_s()):
                self.changed.wait(remaining_s)

    def wait_limit_s(self, seconds: float) -> float:
        """Limit how long the application may wait for an event, in seconds of real time."""
        return seconds
