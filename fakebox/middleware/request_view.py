"""A read-only view of a request, for the journal and for bodies of faults.

Credentials are masked in everything that is shown.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from fakebox.http.headers import parse_digits
from fakebox.http.urls import TEMPORARY_LINKS
from fakebox.middleware.redaction import (
    masked_header,
    masked_parameter,
    masked_text,
    masked_value,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fakebox.context import RequestContext

# Parameters that `described` leaves out: they authenticate the request.
_CREDENTIALS = ("oauth_", "access_token")


class RequestView:
    """A request.

    Attributes:
        method: the method, in capitals.
    """

    def __init__(self, request: RequestContext) -> None:
        self.method: str = request.method
        self._request: RequestContext = request

    def __repr__(self) -> str:
        return f"<request {self.method} {self.endpoint} {self.path}>"

    @property
    def endpoint(self) -> str:
        """The documented endpoint, such as `files_put`, `fileops/copy` or `files/upload`."""
        return masked_text(self._request.operation.endpoint)

    @property
    def api_version(self) -> int | None:
        """The version of the API, 1 or 2; `None` for a web page or another URL."""
        path = self._request.call_path
        if path.startswith(TEMPORARY_LINKS):
            return None
        return {"/1/": 1, "/2/": 2}.get(path[:3])

    @property
    def path(self) -> str:
        """The file or folder of the request; empty if there is none.

        It is in the URL or a parameter in version 1, and in the argument in version 2. If a request
        has several, such as that to move a file, it is the first one.
        """
        return next(iter(self.paths), "")

    @property
    def paths(self) -> tuple[str, ...]:
        """All files and folders that the request names, in their order."""
        return self._request.paths

    @property
    def arguments(self) -> dict[str, object]:
        """The arguments by name; credentials are masked.

        They are the parameters in version 1. In version 2 they are the JSON object in the header
        `Dropbox-API-Arg`, the body, or the parameter `arg`. The result is empty if that is not
        valid JSON, or has not been received yet.
        """
        sent = self._request.arguments
        return {name: masked_value(name, value) for name, value in sent.items()}

    @property
    def params(self) -> dict[str, str]:
        """The parameters of query and form; credentials are masked."""
        return _masked(self._request.readable_pairs)

    @property
    def query(self) -> dict[str, str]:
        """The parameters of the query; credentials are masked."""
        return _masked(self._request.readable_query)

    @property
    def form(self) -> dict[str, str]:
        """The parameters of the form; credentials are masked."""
        return _masked(self._request.readable_pairs[len(self._request.readable_query) :])

    @property
    def described(self) -> str:
        """The path and the arguments without those of OAuth, in one line."""
        return " ".join(filter(None, (self.path, *self._shown_arguments())))

    @property
    def url(self) -> str:
        """The whole URL; credentials are masked."""
        query = f"?{self._request.raw_query}" if self._request.raw_query else ""
        target = masked_text(f"{self._request.raw_path}{query}")
        return f"{self._request.origin}{target}"

    @property
    def http_version(self) -> str:
        """The version of the protocol: `HTTP/1.0`, `HTTP/1.1` or `HTTP/2`."""
        version: str = self._request.environ["SERVER_PROTOCOL"]
        return version

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the request; credentials are masked."""
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
    def request_bytes(self) -> int:
        """The Content-Length of the request; 0 if there is none."""
        return parse_digits(self._request.environ.get("CONTENT_LENGTH") or "") or 0

    @property
    def request_text(self) -> str:
        """The form or the JSON in the body; credentials are masked.

        It is empty for other bodies, such as the content of a file, which is not stored.
        """
        return masked_text(self._request.argument_text)

    def _shown_arguments(self) -> Iterator[str]:
        path = self.path
        for name, value in self.arguments.items():
            # The path is shown once, without its name.
            is_path = value == path and name in ("path", "from_path")
            if not is_path and not name.startswith(_CREDENTIALS):
                yield f"{name}={text_of(value)}"


def text_of(value: object) -> str:
    """The text of an argument: a string unchanged, and any other value as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _masked(pairs: tuple[tuple[str, str], ...]) -> dict[str, str]:
    return {name: masked_parameter(name, value) for name, value in pairs}
