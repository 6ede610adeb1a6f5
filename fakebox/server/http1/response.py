"""The response to a request: its head and its framing in HTTP/1.1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakebox.server.response import ResponseWriter, check_lines, default_headers

if TYPE_CHECKING:
    from collections.abc import Callable

    from fakebox.server.body import Body
    from fakebox.server.request_head import RequestHead
    from fakebox.server.transport import Transport


class HTTP1ResponseWriter(ResponseWriter):
    """Sends the response of a WSGI application over HTTP/1.1.

    Args:
        transport: the connection.
        head: the head of the request.
        body: the body of the request.
        leaves_too_much: returns whether the unread rest of that body is too long to discard.

    Attributes:
        closes_connection: whether the connection is closed after the response.
    """

    def __init__(
        self,
        transport: Transport,
        head: RequestHead,
        body: Body,
        leaves_too_much: Callable[[], bool],
    ) -> None:
        super().__init__(transport, head, body)
        self.closes_connection: bool = not head.keeps_alive
        self._writer = transport.writer
        self._leaves_too_much = leaves_too_much
        self._is_http_11 = head.version == "HTTP/1.1"
        self._is_chunked = False

    def _write_block(self, block: bytes) -> None:
        if self._is_chunked:
            block = b"%x\r\n%b\r\n" % (len(block), block)
        self._writer.write(block)

    def _write_end(self) -> None:
        if self._is_chunked:
            self._writer.hold(b"0\r\n\r\n")
        self._writer.flush()
        if self.is_too_short:
            # The client would wait for the missing bytes, so the connection is closed.
            self.closes_connection = True

    def _write_head(self, named: dict[str, str]) -> None:
        lines = [f"HTTP/1.1 {self._status}"]
        lines += [f"{name}: {value}" for name, value in self._headers]
        lines += self._framing(named)
        lines += [f"{name}: {value}" for name, value in default_headers(named)]
        data = "\r\n".join([*lines, "", ""]).encode("latin-1")
        check_lines(data, len(lines) + 1)
        self.is_started = True
        self._writer.hold(data)

    def _framing(self, named: dict[str, str]) -> list[str]:
        """Return the headers that frame the response and keep or close the connection."""
        lines: list[str] = []
        if self._remaining_bytes is None and self._has_content:
            if self._is_http_11:
                self._is_chunked = True
                lines.append("Transfer-Encoding: chunked")
            else:
                self.closes_connection = True
        self.closes_connection |= self._leaves_too_much()
        if "connection" in named:
            self.closes_connection |= "close" in named["connection"].lower()
        elif self.closes_connection:
            lines.append("Connection: close")
        elif not self._is_http_11:
            lines.append("Connection: Keep-Alive")
        return lines
