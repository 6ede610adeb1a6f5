"""The response to a request: its head, its framing, and its body in blocks."""

from __future__ import annotations

import email.utils
import logging
import re
import time
from functools import lru_cache
from typing import TYPE_CHECKING

from fakebox.server.transport import Disconnected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from _typeshed import OptExcInfo

    from fakebox.server.http1.body import Body
    from fakebox.server.http1.head import RequestHead
    from fakebox.server.transport import Transport

logger: logging.Logger = logging.getLogger("fakebox.server")

_BODILESS = frozenset({"204", "304"})
_STATUS = re.compile(r"[2-9][0-9][0-9](?: .*)?")
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")


class ResponseWriter:
    """Sends the response of a WSGI application; the head is sent with the first block.

    Args:
        transport: the connection.
        head: the head of the request.
        body: the body of the request.
        leaves_too_much: returns whether the unread rest of that body is too long to discard.

    Attributes:
        is_started: whether the head was sent.
        closes_connection: whether the connection is closed after the response.
    """

    def __init__(
        self,
        transport: Transport,
        head: RequestHead,
        body: Body,
        leaves_too_much: Callable[[], bool],
    ) -> None:
        self.is_started: bool = False
        self.closes_connection: bool = not head.keeps_alive
        self._transport = transport
        self._body = body
        self._leaves_too_much = leaves_too_much
        self._is_head_request = head.method == "HEAD"
        self._is_http_11 = head.version == "HTTP/1.1"
        self._status = ""
        self._headers: list[tuple[str, str]] = []
        self._remaining_bytes: int | None = None
        self._is_chunked = False
        self._has_content = True

    def start(
        self,
        status: str,
        headers: list[tuple[str, str]],
        exc_info: OptExcInfo | None = None,
        /,
    ) -> Callable[[bytes], object]:
        """WSGI's `start_response`."""
        if exc_info and exc_info[1] and self.is_started:
            raise exc_info[1]
        if self._status and not exc_info:
            raise RuntimeError("the application has started its response before")
        self._status, self._headers = status, headers
        return self.write

    def send(self, blocks: Iterable[bytes]) -> Iterator[None]:
        """Send the whole response, or as much as possible before the connection ends.

        Yields after each block, so that a caller that buffers the response can pause between two.

        Raises:
            Disconnected: the client has disconnected, or the generator was closed.
        """
        transport = self._transport
        try:
            for block in blocks:
                if block:
                    self.write(block)
                if transport.is_broken or not self._has_content:
                    break
                # After the last byte the request ends at once, even if the client does not read on.
                if block and self._remaining_bytes != 0:
                    yield from _interruptible()
            if not transport.is_broken:
                self._finish()
        finally:
            close = getattr(blocks, "close", None)
            if close:
                close()

    def write(self, block: bytes) -> None:
        """Send a block of the body, at most up to its Content-Length."""
        if self._transport.is_broken:
            return
        if not self.is_started:
            self._begin()
        if not self._has_content:
            return
        if self._remaining_bytes is not None:
            if len(block) > self._remaining_bytes:
                logger.error("a response is longer than its Content-Length")
            block = block[: self._remaining_bytes]
            self._remaining_bytes -= len(block)
        elif self._is_chunked:
            block = b"%x\r\n%b\r\n" % (len(block), block)
        self._transport.writer.write(block)

    def _finish(self) -> None:
        if not self.is_started:
            self._begin()
        if self._is_chunked:
            self._transport.writer.hold(b"0\r\n\r\n")
        self._transport.writer.flush()
        if self._remaining_bytes and self._has_content:
            # The client would wait for the missing bytes, so the connection is closed.
            self.closes_connection = True

    def _begin(self) -> None:
        if not self._status:
            raise RuntimeError("the application has not started its response")
        if self._body.error and not self._status.startswith("4"):
            # The application has ignored the error in the body, or has failed because of it.
            raise self._body.error
        if not _STATUS.fullmatch(self._status):
            raise ValueError(f"{self._status!r} is not the status of a response")
        named = self._named()
        self._has_content = not self._is_head_request and self._status[:3] not in _BODILESS
        lines = [f"HTTP/1.1 {self._status}"]
        lines += [f"{name}: {value}" for name, value in self._headers]
        lines += self._framing(named)
        if "date" not in named:
            lines.append(_date_line(int(time.time())))
        if "server" not in named:
            lines.append("Server: fakebox")
        data = "\r\n".join([*lines, "", ""]).encode("latin-1")
        _check_lines(data, len(lines) + 1)
        self.is_started = True
        self._transport.writer.hold(data)

    def _named(self) -> dict[str, str]:
        named: dict[str, str] = {}
        for name, value in self._headers:
            key = _key_of(name)
            if key == "content-length" and key in named:
                raise ValueError("the response has more than one Content-Length")
            named[key] = value
        return named

    def _framing(self, named: dict[str, str]) -> list[str]:
        """Return the headers that frame the response and keep or close the connection."""
        lines: list[str] = []
        if "transfer-encoding" in named:
            raise ValueError("an application must not set Transfer-Encoding")
        if "content-length" in named:
            self._remaining_bytes = _length_of(named["content-length"])
        elif self._has_content:
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


def _interruptible() -> Iterator[None]:
    # An application may raise GeneratorExit itself. Only here it means that the client has stopped
    # reading.
    try:
        yield
    except GeneratorExit as error:
        raise Disconnected("the client has stopped reading the response") from error


@lru_cache(maxsize=512)
def _key_of(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not the name of a header")
    return name.lower()


def _length_of(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"{text!r} is not a Content-Length")
    return int(text)


def _check_lines(data: bytes, expected: int) -> None:
    # A value with a line end could add a header, or a response (response splitting).
    if data.count(b"\n") != expected or data.count(b"\r") != expected or b"\0" in data:
        raise ValueError("a header of the response must not contain CR, LF or NUL")


@lru_cache(maxsize=2)
def _date_line(when_s: int) -> str:
    return f"Date: {email.utils.formatdate(when_s, usegmt=True)}"
