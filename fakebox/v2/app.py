"""The API version 2 as one WSGI application; it serves whichever world a request is bound to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, request

from fakebox.core.ids import Ids
from fakebox.v2 import (
    check,
    contents,
    errors,
    folders,
    listing,
    metadata,
    references,
    search,
    sessions,
    sharing,
    thumbnails,
    tokens,
    users,
)
from fakebox.wire.dialect import Dialect

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication

_FAMILIES = (
    check,
    contents,
    folders,
    listing,
    metadata,
    references,
    search,
    sessions,
    sharing,
    thumbnails,
    tokens,
    users,
)
_ALWAYS = [
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", "Dropbox-API-Result, Content-Range, ETag"),
    ("Cache-Control", "no-cache"),
    ("X-Content-Type-Options", "nosniff"),
]
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": (
        "Authorization, Content-Type, Dropbox-API-Arg, Range, If-None-Match, If-Range"
    ),
    "Access-Control-Max-Age": "86400",
}
_REQUEST_ID_DIGITS = 32
# Not the world's: what is answered would change the tokens that a seeded world draws.
_ids = Ids()


def create_v2() -> Dialect:
    """The application, to be mounted at `/2`."""
    app = Dialect(__name__, static_folder=None)
    app.url_map.merge_slashes = False
    for family in _FAMILIES:
        app.register_blueprint(family.blueprint)
    errors.register(app)
    app.before_request(_preflight)
    app.wsgi_app = _with_headers(app.wsgi_app)  # type: ignore[method-assign, assignment]
    return app


def _preflight() -> Response | None:
    return Response(headers=_PREFLIGHT) if request.method == "OPTIONS" else None


def _with_headers(app: WSGIApplication) -> WSGIApplication:
    def headed(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            identity = ("X-Dropbox-Request-Id", _ids.hexadecimal(_REQUEST_ID_DIGITS))
            return start_response(status, [*headers, *_ALWAYS, identity], exc_info)

        return app(environ, start)

    return headed
