"""A request: its arrival, and its response."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from fakebox.server.body import Body
from fakebox.server.environ import ServerConfig, make_environ
from fakebox.server.http1.body import ChunkedBody, SizedBody
from fakebox.server.http1.head import parse_head
from fakebox.server.http1.response import HTTP1ResponseWriter
from fakebox.server.request_head import BadRequest, RequestHead
from fakebox.server.transport import Disconnected, HeadTooLarge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fakebox.server.transport import Transport

_HEAD_LIMIT_BYTES = 64 * 1024
_SMALL_BODY_BYTES = 64 * 1024
_DRAIN_LIMIT_BYTES = 1024 * 1024
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class HTTPRequest:
    """A request on a connection.

    Args:
        config: the configuration of the server.
        transport: the connection.

    Attributes:
        head: the head; `None` before it has arrived, or if it is not valid.
        body: the body; `None` before the application is called.
        closes_connection: whether the connection is closed after the response.
    """

    def __init__(self, config: ServerConfig, transport: Transport) -> None:
        self.transport = transport
        self.head: RequestHead | None = None
        self.body: Body | None = None
        self.closes_connection: bool = False
        self._config = config
        self._awaits_continue = False
        self._was_rejected = False
        self._response: HTTP1ResponseWriter | None = None

    @property
    def is_valid(self) -> bool:
        """Whether the head has arrived and is valid."""
        return self.head is not None

    @property
    def has_response(self) -> bool:
        """Whether the head of a response was sent."""
        return self._was_rejected or (self._response is not None and self._response.is_started)

    @property
    def keeps_connection(self) -> bool:
        """Whether another request may follow on the connection."""
        return self.head is not None and not self.closes_connection

    @property
    def leaves_unread(self) -> bool:
        """Whether the client may still be sending a body that is not read."""
        return self._was_rejected or (self.body is not None and not self.body.is_complete)

    def _leaves_too_much(self) -> bool:
        """Whether the unread rest of the body is too long to be read and dropped."""
        body = self.body
        if self._awaits_continue or body is None or body.error:
            return True
        if isinstance(body, SizedBody):
            return body.remaining_bytes > _DRAIN_LIMIT_BYTES
        # The rest of a chunked body has an unknown length, unless its end has arrived.
        return not (body.is_complete or body.has_begun or self.transport.reader.has_end_of_chunks())

    def arrives(self) -> bool:
        """Parse the available bytes, and return whether the request can be processed.

        The head must have arrived. A small body must have arrived too, so that the application does
        not wait for it. The result is also True if the head was not valid and was rejected.
        """
        if self.head is None and not self._parse():
            return self._was_rejected
        return self.transport.reader.holds(self._small_body_bytes)

    def _parse(self) -> bool:
        try:
            data = self.transport.reader.head(_HEAD_LIMIT_BYTES)
            self.head = parse_head(data) if data else None
        except HeadTooLarge as error:
            too_large = "431 Request Header Fields Too Large"
            self.reject(too_large if error.line_ended else "414 Request-URI Too Large")
        except BadRequest as error:
            self.reject(error.status, error.reason)
        if self.head:
            self._awaits_continue = self.head.expects_continue
        return self.head is not None

    @property
    def _small_body_bytes(self) -> int:
        if self.head is None or self._awaits_continue:
            return 0
        length_bytes = self.head.content_length
        return length_bytes if length_bytes <= _SMALL_BODY_BYTES else 0

    def respond(self) -> Iterator[None]:
        """Call the application, send its response, and drop the unread rest of the body.

        Yields after each block of the response.

        Raises:
            BadRequest: the body is not valid, and the application has not responded with 4xx.
        """
        head, reader = self.head, self.transport.reader
        assert head
        # 100 Continue is sent when the application begins to read the body.
        send_continue = self._send_continue if self._awaits_continue else None
        if head.is_chunked:
            self.body = ChunkedBody(reader, send_continue)
        else:
            self.body = SizedBody(reader, head.content_length, send_continue)
        # Without a body the client does not wait.
        self._awaits_continue &= not self.body.is_complete
        response = HTTP1ResponseWriter(self.transport, head, self.body, self._leaves_too_much)
        self._response = response
        environ = make_environ(self._config, self.transport, head, self.body)
        yield from response.send(self._config.app(environ, response.start))
        self.closes_connection = response.closes_connection
        if self.keeps_connection and not self.transport.is_broken:
            self.closes_connection = not self.body.discard(_DRAIN_LIMIT_BYTES + 1)

    def _send_continue(self) -> None:
        if self._awaits_continue:
            self._awaits_continue = False
            if not self.has_response:
                # The application reads a body that ends early.
                with contextlib.suppress(Disconnected):
                    self.transport.writer.write(_CONTINUE)

    def reject(self, status: str, reason: str = "") -> None:
        """Respond with an error, without the application, and close the connection."""
        self.closes_connection = self._was_rejected = True
        text = f"{reason or status[4:]}\n".encode("latin-1", "replace")
        head = (
            f"HTTP/1.1 {status}\r\nConnection: close\r\n"
            f"Content-Type: text/plain\r\nContent-Length: {len(text)}\r\n\r\n"
        )
        is_head_request = self.head is not None and self.head.method == "HEAD"
        self.transport.writer.write(head.encode() + (b"" if is_head_request else text))

    def fail(self, status: str, reason: str = "") -> None:
        """Close the connection, after an error response if no response was sent."""
        self.closes_connection = True
        if not (self.has_response or self.transport.is_broken):
            self.reject(status, reason)
