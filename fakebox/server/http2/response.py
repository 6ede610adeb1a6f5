"""The response to a request, in HEADERS and DATA frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from fakebox.server.response import Breakable, ResponseWriter, check_lines, default_headers

if TYPE_CHECKING:
    from fakebox.server.body import Body
    from fakebox.server.request_head import RequestHead

# RFC 9113, section 8.2.2: these are for connections of HTTP/1.1, and `TE` is for requests. `h2`
# rejects them while it compresses the head, so that the heads of later responses would be corrupt.
_CONNECTION_HEADERS = frozenset({"connection", "keep-alive", "proxy-connection", "te", "upgrade"})

Headers = list[tuple[bytes, bytes]]


class Sender(Breakable, Protocol):
    """A stream that the frames of a response are sent on."""

    def send_head(self, headers: Headers, *, ends: bool) -> None:
        """Send the head; a head without `ends` is sent with the next data."""
        ...

    def send_data(self, data: bytes, *, ends: bool) -> None:
        """Send data, and wait while the client does not accept it."""
        ...


class HTTP2ResponseWriter(ResponseWriter):
    """Sends the response of a WSGI application over HTTP/2.

    Args:
        stream: the stream of the request.
        head: the head of the request.
        body: the body of the request.

    Attributes:
        has_ended: whether the last frame was sent.
    """

    def __init__(self, stream: Sender, head: RequestHead, body: Body) -> None:
        super().__init__(stream, head, body)
        self.has_ended: bool = False
        self._stream = stream

    def _write_head(self, named: dict[str, str]) -> None:
        headers = make_headers(self._status, [*self._headers, *default_headers(named)])
        self.is_started = True
        ends = not self._has_content or self._remaining_bytes == 0
        self._stream.send_head(headers, ends=ends)
        self.has_ended = ends

    def _write_block(self, block: bytes) -> None:
        if not self.has_ended:
            ends = self._remaining_bytes == 0
            self._stream.send_data(block, ends=ends)
            self.has_ended = ends

    def _write_end(self) -> None:
        # A response that is too short is reset instead.
        if not (self.has_ended or self.is_too_short):
            self._stream.send_data(b"", ends=True)
            self.has_ended = True


def make_headers(status: str, headers: list[tuple[str, str]]) -> Headers:
    """Make the header list of a response.

    Raises:
        ValueError: a header has a line end or a NUL.
    """
    made = [
        (name.lower().encode("latin-1"), value.strip().encode("latin-1"))
        for name, value in headers
        if name.lower() not in _CONNECTION_HEADERS
    ]
    check_lines(b"".join(value for _, value in made), 0)
    return [(b":status", status[:3].encode()), *made]
