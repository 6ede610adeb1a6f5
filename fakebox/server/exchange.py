"""One request: where it ends, and who answers it."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

from cheroot.server import ChunkedRFile, HeaderReader, HTTPRequest

from fakebox.server.answer import Answer
from fakebox.server.environ import make_environ
from fakebox.server.streams import Body, HeadTooLarge

if TYPE_CHECKING:
    from collections.abc import Callable

    from fakebox.server.connection import Connection
    from fakebox.server.site import Site

_HEAD_LIMIT_BYTES = 64 * 1024
_SMALL_BODY_BYTES = 64 * 1024
_DRAIN_LIMIT_BYTES = 1024 * 1024
_DRAIN_BLOCK_BYTES = 256 * 1024
_REQUEST_LINE = re.compile(
    rb"([A-Z][A-Z-]*) (?:(/[^\s#]*|\*)|(?i:https?)://([^\s/?#@]+)([/?][^\s#]*)?) (HTTP/[0-9.]+)\r\n"
)
_FOLDED = re.compile(rb"\n[ \t]")
_PROTOCOLS = frozenset({b"HTTP/1.0", b"HTTP/1.1"})
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_read_headers = HeaderReader()


class Exchange(HTTPRequest):
    """A request as cheroot parses it.

    Attributes:
        answered: the head of an answer is on its way, so that no other can be given.
    """

    conn: Connection
    method: bytes
    uri: bytes
    request_protocol: bytes
    response_protocol: str
    ready: bool
    chunked_read: bool
    close_connection: bool
    inheaders: dict[bytes, bytes]
    server: Site

    def __init__(self, site: Site, connection: Connection) -> None:
        super().__init__(site, connection)
        self.rfile: Any = io.BytesIO()
        self._body: Body | None = None
        self._authority: bytes | None = None
        self._awaits_continue = False
        self._spoke_alone = False
        self.answered: bool = False

    @property
    def keeps_connection(self) -> bool:
        """Whether another request may follow on the connection."""
        return self.ready and not self.close_connection

    @property
    def refuses(self) -> bool:
        """Whether the client may still be sending what nobody is going to read."""
        return self._spoke_alone or self.chunked_read or self._unread_bytes > 0

    @property
    def leaves_too_much(self) -> bool:
        """Whether the application leaves more of the body unread than is worth waiting for."""
        unread = self.chunked_read or self._awaits_continue
        return unread or self._unread_bytes > _DRAIN_LIMIT_BYTES

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
        read_headers: Callable[[], bool] = self.read_request_headers
        return self.read_request_line() and read_headers()

    def read_request_line(self) -> bool:
        """Read the first line, with a path or with a whole URL, as a client of a proxy sends it.

        cheroot's own takes apart every kind of URL, for as long as all the headers take.
        """
        found = _REQUEST_LINE.fullmatch(self.rfile.readline())
        if found is None:
            self.simple_response("400 Bad Request", "Malformed request line")
            return False
        self.method, path, self._authority, below, self.request_protocol = found.groups()
        self.uri = path or b"/" + (below or b"").removeprefix(b"/")
        if self.request_protocol not in _PROTOCOLS:
            self.simple_response("505 HTTP Version Not Supported")
            return False
        self.response_protocol = self.request_protocol.decode()
        return True

    def header_reader(self, rfile: io.BytesIO, headers: dict[bytes, bytes]) -> None:
        """Read the headers; takes away those that cheroot would act on too early or too late.

        The host of a whole URL takes the place of the one that the header names.
        """
        # cheroot drops what comes before the fold, and fails where that is the request line.
        if _FOLDED.search(rfile.getvalue()):
            raise ValueError("Folded header")
        _read_headers(rfile, headers)
        if b"Host" not in headers and self.request_protocol != b"HTTP/1.0":
            raise ValueError("Missing Host header")
        if self._authority:
            headers[b"Host"] = self._authority
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
            # Most bodies ask for no invitation, and so don't know the request in turn.
            invite = self._invite if self._awaits_continue else None
            self._body = Body(self.conn.reader, length_bytes, invite)
            self.rfile = self._body
        answer = Answer(self)
        answer.send(self.server.wsgi_app(make_environ(self), answer.start))
        if self.keeps_connection and not self.conn.broken:
            self._drain()

    def _invite(self) -> None:
        if self._awaits_continue:
            self._awaits_continue = False
            self.conn.wfile.write(_CONTINUE)

    def _drain(self) -> None:
        while self._body and self._body.read(_DRAIN_BLOCK_BYTES):
            pass
        self.close_connection = self._unread_bytes > 0

    def simple_response(self, status: str, msg: str = "") -> None:
        """Answer without the application, and for the last time on this connection."""
        self.close_connection = True
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
        if not self.answered:
            self.simple_response("500 Internal Server Error")
