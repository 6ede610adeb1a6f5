"""The Core API, version 1, as a Flask application."""

from __future__ import annotations

from flask import Flask, Response

from fakebox.dispatch import DirectViews, with_headers
from fakebox.http.routing import Everything
from fakebox.v1 import account, content, errors, fileops, metadata, responses, sharing
from fakebox.v1.request import Invalid, RequestTooLong, V1Request

_FAMILIES = (account, content, fileops, metadata, sharing)
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST, PUT, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Range, If-None-Match, If-Range",
    "Access-Control-Max-Age": "86400",
}


def create_v1() -> Flask:
    """Make the application; it is mounted at `/1`."""
    app = Flask(__name__, static_folder=None)
    app.url_map.merge_slashes = False
    app.url_map.converters["everything"] = Everything
    for family in _FAMILIES:
        app.register_blueprint(family.blueprint)
    errors.register(app)
    app.before_request(_before)
    direct = DirectViews(app, errors.respond)
    app.wsgi_app = with_headers(direct)  # type: ignore[method-assign, assignment]
    return app


def _before() -> Response | None:
    context = V1Request.current()
    # Clients of today use the token endpoint of version 1 as well.
    is_token_endpoint = context.environ["PATH_INFO"] == "/oauth2/token"
    if context.options.is_retired and not is_token_endpoint:
        # The request may be one for a page, which is not a request of version 1.
        return responses.json_response({"error": "v1_retired"}, 400)
    if context.is_too_long:
        raise RequestTooLong
    if context.method == "OPTIONS":
        return Response(headers=_PREFLIGHT)
    _check_path(context.environ["PATH_INFO"])
    return None


def _check_path(path_info: str) -> None:
    """Check that the path of a URL is UTF-8.

    Args:
        path_info: the path as in WSGI: each byte is a character.

    Raises:
        Invalid: the path is not UTF-8.
    """
    if path_info.isascii():
        return
    try:
        path_info.encode("latin-1").decode()
    except UnicodeError:
        raise Invalid("path", "The path is not valid UTF-8") from None
