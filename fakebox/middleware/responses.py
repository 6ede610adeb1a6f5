"""Responses that the middleware makes, in the format of the API version of the request.

Source: the wire references of both versions, errors.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

    from fakebox.context import RequestContext

# A text, bytes, or a value that is encoded as JSON.
Body = str | bytes | Mapping[str, object] | Sequence[object]

_HTML = "text/html; charset=UTF-8"
_JSON = "application/json"
_BODILESS = frozenset({204, 304})
_V1_CHALLENGE = {"WWW-Authenticate": 'OAuth realm="https://api.dropbox.com/"'}
_V2_CHALLENGE = {"WWW-Authenticate": "Bearer"}
_V2_TEXT = {"Content-Type": "text/plain; charset=utf-8"}
# Statuses of version 2 with a tagged union: access, route errors, path root.
_V2_UNIONS = (403, 409, 422)


def respond(
    start_response: StartResponse,
    status: int,
    body: Body | None = None,
    headers: Mapping[str, str] | None = None,
) -> Iterable[bytes]:
    """Respond to a WSGI request.

    Args:
        start_response: the `start_response` of the request.
        status: the HTTP status.
        body: a text, bytes, or a value to encode as JSON. `None` sends the default body of the
            service: HTML for statuses from 500, else JSON.
        headers: headers to add; they replace the default Content-Type and Content-Length.
    """
    data, content_type = _encoded(_default(status) if body is None else body)
    if status in _BODILESS:
        data = b""
    names = {name.lower() for name in headers or {}}
    framing = {"Content-Type": content_type, "Content-Length": str(len(data))}
    sent = {name: value for name, value in framing.items() if name.lower() not in names}
    sent |= headers or {}
    start_response(f"{status} {_phrase_of(status)}", list(sent.items()))
    return [data]


def _default(status: int) -> str | dict[str, str]:
    if status >= 500:
        return f"<!doctype html>\n<title>Dropbox - 5xx</title>\n<h1>{_phrase_of(status)}</h1>\n"
    return {"error": _phrase_of(status)}


def _encoded(body: Body) -> tuple[bytes, str]:
    if isinstance(body, bytes):
        return body, "application/octet-stream"
    if isinstance(body, str):
        return body.encode(), _JSON if body.lstrip().startswith(("{", "[")) else _HTML
    return json.dumps(dict(body) if isinstance(body, Mapping) else body).encode(), _JSON


def _phrase_of(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


# --- error bodies --------------------------------------------------------------------------


class ErrorBody(NamedTuple):
    """The body and the headers of an error response.

    Attributes:
        body: a text, or a value that is encoded as JSON; `None` for the default body of the status.
        headers: headers to add.
    """

    body: str | dict[str, object] | None
    headers: dict[str, str]


def expired_token(request: RequestContext) -> ErrorBody:
    """The body of a 401 for a token that has expired."""
    if not _is_v2(request):
        return ErrorBody({"error": "Token is invalid."}, _V1_CHALLENGE)
    return ErrorBody(_union("expired_access_token"), _V2_CHALLENGE)


def too_many_requests(request: RequestContext, wait_s: int | None) -> ErrorBody:
    """The body of a response to too many requests.

    Args:
        request: the request.
        wait_s: how long the client has to wait, in seconds; None omits the header Retry-After.
    """
    after = wait_header(wait_s)
    if not _is_v2(request):
        return ErrorBody({"error": "Too many requests."}, after)
    # The specification's default for `retry_after` is one second.
    payload = {
        "reason": {".tag": "too_many_requests"},
        "retry_after": 1 if wait_s is None else wait_s,
    }
    return ErrorBody({"error_summary": "too_many_requests/..", "error": payload}, after)


def of_status(request: RequestContext, status: int, wait_s: int | None) -> ErrorBody:
    """The body of a response with any status; `wait_s` as for `too_many_requests`."""
    after = wait_header(wait_s)
    if status < 400 or not _is_v2(request):
        return ErrorBody(None, after)
    if status == 429:
        return too_many_requests(request, wait_s)
    if status == 401:
        return ErrorBody(_union("invalid_access_token"), {**_V2_CHALLENGE, **after})
    if status in _V2_UNIONS:
        return ErrorBody(_union("other"), after)
    return ErrorBody(_text(request, status), {**_V2_TEXT, **after})


def wait_header(wait_s: int | None) -> dict[str, str]:
    """The header Retry-After; empty if `wait_s` is None."""
    return {} if wait_s is None else {"Retry-After": str(wait_s)}


def _is_v2(request: RequestContext) -> bool:
    return str(request.environ["PATH_INFO"]).startswith("/2/")


def _union(tag: str) -> dict[str, object]:
    return {"error_summary": f"{tag}/..", "error": {".tag": tag}}


def _text(request: RequestContext, status: int) -> str:
    phrase = _phrase_of(status)
    if status != 400:
        return phrase
    return f'Error in call to API function "{request.operation.endpoint}": {phrase}'
