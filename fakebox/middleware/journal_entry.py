"""One line of the record of requests: what was asked, and what was answered.

Credentials are masked whenever any of it is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from fakebox.core.clock import Stopwatch
from fakebox.core.digits import parse_digits
from fakebox.http.headers import is_page
from fakebox.middleware.redaction import (
    masked_body,
    masked_header,
    masked_parameter,
    masked_text,
)

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

    from fakebox.context import RequestContext

_TEXT_LIMIT_BYTES = 16 * 1024
_TEXTUAL = ("text/", "application/json")


class JournalEntry:
    """A request and its answer.

    Attributes:
        number: counts the requests, from 1.
        began_s: when it came by the emulated clock, in seconds since 1970.
        method: in capitals.
        status: the answer's status; `None` while there is none, or if there never was one.
        response_bytes: how much of the answer's body has left.
        duration_s: how long it took, in seconds of real time; `None` until it ends.
        fault: what went wrong on purpose; empty if nothing did.
    """

    def __init__(self, number: int, began_s: float, request: RequestContext) -> None:
        self.number = number
        self.began_s = began_s
        self.method: str = request.method
        self.status: int | None = None
        self.response_bytes: int = 0
        self.duration_s: float | None = None
        self.fault: str = ""
        self._request: RequestContext = request
        self._response_headers: list[tuple[str, str]] = []
        self._text = b""
        self._stopwatch = Stopwatch()

    def __repr__(self) -> str:
        status = self.status or "no answer"
        fault = f" [{self.fault}]" if self.fault else ""
        return f"{self.method} {self.endpoint} {self.described} -> {status}{fault}"

    @property
    def endpoint(self) -> str:
        """The documented call, as `files_put` or `fileops/copy`."""
        return masked_text(self._request.operation.endpoint)

    @property
    def path(self) -> str:
        """The file or folder that the URL names; empty if it names none."""
        return self._request.operation.path

    @property
    def params(self) -> dict[str, str]:
        """The parameters of query and form, credentials masked."""
        return {name: masked_parameter(name, value) for name, value in self._request.readable_pairs}

    @property
    def described(self) -> str:
        """The path, and the parameters other than those of OAuth, in one line."""
        shown = (
            f"{name}={value}"
            for name, value in self.params.items()
            if not name.startswith("oauth_") and name != "access_token"
        )
        return " ".join(filter(None, (self.path, *shown)))

    @property
    def url(self) -> str:
        """The whole URL, credentials masked."""
        query = f"?{self._request.raw_query}" if self._request.raw_query else ""
        target = masked_text(f"{self._request.raw_path}{query}")
        return f"{self._request.origin}{target}"

    @property
    def headers(self) -> dict[str, str]:
        """The request's headers, credentials masked."""
        environ = self._request.environ
        names = {
            key: key.removeprefix("HTTP_").replace("_", "-").title()
            for key in environ
            if key.startswith("HTTP_") or key in ("CONTENT_TYPE", "CONTENT_LENGTH")
        }
        return {
            name: masked_header(name, environ[key]) for key, name in names.items() if environ[key]
        }

    @property
    def response_headers(self) -> dict[str, str]:
        """The answer's headers, credentials masked."""
        return {name: masked_header(name, value) for name, value in self._response_headers}

    @property
    def request_bytes(self) -> int:
        """How long the request's body said it was."""
        return parse_digits(self._request.environ.get("CONTENT_LENGTH") or "") or 0

    @property
    def response_text(self) -> str:
        """The beginning of an answer that is text, credentials masked; up to 16 KiB."""
        text = self._text.decode("utf-8", "replace")
        return masked_body(text, is_page=is_page(self._request.environ))

    def listen(self, start_response: StartResponse) -> StartResponse:
        """A `start_response` that notes what it is told."""

        def listening(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            self.status = int(status[:3])
            self._response_headers = headers
            return start_response(status, headers, exc_info)

        return listening

    def follow(self, blocks: Iterable[bytes]) -> Iterable[bytes]:
        """The same blocks, noted as they leave."""
        return _Followed(self, blocks)

    def end(self) -> None:
        """Note that it is over, and let go of what is not to be shown."""
        self.duration_s = self._stopwatch.elapsed_s()
        # Streams and worlds would otherwise live as long as the record.
        self._request.release()

    def count(self, block: bytes) -> None:
        """Note a block of the answer."""
        if len(self._text) < _TEXT_LIMIT_BYTES and self._is_text():
            self._text += block[: _TEXT_LIMIT_BYTES - len(self._text)]
        self.response_bytes += len(block)

    def _is_text(self) -> bool:
        return self._content_type().startswith(_TEXTUAL)

    def _content_type(self) -> str:
        headers = (
            value for name, value in self._response_headers if name.lower() == "content-type"
        )
        return next(headers, "")


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
