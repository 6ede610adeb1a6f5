"""Responses that the middleware makes, in the format of the API version of the request.

Source: the wire references of both versions, errors.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from fakebox.http.headers import BEARER_CHALLENGE, phrase_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

    from fakebox.context import RequestContext

# A text, bytes, or a value that is encoded as JSON.
Body = str | bytes | Mapping[str, object] | Sequence[object]

_HTML = "text/html; charset=UTF-8"
_JSON = "application/json"
_PLAIN = "text/plain; charset=utf-8"
_BINARY = "application/octet-stream"
_BODILESS = frozenset({204, 304})
_V1_CHALLENGE = {"WWW-Authenticate": 'OAuth realm="https://api.dropbox.com/"'}
_V2_CHALLENGE = {"WWW-Authenticate": BEARER_CHALLENGE}
# Statuses of version 2 with a union, and one of its errors: token, access, path root.
_V2_UNIONS: dict[int, tuple[str, Mapping[str, object]]] = {
    401: ("invalid_access_token", {".tag": "invalid_access_token"}),
    403: (
        "invalid_account_type/feature",
        {".tag": "invalid_account_type", "invalid_account_type": {".tag": "feature"}},
    ),
    422: ("no_permission", {".tag": "no_permission"}),
}

# Routes of version 2 that write to a namespace: a 429 of the service has another reason there.
_WRITES = re.compile(
    r"files/(upload|upload_session/finish\w*|(create_folder|delete|copy|move)\w*"
    r"|copy_reference/save|permanently_delete|restore|save_url)"
)


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
    data, content_type = encode(_default(status) if body is None else body)
    if status in _BODILESS:
        data = b""
    names = {name.lower() for name in headers or {}}
    framing = {"Content-Type": content_type, "Content-Length": str(len(data))}
    sent = {name: value for name, value in framing.items() if name.lower() not in names}
    sent |= headers or {}
    start_response(f"{status} {phrase_of(status)}", list(sent.items()))
    return [data]


def error_page(status: int) -> str:
    """The page that the proxies of the service send for a status from 500."""
    return f"<!doctype html>\n<title>Dropbox - 5xx</title>\n<h1>{phrase_of(status)}</h1>\n"


def usual_headers(request: RequestContext, status: int) -> dict[str, str]:
    """The headers of every response of the API version of the request, with a request id."""
    return dict(request.response_headers(status))


def merged(*headers: Mapping[str, str]) -> dict[str, str]:
    """Merge headers; later ones replace earlier ones with the same name in any case."""
    found = {name.lower(): (name, value) for each in headers for name, value in each.items()}
    return dict(found.values())


def _default(status: int) -> str | dict[str, str]:
    return error_page(status) if status >= 500 else {"error": phrase_of(status)}


class Encoded(NamedTuple):
    """A body as it is sent.

    Attributes:
        data: the bytes.
        content_type: the default of the header Content-Type.
    """

    data: bytes
    content_type: str


def encode(body: Body) -> Encoded:
    """Encode a body.

    Raises:
        TypeError: it is not a `Body`, or contains values that cannot be sent as JSON.
    """
    if isinstance(body, bytes):
        return Encoded(body, _BINARY)
    if isinstance(body, str):
        is_json = body.lstrip().startswith(("{", "["))
        return Encoded(body.encode(), _JSON if is_json else _HTML)
    if not isinstance(body, (Mapping, list, tuple)):
        raise TypeError(f"a body must be a text, bytes, or a JSON value, not {body!r}")
    value = dict(body) if isinstance(body, Mapping) else body
    return Encoded(json.dumps(value).encode(), _JSON)


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
    if not is_v2(request):
        return ErrorBody({"error": "Token is invalid."}, _V1_CHALLENGE)
    return ErrorBody(tagged(request, "expired_access_token"), _V2_CHALLENGE)


def too_many_requests(request: RequestContext, wait_s: int | None) -> ErrorBody:
    """The body of a response to too many requests.

    Args:
        request: the request.
        wait_s: how long the client has to wait, in seconds; None omits the header Retry-After.
    """
    # The specification's default for `retry_after` is one second.
    body = too_many_requests_body(request, 1 if wait_s is None else wait_s)
    return ErrorBody(body, wait_header(wait_s))


def too_many_requests_body(request: RequestContext, wait_s: object) -> dict[str, object]:
    """The body of a response to too many requests; `wait_s` is in seconds."""
    if not is_v2(request):
        return {"error": "Too many requests."}
    payload = {"reason": {".tag": "too_many_requests"}, "retry_after": wait_s}
    return tagged(request, "too_many_requests", payload)


def too_many_write_operations(request: RequestContext) -> dict[str, object]:
    """The body of a response to a write in a namespace that others write to."""
    # There is no `retry_after` in it.
    payload = {"reason": {".tag": "too_many_write_operations"}}
    return tagged(request, "too_many_write_operations", payload)


def of_status(request: RequestContext, status: int, wait_s: int | None) -> ErrorBody:
    """The body of a response with any status; `wait_s` as for `too_many_requests`."""
    after = wait_header(wait_s)
    if status < 400 or not is_v2(request):
        return ErrorBody(None, after)
    if status == 429 and _WRITES.fullmatch(request.operation.endpoint):
        after = wait_header(1 if wait_s is None else wait_s)
        return ErrorBody(too_many_write_operations(request), after)
    if status == 429:
        return too_many_requests(request, wait_s)
    if status == 500:
        return ErrorBody("", {"Content-Type": _BINARY, **after})
    union = request.documented_error() if status == 409 else _V2_UNIONS.get(status)
    if union is None:
        return ErrorBody(_text(request, status), {"Content-Type": _PLAIN, **after})
    challenge = _V2_CHALLENGE if status == 401 else {}
    return ErrorBody(tagged(request, *union), {**challenge, **after})


def wait_header(wait_s: int | None) -> dict[str, str]:
    """The header Retry-After; empty if `wait_s` is None."""
    return {} if wait_s is None else {"Retry-After": str(wait_s)}


def is_v2(request: RequestContext) -> bool:
    """Whether the request is one of version 2."""
    return str(request.environ["PATH_INFO"]).startswith("/2/")


def tagged(
    request: RequestContext, tags: str, error: Mapping[str, object] | None = None
) -> dict[str, object]:
    """The body of an error of version 2.

    Args:
        request: the request.
        tags: the tags of the error, separated by slashes.
        error: the value of the error; `None` if it has nothing but one tag.
    """
    return {"error_summary": request.error_summary(tags), "error": error or {".tag": tags}}


def _text(request: RequestContext, status: int) -> str:
    phrase = phrase_of(status)
    if status != 400:
        return phrase
    return f'Error in call to API function "{request.operation.endpoint}": {phrase}'
