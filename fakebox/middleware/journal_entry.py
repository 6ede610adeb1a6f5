"""An entry of the journal: a request and its response.

Credentials are masked in everything that is shown.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from fakebox.http.headers import is_page
from fakebox.middleware.compression import ENCODING, decompressed
from fakebox.middleware.redaction import masked_body, masked_header
from fakebox.middleware.request_view import RequestView

if TYPE_CHECKING:
    from _typeshed import OptExcInfo
    from _typeshed.wsgi import StartResponse

    from fakebox.context import RequestContext
    from fakebox.middleware.request_log import RecordedRequest

log: logging.Logger = logging.getLogger("fakebox.requests")

_TEXT_LIMIT_BYTES = 16 * 1024
_TEXTUAL = ("text/", "application/json")


class JournalEntry(RequestView):
    """A request and its response.

    Attributes:
        number: the number of the request, from 1.
        began_s: when the request began, in seconds since 1970 of the emulated clock.
        method: the method, in capitals.
        status: the status of the response; `None` if there is no response (yet).
        response_bytes: the number of sent bytes of the response's body.
        duration_s: how long the request took, in seconds of real time; `None` until it ends.
        fault: the planned fault or limit that was applied; empty for none.

    Example:
        >>> _ = client.metadata("/notes.txt")
        >>> request = box.requests[-1]
        >>> request.method, request.endpoint, request.path, request.status
        ('GET', 'metadata', '/notes.txt', 200)
    """

    def __init__(self, number: int, began_s: float, request: RequestContext) -> None:
        super().__init__(request)
        self.number = number
        self.began_s = began_s
        self.status: int | None = None
        self.response_bytes: int = 0
        self.duration_s: float | None = None
        self.fault: str = ""
        self._response_headers: list[tuple[str, str]] = []
        self._text = b""

    def __repr__(self) -> str:
        return summary(self)

    @property
    def unknown_credential(self) -> str:
        """The kind of the credential that was rejected because it is unknown; empty for none.

        It is `bearer token`, `app key`, `app secret` or `refresh token`, and set when the request
        has ended.
        """
        return self._request.unknown_credential

    @property
    def response_headers(self) -> dict[str, str]:
        """The headers of the response; credentials are masked."""
        return {name: masked_header(name, value) for name, value in self._response_headers}

    @property
    def response_text(self) -> str:
        """The first 16 KiB of the response if it is text; credentials are masked.

        A response that is compressed with gzip is shown without the compression.
        """
        data = self._text
        if self._header("content-encoding") == ENCODING:
            data = decompressed(data, _TEXT_LIMIT_BYTES)
        text = data.decode("utf-8", "replace")
        return masked_body(text, is_page=is_page(self._request.environ))

    def listen(self, start_response: StartResponse) -> StartResponse:
        """Wrap a `start_response` to store the status and the headers of the response."""

        def listening(
            status: str, headers: list[tuple[str, str]], exc_info: OptExcInfo | None = None, /
        ) -> Callable[[bytes], object]:
            self.status = int(status[:3])
            self._response_headers = headers
            return start_response(status, headers, exc_info)

        return listening

    def follow(self, blocks: Iterable[bytes]) -> Iterable[bytes]:
        """Wrap the blocks of the response to count them, and to end the entry."""
        return _Followed(self, blocks)

    def end(self) -> None:
        """Store the duration, and release the data that is no longer needed."""
        self.duration_s = self._request.stopwatch.elapsed_s()
        if log.isEnabledFor(logging.INFO):
            log_request(repr(self))
        # The journal must not keep streams and worlds in memory.
        self._request.release()

    def count(self, block: bytes) -> None:
        """Count a block of the response, and store it if it is text."""
        if len(self._text) < _TEXT_LIMIT_BYTES and self._is_text():
            self._text += block[: _TEXT_LIMIT_BYTES - len(self._text)]
        self.response_bytes += len(block)

    def _is_text(self) -> bool:
        return self._header("content-type").startswith(_TEXTUAL)

    def _header(self, lower: str) -> str:
        for name, value in self._response_headers:
            if name.lower() == lower:
                return value
        return ""


def summary(entry: RecordedRequest) -> str:
    """A request and its status in one line; other characters than printable ones become `?`."""
    status = entry.status or "no response"
    fault = f" [{entry.fault}]" if entry.fault else ""
    request = f"{entry.method} {entry.endpoint} {entry.described}".rstrip()
    return one_line(f"{request} -> {status}{fault}")


def log_request(text: str) -> None:
    """Log a request as one line.

    Args:
        text: the request and the status of the response, with masked credentials.
    """
    log.info("%s", one_line(text))


def one_line(text: str) -> str:
    """Replace all characters that are not printable by `?`."""
    # The name of a file may contain line breaks and sequences that control a terminal.
    return text if text.isprintable() else "".join(c if c.isprintable() else "?" for c in text)


class _Followed:
    def __init__(self, entry: JournalEntry, blocks: Iterable[bytes]) -> None:
        self._entry = entry
        self._blocks = blocks

    def __iter__(self) -> Iterator[bytes]:
        for block in self._blocks:
            self._entry.count(block)
            yield block

    def close(self) -> None:
        close = getattr(self._blocks, "close", None)
        if close:
            close()
        self._entry.end()
