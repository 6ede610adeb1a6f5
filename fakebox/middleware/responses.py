"""Answers that the middleware gives itself, in the shape that the service's front end gave them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

_HTML = "text/html; charset=UTF-8"
_JSON = "application/json"
_BODILESS = frozenset({204, 304})


def respond(
    start_response: StartResponse,
    status: int,
    body: str | bytes | Mapping[str, Any] | list[Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Iterable[bytes]:
    """Answer a WSGI request.

    Args:
        start_response: the request's.
        status: the HTTP status.
        body: a text, bytes, or what JSON is made from; by default what the service said: JSON for
            the caller's faults, a page of HTML for its own.
        headers: more headers.
    """
    data, content_type = _encoded(_default(status) if body is None else body)
    if status in _BODILESS:
        data = b""
    named = {name.lower() for name in headers or {}}
    framing = {"Content-Type": content_type, "Content-Length": str(len(data))}
    given = {name: value for name, value in framing.items() if name.lower() not in named}
    given |= headers or {}
    start_response(f"{status} {phrase_of(status)}", list(given.items()))
    return [data]


def _default(status: int) -> str | dict[str, str]:
    if status >= 500:
        return f"<!doctype html>\n<title>Dropbox - 5xx</title>\n<h1>{phrase_of(status)}</h1>\n"
    return {"error": phrase_of(status)}


def _encoded(body: str | bytes | Mapping[str, Any] | list[Any]) -> tuple[bytes, str]:
    if isinstance(body, bytes):
        return body, "application/octet-stream"
    if isinstance(body, str):
        return body.encode(), _JSON if body.lstrip().startswith(("{", "[")) else _HTML
    return json.dumps(body if isinstance(body, list) else dict(body)).encode(), _JSON


def phrase_of(status: int) -> str:
    """What a status is called."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
