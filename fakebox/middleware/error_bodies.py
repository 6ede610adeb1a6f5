"""What a refusal of the middleware says, in the words of the version that is asked.

Source: the wire references of both versions, errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from fakebox.middleware.responses import phrase_of

if TYPE_CHECKING:
    from fakebox.context import RequestContext

_V1_CHALLENGE = {"WWW-Authenticate": 'OAuth realm="https://api.dropbox.com/"'}
_V2_CHALLENGE = {"WWW-Authenticate": "Bearer"}
_V2_TEXT = {"Content-Type": "text/plain; charset=utf-8"}
# What a client reads as a union: of the access, of the route, of the path's root.
_V2_UNIONS = (403, 409, 422)


class ErrorBody(NamedTuple):
    """A refusal's words.

    Attributes:
        body: a text, or what JSON is made from; `None` for the one that any answer of its status
            has by default.
        headers: what goes with it.
    """

    body: str | dict[str, Any] | None
    headers: dict[str, str]


def expired_token(request: RequestContext) -> ErrorBody:
    """A token is good no more."""
    if not _is_v2(request):
        return ErrorBody({"error": "Token is invalid."}, _V1_CHALLENGE)
    return ErrorBody(_union("expired_access_token"), _V2_CHALLENGE)


def too_many_requests(request: RequestContext, wait_s: int | None) -> ErrorBody:
    """Somebody is to come back later, in so many seconds if that is known."""
    after = wait_header(wait_s)
    if not _is_v2(request):
        return ErrorBody({"error": "Too many requests."}, after)
    # The specification has a client wait a second if it isn't told how long.
    payload = {
        "reason": {".tag": "too_many_requests"},
        "retry_after": 1 if wait_s is None else wait_s,
    }
    return ErrorBody({"error_summary": "too_many_requests/..", "error": payload}, after)


def of_status(request: RequestContext, status: int, wait_s: int | None) -> ErrorBody:
    """All that a status tells; `wait_s` as for `too_many_requests`."""
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
    """The header that tells how many seconds to wait, if that is known."""
    return {} if wait_s is None else {"Retry-After": str(wait_s)}


def _is_v2(request: RequestContext) -> bool:
    return str(request.environ["PATH_INFO"]).startswith("/2/")


def _union(tag: str) -> dict[str, Any]:
    return {"error_summary": f"{tag}/..", "error": {".tag": tag}}


def _text(request: RequestContext, status: int) -> str:
    phrase = phrase_of(status)
    if status != 400:
        return phrase
    return f'Error in call to API function "{request.operation.endpoint}": {phrase}'
