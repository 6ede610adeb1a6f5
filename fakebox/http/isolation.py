"""What keeps web pages of other origins, and files that users store, away from the emulator.

A browser treats everything that one address serves as one origin, so an HTML or SVG file could
otherwise use the control plane. Every response is therefore sandboxed (Content Security Policy
level 3, section 6.3), except the pages that the emulator's own templates make.
"""

from __future__ import annotations

import pkgutil
from typing import TYPE_CHECKING, Any

from flask import render_template, request
from jinja2 import FunctionLoader

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication

# Without `allow-scripts` nothing runs, and without `allow-same-origin` it would be of no origin.
# What remains lets a browser show a picture, play a video, and show a preview's inlined picture.
SANDBOX = (
    "sandbox; default-src 'none'; img-src 'self' data:; media-src 'self';"
    " style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'"
)
_KEY = "fakebox.page_policy"
_REPLACED = frozenset({"content-security-policy", "x-content-type-options"})


def is_cross_origin(environ: dict[str, Any]) -> bool:
    """Whether a browser sent a WSGI request for a page of another origin.

    A page of another port of the same host (`same-site`) is of another origin, and so is a
    sandboxed page, which sends `Origin: null`. Programs other than browsers send neither header.
    Source: Fetch Metadata, section 2; RFC 6454, section 7.
    """
    if environ.get("HTTP_SEC_FETCH_SITE", "none").lower() not in ("same-origin", "none"):
        return True
    origin: str | None = environ.get("HTTP_ORIGIN")
    return origin is not None and origin.partition("://")[2] != environ.get("HTTP_HOST")


def render_page(template: str, policy: str, **values: object) -> str:
    """Render a page of the emulator's own, which the sandbox doesn't apply to.

    Args:
        template: the name of a template; it escapes every value.
        policy: the page's Content-Security-Policy.
        values: what the template shows.
    """
    request.environ[_KEY] = policy
    return render_template(template, **values)


def load_templates(package: str) -> FunctionLoader:
    """Return a loader of a package's templates that works if a test has replaced the file system.

    Args:
        package: the package with the directory `templates`.
    """

    def load(name: str) -> str | None:
        try:
            data = pkgutil.get_data(package, f"templates/{name}")
        except OSError:
            return None
        return data.decode() if data is not None else None

    return FunctionLoader(load)


def is_page(environ: dict[str, Any]) -> bool:
    """Whether `render_page` made the response to a WSGI request."""
    return _KEY in environ


def isolate(app: WSGIApplication) -> WSGIApplication:
    """An application whose responses are sandboxed, unless `render_page` made them.

    A policy that a view, an error handler or a planned fault sets is replaced.
    """

    def isolated(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        environ.pop(_KEY, None)

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            kept = [pair for pair in headers if pair[0].lower() not in _REPLACED]
            kept.append(("Content-Security-Policy", environ.get(_KEY, SANDBOX)))
            kept.append(("X-Content-Type-Options", "nosniff"))
            return start_response(status, kept, exc_info)

        return app(environ, start)

    return isolated
