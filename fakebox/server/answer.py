"""The answer to a request as it leaves: head, framing, and body block by block."""

from __future__ import annotations

import email.utils
import logging
import time
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from _typeshed import OptExcInfo

    from fakebox.server.exchange import Exchange

logger: logging.Logger = logging.getLogger("fakebox.server")

_BODILESS = frozenset({"204", "304"})


class Answer:
    """What an application answers, by WSGI; the head leaves with the first block of the body.

    Args:
        request: what it is the answer to.
    """

    def __init__(self, request: Exchange) -> None:
        self._request = request
        self._connection = request.conn
        self._status = ""
        self._headers: list[tuple[str, str]] = []
        self._remaining_bytes: int | None = None
        self._in_chunks = False

    def start(
        self,
        status: str,
        headers: list[tuple[str, str]],
        exc_info: OptExcInfo | None = None,
        /,
    ) -> Callable[[bytes], object]:
        """WSGI's `start_response`."""
        if exc_info and exc_info[1] and self._request.answered:
            raise exc_info[1]
        if self._status and not exc_info:
            raise RuntimeError("the application has started its answer before")
        self._status, self._headers = status, headers
        return self.write

    def send(self, blocks: Iterable[bytes]) -> None:
        """Send the answer whole, or for as long as the connection stands."""
        try:
            for block in blocks:
                if block:
                    self.write(block)
                if self._connection.broken or not self._has_content:
                    break
            if not self._connection.broken:
                self._finish()
        finally:
            close = getattr(blocks, "close", None)
            if close:
                close()

    def write(self, block: bytes) -> None:
        """Send a block of the body; no more than its Content-Length announced."""
        if self._connection.broken:
            return
        if not self._request.answered:
            self._begin()
        if not self._has_content:
            return
        if self._remaining_bytes is not None:
            if len(block) > self._remaining_bytes:
                logger.error("an answer is longer than its Content-Length")
            block = block[: self._remaining_bytes]
            self._remaining_bytes -= len(block)
        elif self._in_chunks:
            block = b"%x\r\n%b\r\n" % (len(block), block)
        self._connection.wfile.write(block)

    @property
    def _has_content(self) -> bool:
        return self._request.method != b"HEAD" and self._status[:3] not in _BODILESS

    def _finish(self) -> None:
        if not self._request.answered:
            self._begin()
        if self._in_chunks:
            self._connection.wfile.hold(b"0\r\n\r\n")
        self._connection.wfile.flush()
        if self._remaining_bytes and self._has_content:
            # The client waits for what will never come, unless the connection ends.
            self._request.close_connection = True

    def _begin(self) -> None:
        if not self._status:
            raise RuntimeError("the application has not started its answer")
        self._request.answered = True
        named = {name.lower(): value for name, value in self._headers}
        lines = [f"HTTP/1.1 {self._status}"]
        lines += [f"{name}: {value}" for name, value in self._headers]
        lines += self._framing(named)
        if "date" not in named:
            lines.append(_date_line(int(time.time())))
        if "server" not in named:
            lines.append("Server: fakebox")
        self._connection.wfile.hold("\r\n".join([*lines, "", ""]).encode("latin-1"))

    def _framing(self, named: dict[str, str]) -> list[str]:
        """Settle how the client learns where the answer ends, and what follows it."""
        request, lines = self._request, []
        old_client = request.response_protocol == "HTTP/1.0"
        if "content-length" in named:
            self._remaining_bytes = int(named["content-length"])
        elif self._has_content:
            if old_client:
                request.close_connection = True
            else:
                self._in_chunks = True
                lines.append("Transfer-Encoding: chunked")
        request.close_connection |= request.leaves_too_much
        if "connection" not in named:
            if request.close_connection:
                lines.append("Connection: close")
            elif old_client:
                lines.append("Connection: Keep-Alive")
        return lines


@lru_cache(maxsize=2)
def _date_line(when_s: int) -> str:
    return f"Date: {email.utils.formatdate(when_s, usegmt=True)}"
