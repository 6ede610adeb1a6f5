"""The pages that people see: allowing an app, shared links. One application for every world."""

from __future__ import annotations

import logging

from flask import Flask, Response
from werkzeug.exceptions import HTTPException, InternalServerError

from fakebox.context import RequestContext
from fakebox.core.errors import LinkNotFound, PathError, RequestTokenNotFound
from fakebox.core.random_ids import RandomIds
from fakebox.http.isolation import load_templates
from fakebox.http.ranges import Unsatisfiable
from fakebox.web import authorize, links, oauth2
from fakebox.web.pages import render

log: logging.Logger = logging.getLogger("fakebox.web")

_FORM_LIMIT_BYTES = 64 * 1024
_SECURITY = {
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
}


def create_web() -> Flask:
    """The application, to be mounted at the root."""
    app = Flask(__name__, static_url_path="/static")
    app.jinja_options = {"loader": load_templates("fakebox.web")}
    app.secret_key = RandomIds().token(43)
    app.config["SESSION_COOKIE_NAME"] = "fakebox"
    app.config["SESSION_COOKIE_SAMESITE"] = "Lax"
    app.config["MAX_CONTENT_LENGTH"] = _FORM_LIMIT_BYTES
    app.url_map.merge_slashes = False
    for pages in (authorize, oauth2, links):
        app.register_blueprint(pages.blueprint)
    app.register_error_handler(RequestTokenNotFound, _unknown_request)
    for kind in (LinkNotFound, PathError):
        app.register_error_handler(kind, _nothing_here)
    app.register_error_handler(Unsatisfiable, _behind_the_end)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)
    app.after_request(_secure)
    return app


def _secure(response: Response) -> Response:
    for name, value in _SECURITY.items():
        response.headers.setdefault(name, value)
    if response.mimetype == "text/html":
        response.headers["Cache-Control"] = "no-store"
    return response


def _unknown_request(_: Exception) -> tuple[str, int]:
    page = render(
        "message.html",
        title="This link has expired",
        body="The app's request is unknown, was used already, or is too old."
        " Go back to the app and connect it again.",
    )
    return page, 404


def _nothing_here(_: Exception) -> tuple[str, int]:
    page = render(
        "message.html",
        title="Nothing here",
        body="The link doesn't exist, or what it showed is gone.",
    )
    return page, 404


def _behind_the_end(error: Unsatisfiable) -> Response:
    return Response(status=416, headers={"Content-Range": error.content_range})


def _http_error(error: HTTPException) -> tuple[str, int]:
    page = render("message.html", title=error.name, body=error.description)
    return page, error.code or 500


def _unexpected(error: Exception) -> tuple[str, int]:
    RequestContext.current().log_exception(log, "a request for a page failed", error)
    return _http_error(InternalServerError())
