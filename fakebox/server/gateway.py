"""WSGI between a request and the application: its environ, and its answer block by block."""

from __future__ import annotations

import io
import logging
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from cheroot.wsgi import Gateway_10

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fakebox.server.exchange import Exchange

logger: logging.Logger = logging.getLogger("fakebox.server")


class _ErrorLog(io.TextIOBase):
    """`wsgi.errors`: what an application would print goes to the log."""

    def write(self, text: str) -> int:
        if line := text.rstrip():
            logger.error("%s", line)
        return len(text)


_errors = _ErrorLog()


class Gateway(Gateway_10):
    """Calls the application for one request.

    The environ has, beyond WSGI's own, `RAW_URI`, the request target as it was sent, and
    `fakebox.connection`, the Connection.
    """

    req: Exchange
    remaining_bytes_out: int | None

    def get_environ(self) -> dict[str, Any]:  # type: ignore[override]
        """The environ, with a path that is decoded once and as a whole."""
        environ: dict[str, Any] = super().get_environ()  # type: ignore[no-untyped-call]
        target: bytes = self.req.uri
        environ["RAW_URI"] = target.decode("latin-1")
        # cheroot keeps %2F as it is, which can't be told from an encoded percent sign.
        environ["PATH_INFO"] = unquote_to_bytes(target.partition(b"?")[0]).decode("latin-1")
        environ["fakebox.connection"] = self.req.conn
        environ["wsgi.errors"] = _errors
        return environ

    def respond(self) -> None:
        """Call the application and send what it answers."""
        blocks: Iterable[bytes] = self.req.server.wsgi_app(self.env, self.start_response)
        try:
            for block in blocks:
                if block:
                    self.write(block)
                if self.req.conn.broken or not self.req.has_content:
                    break
            if not self.req.conn.broken:
                self.req.ensure_headers_sent()
        finally:
            close = getattr(blocks, "close", None)
            if close:
                close()
        if self.remaining_bytes_out and self.req.has_content:
            # The client waits for what will never come, unless the connection ends.
            self.req.close_connection = True

    def write(self, chunk: bytes) -> None:
        """Send a block of the answer; no more than its Content-Length announced."""
        if self.req.conn.broken:
            return
        self.req.ensure_headers_sent()
        if not self.req.has_content:
            return
        if self.remaining_bytes_out is not None:
            if len(chunk) > self.remaining_bytes_out:
                logger.error("an answer is longer than its Content-Length")
            chunk = chunk[: self.remaining_bytes_out]
            self.remaining_bytes_out -= len(chunk)
        self.req.write(chunk)
