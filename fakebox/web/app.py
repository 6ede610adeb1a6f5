"""The web pages as one Flask application: authorization pages and links."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from flask import Flask, Response, redirect
from werkzeug.exceptions import HTTPException, InternalServerError

from fakebox.context import RequestContext
from fakebox.core.errors import (
    DownloadNotAllowed,
    LinkAccessDenied,
    LinkNotFound,
    LinkSpent,
    NotInAudience,
    PathError,
    RequestTokenNotFound,
    TooManyEntries,
)
from fakebox.core.random_ids import RandomIds
from fakebox.http.file_response import Unsatisfiable
from fakebox.http.headers import load_templates, render_page
from fakebox.http.routing import AnyPath
from fakebox.namespaces import CONTROL
from fakebox.web import links, oauth

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

log: logging.Logger = logging.getLogger("fakebox.web")

_FORM_LIMIT_BYTES = 64 * 1024
# Pages load nothing from other hosts. They cannot be framed, since some have a password field.
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; media-src 'self';"
    " frame-ancestors 'none'; base-uri 'none'"
)
_SECURITY = {
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
}


def create_web() -> Flask:
    """Make the application; it is mounted at the root."""
    app = Flask(__name__, static_url_path="/static")
    app.jinja_options = {"loader": load_templates("fakebox.web")}
    app.secret_key = RandomIds().token(43)
    app.config["SESSION_COOKIE_NAME"] = "fakebox"
    app.config["SESSION_COOKIE_SAMESITE"] = "Lax"
    app.config["PAGE_POLICY"] = _POLICY
    app.config["MAX_CONTENT_LENGTH"] = _FORM_LIMIT_BYTES
    app.url_map.merge_slashes = False
    app.url_map.converters["path"] = AnyPath
    for pages in (oauth, links):
        app.register_blueprint(pages.blueprint)
    app.add_url_rule("/", view_func=_root)
    app.register_error_handler(RequestTokenNotFound, _unknown_request_token)
    for kind in (LinkNotFound, PathError):
        app.register_error_handler(kind, _not_found)
    app.register_error_handler(LinkAccessDenied, _access_denied)
    app.register_error_handler(LinkSpent, _expired)
    app.register_error_handler(NotInAudience, _not_in_audience)
    app.register_error_handler(TooManyEntries, _too_many_entries)
    app.register_error_handler(DownloadNotAllowed, _download_not_allowed)
    app.register_error_handler(Unsatisfiable, _unsatisfiable)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)
    app.after_request(_secure)
    return app


def _root() -> ResponseReturnValue:
    """Redirect to the dashboard, which is the page that users look for."""
    return redirect(f"{CONTROL}/")


def _secure(response: Response) -> Response:
    for name, value in _SECURITY.items():
        response.headers.setdefault(name, value)
    if response.mimetype == "text/html":
        response.headers["Cache-Control"] = "no-store"
    return response


def _message(status: int, title: str, body: str | None) -> tuple[str, int]:
    return render_page("message.html", title=title, body=body), status


def _unknown_request_token(_: Exception) -> tuple[str, int]:
    return _message(
        404,
        "This link has expired",
        "The app's request is unknown, was used already, or is too old."
        " Go back to the app and connect it again.",
    )


def _not_found(_: Exception) -> tuple[str, int]:
    return _message(
        404, "Nothing here", "The link does not exist, or its file or folder was deleted."
    )


def _expired(_: Exception) -> tuple[str, int]:
    return _message(410, "This link has expired", "Ask the app that created it for another one.")


def _access_denied(_: Exception) -> tuple[str, int]:
    return _message(
        403,
        "You don't have access",
        "The link is not complete. Ask its owner for the whole link, with its rlkey.",
    )


def _not_in_audience(_: Exception) -> tuple[str, int]:
    return _message(
        403, "You don't have access", "The owner has not shared the link with everyone."
    )


def _download_not_allowed(_: Exception) -> tuple[str, int]:
    return _message(403, "No download", "The owner of the link does not allow downloads.")


def _too_many_entries(_: Exception) -> tuple[str, int]:
    return _message(400, "No download", "The folder has too many files for one archive.")


def _unsatisfiable(error: Unsatisfiable) -> Response:
    return Response(status=416, headers={"Content-Range": error.content_range})


def _http_error(error: HTTPException) -> tuple[str, int]:
    return _message(error.code or 500, error.name, error.description)


def _unexpected(error: Exception) -> tuple[str, int]:
    RequestContext.current().log_exception(log, "a request for a page failed", error)
    return _http_error(InternalServerError())
