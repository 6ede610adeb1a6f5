"""The Flask application of version 2 of the API. Each namespace has a separate world."""

from __future__ import annotations

from flask import Flask, Response, request

from fakebox.dispatch import DirectViews, with_headers
from fakebox.v2 import auth, errors, sharing, users
from fakebox.v2.files import (
    copy_references,
    download,
    listing,
    metadata,
    operations,
    search,
    thumbnails,
    upload,
    upload_sessions,
)

_FAMILIES = (
    auth,
    upload,
    download,
    operations,
    listing,
    metadata,
    copy_references,
    search,
    upload_sessions,
    sharing,
    thumbnails,
    users,
)
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": (
        "Authorization, Content-Type, Dropbox-API-Arg, Dropbox-API-Path-Root,"
        " Dropbox-API-Select-User, Dropbox-API-Select-Admin, Range, If-None-Match, If-Range"
    ),
    "Access-Control-Max-Age": "86400",
}


def create_v2() -> Flask:
    """Return the application, to be mounted at `/2`."""
    app = Flask(__name__, static_folder=None)
    app.url_map.merge_slashes = False
    for family in _FAMILIES:
        app.register_blueprint(family.blueprint)
    errors.register(app)
    app.before_request(_preflight)
    direct = DirectViews(app, errors.respond)
    app.wsgi_app = with_headers(direct)  # type: ignore[method-assign, assignment]
    return app


def _preflight() -> Response | None:
    return Response(headers=_PREFLIGHT) if request.method == "OPTIONS" else None
