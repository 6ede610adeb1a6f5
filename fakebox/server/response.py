"""The response of a WSGI application, for all versions of HTTP."""

from __future__ import annotations

import email.utils
import logging
import re
import time
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from fakebox.server.transport import Disconnected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from _typeshed import OptExcInfo

    from fakebox.server.body import Body
    from fakebox.server.request_head import RequestHead

logger: logging.Logger = logging.getLogger("fakebox.server")

_BODILESS = frozenset({"204", "304"})
_STATUS = re.compile(r"[2-9][0-9][0-9](?: .*)?")
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")


class Breakable(Protocol):
    """A connection or a stream that a fault may have broken."""

    @property
    def is_broken(self) -> bool:
        """Whether nothing more can be sent."""
        ...


class ResponseWriter:
    """Sends the response of a WSGI application; the head is sent with the first block.

    The subclasses write the head, the blocks and the end in a version of HTTP.

    Args:
        connection: the connection; no more is sent if it is broken.
        head: the head of the request.
        body: the body of the request.

    Attributes:
        is_started: whether the head was sent.
    """

    def __init__(self, connection: Breakable, head: RequestHead, body: Body) -> None:
        self.is_started: bool = False
        self._connection = connection
        self._body = body
        self._is_head_request = head.method == "HEAD"
        self._status = ""
        self._headers: list[tuple[str, str]] = []
        self._remaining_bytes: int | None = None
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
        connection = self._connection
        try:
            for block in blocks:
                if block:
                    self.write(block)
                if connection.is_broken or not self._has_content:
                    break
                # After the last byte the request ends at once, even if the client does not read on.
                if block and self._remaining_bytes != 0:
                    yield from _interruptible()
            if not connection.is_broken:
                if not self.is_started:
                    self._begin()
                self._write_end()
        finally:
            close = getattr(blocks, "close", None)
            if close:
                close()

    def write(self, block: bytes) -> None:
        """Send a block of the body, at most up to its Content-Length."""
        if self._connection.is_broken:
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
        self._write_block(block)

    @property
    def is_too_short(self) -> bool:
        """Whether the body is shorter than its Content-Length."""
        return bool(self._remaining_bytes) and self._has_content

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
        if "transfer-encoding" in named:
            raise ValueError("an application must not set Transfer-Encoding")
        if "content-length" in named:
            self._remaining_bytes = _length_of(named["content-length"])
        self._write_head(named)

    def _named(self) -> dict[str, str]:
        named: dict[str, str] = {}
        for name, value in self._headers:
            key = _key_of(name)
            if key == "content-length" and key in named:
                raise ValueError("the response has more than one Content-Length")
            named[key] = value
        return named

    def _write_head(self, named: dict[str, str]) -> None:
        """Write the head, and set `is_started`.

        Args:
            named: the headers of the application by their names in lower case.
        """
        raise NotImplementedError

    def _write_block(self, block: bytes) -> None:
        """Write a block of the body."""
        raise NotImplementedError

    def _write_end(self) -> None:
        """Write what follows the body, and everything that is buffered."""
        raise NotImplementedError


def default_headers(named: dict[str, str]) -> list[tuple[str, str]]:
    """Return the headers that a response has if the application does not set them."""
    headers: list[tuple[str, str]] = []
    if "date" not in named:
        headers.append(("Date", _date(int(time.time()))))
    if "server" not in named:
        headers.append(("Server", "fakebox"))
    return headers


def check_lines(data: bytes, expected: int) -> None:
    """Check that no header has a line end, which could add a header (response splitting).

    Args:
        data: the headers, in lines that end with CR and LF.
        expected: the number of the lines.

    Raises:
        ValueError: a header has a line end or a NUL.
    """
    if data.count(b"\n") != expected or data.count(b"\r") != expected or b"\0" in data:
        raise ValueError("a header of the response must not contain CR, LF or NUL")


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


@lru_cache(maxsize=2)
def _date(when_s: int) -> str:
    return email.utils.formatdate(when_s, usegmt=True)
