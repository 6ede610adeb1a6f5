"""One request and its answer: the framing that decides where each of them ends."""

from __future__ import annotations

import email.utils
import io
from typing import TYPE_CHECKING, Any

from cheroot.server import ChunkedRFile, HeaderReader, HTTPRequest

from fakebox.server.gateway import Gateway
from fakebox.server.streams import Body, HeadTooLarge

if TYPE_CHECKING:
    from collections.abc import Callable

    from fakebox.server.connection import Connection
    from fakebox.server.site import Site

_HEAD_LIMIT_BYTES = 64 * 1024
_SMALL_BODY_BYTES = 64 * 1024
_DRAIN_LIMIT_BYTES = 1024 * 1024
_DRAIN_BLOCK_BYTES = 256 * 1024
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_read_headers = HeaderReader()


class Exchange(HTTPRequest):
    """A request as cheroot parses it, and the answer as it leaves the socket."""

    conn: Connection
    method: bytes
    status: Any
    ready: bool
    close_connection: bool
    outheaders: list[tuple[bytes, bytes]]
    inheaders: dict[bytes, bytes]

    def __init__(self, site: Site, connection: Connection) -> None:
        super().__init__(site, connection)
        self.rfile: Any = io.BytesIO()
        self._body: Body | None = None
        self._awaits_continue = False
        self._spoke_alone = False

    @property
    def keeps_connection(self) -> bool:
        """Whether another request may follow on the connection."""
        return self.ready and not self.close_connection

    @property
    def has_content(self) -> bool:
        """Whether the answer's body goes to the client."""
        return self.method != b"HEAD" and self.status[:3] not in {b"204", b"304"}

    @property
    def refuses(self) -> bool:
        """Whether the client may still be sending what nobody is going to read."""
        return self._spoke_alone or self.chunked_read or self._unread_bytes > 0

    @property
    def _unread_bytes(self) -> int:
        return self._body.remaining_bytes if self._body else 0

    def arrives(self) -> bool:
        """Read what has come of the request; True once it can be answered.

        It can be once its head is there, and a small body: the application would have to wait for
        that. `ready` tells whether the application is to answer, as it is not where the head is
        none.
        """
        if not self.ready:
            try:
                head = self.conn.reader.head(_HEAD_LIMIT_BYTES)
            except HeadTooLarge as error:
                too_large = "431 Request Header Fields Too Large"
                self.simple_response(too_large if error.line_ended else "414 URI Too Long")
                return True
            if not head:
                return False
            self.rfile = io.BytesIO(head)
            self.ready = self._parse()
        return not self.ready or self.conn.reader.holds(self._small_body_bytes)

    @property
    def _small_body_bytes(self) -> int:
        if self.chunked_read or self._awaits_continue:
            return 0
        length_bytes = int(self.inheaders.get(b"Content-Length", 0))
        return length_bytes if length_bytes <= _SMALL_BODY_BYTES else 0

    def _parse(self) -> bool:
        read_line: Callable[[], bool] = self.read_request_line
        read_headers: Callable[[], bool] = self.read_request_headers
        return read_line() and read_headers()

    def header_reader(self, rfile: io.BytesIO, headers: dict[bytes, bytes]) -> None:
        """Read the headers; takes away those that cheroot would act on too early or too late."""
        _read_headers(rfile, headers)
        # An invitation is for when the application wants the body, not for one it refuses.
        self._awaits_continue = headers.pop(b"Expect", b"").lower() == b"100-continue"
        if b"Transfer-Encoding" in headers:
            headers.pop(b"Content-Length", None)
        if not headers.get(b"Content-Length", b"0").isdigit():
            raise ValueError("Malformed Content-Length header")

    def respond(self) -> None:
        """Let the application answer, and leave the connection ready for what follows."""
        if self.chunked_read:
            self.rfile = ChunkedRFile(self.conn.reader, 0)
        else:
            length_bytes = int(self.inheaders.get(b"Content-Length", 0))
            self._body = Body(self.conn.reader, length_bytes, self._invite)
            self.rfile = self._body
        Gateway(self).respond()
        if self.conn.broken:
            return
        if self.chunked_write:
            self.conn.wfile.hold(b"0\r\n\r\n")
        self.conn.wfile.flush()
        if self.keeps_connection:
            self._drain()

    def _invite(self) -> None:
        if self._awaits_continue:
            self._awaits_continue = False
            self.conn.wfile.write(_CONTINUE)

    def _drain(self) -> None:
        while self._body and self._body.read(_DRAIN_BLOCK_BYTES):
            pass
        self.close_connection = self._unread_bytes > 0

    def send_headers(self) -> None:
        """Put the head of the answer where it leaves with the first of its body."""
        names = {name.lower() for name, _ in self.outheaders}
        self._frame(names)
        if b"date" not in names:
            self.outheaders.append((b"Date", email.utils.formatdate(usegmt=True).encode()))
        if b"server" not in names:
            self.outheaders.append((b"Server", b"fakebox"))
        lines = [b"HTTP/1.1 " + self.status]
        lines += [name + b": " + value for name, value in self.outheaders]
        self.conn.wfile.hold(b"\r\n".join([*lines, b"", b""]))

    def _frame(self, names: set[bytes]) -> None:
        """Settle how the client learns where the answer ends, and what follows it."""
        old_client = self.response_protocol == "HTTP/1.0"
        if b"content-length" not in names and self.has_content:
            if old_client:
                self.close_connection = True
            else:
                self.chunked_write = True
                self.outheaders.append((b"Transfer-Encoding", b"chunked"))
        if self.chunked_read or self._awaits_continue or self._unread_bytes > _DRAIN_LIMIT_BYTES:
            self.close_connection = True
        if b"connection" in names:
            return
        if self.close_connection:
            self.outheaders.append((b"Connection", b"close"))
        elif old_client:
            self.outheaders.append((b"Connection", b"Keep-Alive"))

    def simple_response(self, status: str, msg: str = "") -> None:
        """Answer without the application, and for the last time on this connection."""
        self.close_connection = True
        self.sent_headers = True
        text = f"{msg or status[4:]}\n".encode("latin-1", "replace")
        head = (
            f"HTTP/1.1 {status}\r\nConnection: close\r\n"
            f"Content-Type: text/plain\r\nContent-Length: {len(text)}\r\n\r\n"
        )
        self.conn.wfile.write(head.encode() + text)
        self._spoke_alone = True

    def fail(self) -> None:
        """Say that the application failed, if nothing was said yet; never why."""
        self.close_connection = True
        if not self.sent_headers:
            self.simple_response("500 Internal Server Error")
