"""Headers: credentials and origins of requests, and policies of responses.

A browser treats everything at one address as one origin, so an HTML or SVG file that a user stores
could otherwise use the control plane. Every response is therefore sandboxed (Content Security
Policy level 3, section 6.3), except the pages of the emulator's templates.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from flask import current_app, render_template, request
from jinja2 import FunctionLoader
from werkzeug.datastructures import Authorization
from werkzeug.http import HTTP_STATUS_CODES

from fakebox.core import package_files
from fakebox.core.random_ids import RandomIds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from _typeshed import OptExcInfo
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_TOKEN = re.compile(r'(?:^Bearer\s+|oauth_token="?)([^",\s]+)', re.IGNORECASE)
_APP_KEY = re.compile(r'oauth_consumer_key="?([^",\s]+)', re.IGNORECASE)
# The largest integer of SQLite, which has 19 digits.
_NUMBER_LIMIT = 2**63 - 1
_DIGITS = re.compile(r"0*([0-9]{1,19})")
# Without `allow-scripts` no script runs, and without `allow-same-origin` the page has no origin.
# A browser can still show a picture, play a video, and show the inlined picture of a preview.
SANDBOX = (
    "sandbox; default-src 'none'; img-src 'self' data:; media-src 'self';"
    " style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'"
)
# Werkzeug sends phrases in capitals, and `http.HTTPStatus` has other phrases since Python 3.13. The
# phrase of 414 is that of nginx, which was in front of the service.
_PHRASES = {**HTTP_STATUS_CODES, 414: "Request-URI Too Large"}
# The challenge of a 401 response of version 2.
BEARER_CHALLENGE = 'Bearer realm="Dropbox-API"'
_POLICY = "fakebox.page_policy"
_POLICY_HEADER = "content-security-policy"
_REPLACED = frozenset({_POLICY_HEADER, "x-content-type-options"})
# The policies of the service for data. None of them gives the response the origin of the emulator.
_DATA_POLICIES = frozenset(
    {
        "sandbox",
        "sandbox allow-forms allow-scripts",
        "sandbox; frame-ancestors 'none'",
    }
)
# A browser shows these as text, so nothing in them is run.
_DATA_TYPES = frozenset({"application/json", "application/octet-stream", "text/plain"})
_REQUEST_ID_DIGITS = 32
# The world's generator is not used, because requests would change the tokens of a seeded world. The
# operating system's generator is slower, and these identifiers may be guessable.
_ids = RandomIds(seed=int.from_bytes(RandomIds().bytes(8), "big"))


def parse_authorization(header: str) -> Authorization | None:
    """Parse an `Authorization` header of any scheme.

    Args:
        header: the value of the header, or an empty string.

    Returns:
        The parsed header; None if there is none, or if its Basic credentials cannot be decoded.
    """
    try:
        return Authorization.from_header(header)
    except ValueError:
        # Werkzeug does not catch the exception of the base64 module for characters outside ASCII.
        return None


def name_and_password(header: str) -> tuple[str, str] | None:
    """Read the name and the password of Basic credentials (RFC 7617).

    Args:
        header: the value of the `Authorization` header, or an empty string.

    Returns:
        Name and password, both empty if they cannot be decoded; None if the scheme is not Basic.
    """
    if header.partition(" ")[0].lower() != "basic":
        return None
    parsed = parse_authorization(header)
    if parsed is None:
        return "", ""
    return parsed.username or "", parsed.password or ""


def credentials_in(header: str) -> tuple[str, ...]:
    """Find the credentials in an `Authorization` header: a token, then an app key.

    Args:
        header: the value of the header, or an empty string.
    """
    if header[:6].lower() == "basic ":
        pair = name_and_password(header)
        return pair[:1] if pair else ()
    token, app_key = _TOKEN.search(header), _APP_KEY.search(header)
    found = (unquote(token[1]),) if token else ()
    return (*found, unquote(app_key[1])) if app_key else found


def parse_digits(text: str) -> int | None:
    """Parse a number in decimal digits.

    `int` accepts digits of every script, and raises `ValueError` for thousands of digits.

    Args:
        text: any text.

    Returns:
        The number, from 0 to 2**63 - 1; `None` if the text has other characters than the digits 0
        to 9, or the number is larger.
    """
    found = _DIGITS.fullmatch(text)
    number = int(found[1]) if found else _NUMBER_LIMIT + 1
    return number if number <= _NUMBER_LIMIT else None


def is_cross_origin(environ: WSGIEnvironment) -> bool:
    """Whether a browser sent the request for a page of another origin.

    A page on another port of the same host (`same-site`) has another origin. A sandboxed page also
    has another origin; it sends `Origin: null`. Programs other than browsers send neither header.
    Source: Fetch Metadata, section 2; RFC 6454, section 7.
    """
    if environ.get("HTTP_SEC_FETCH_SITE", "none").lower() not in ("same-origin", "none"):
        return True
    origin: str | None = environ.get("HTTP_ORIGIN")
    return origin is not None and origin.partition("://")[2] != environ.get("HTTP_HOST")


def phrase_of(status: int) -> str:
    """The reason phrase of a status, such as `Not Found`; `Unknown` for a status without one."""
    return _PHRASES.get(status, "Unknown")


def request_id_header() -> tuple[str, str]:
    """A header with a new request id."""
    return "X-Dropbox-Request-Id", _ids.hexadecimal(_REQUEST_ID_DIGITS)


def load_templates(package: str) -> FunctionLoader:
    """Return a loader of the templates of a package.

    It reads them by the loader of the package, which also works in a test that replaces the file
    system.

    Args:
        package: the package with the directory `templates`.
    """

    def load(name: str) -> str | None:
        try:
            return package_files.read(package, f"templates/{name}").decode()
        except OSError:
            return None

    return FunctionLoader(load)


def render_page(template: str, **values: object) -> str:
    """Render a page of the emulator, which the sandbox does not apply to.

    The page has the policy of its Flask application, `app.config["PAGE_POLICY"]`.

    Args:
        template: the name of a template; it escapes every value.
        values: the variables of the template.
    """
    request.environ[_POLICY] = current_app.config["PAGE_POLICY"]
    return render_template(template, **values)


def is_page(environ: WSGIEnvironment) -> bool:
    """Whether `render_page` made the response to the request."""
    return _POLICY in environ


def isolate(app: WSGIApplication) -> WSGIApplication:
    """Wrap an application to sandbox every response that `render_page` did not make.

    Any other policy of a view, an error handler or a planned fault is replaced, except those of the
    service for data. The reason phrase is that of `phrase_of`, as in responses of the service.
    """

    def isolated(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ.pop(_POLICY, None)

        def start(
            status: str, headers: list[tuple[str, str]], exc_info: OptExcInfo | None = None, /
        ) -> Callable[[bytes], object]:
            kept, media_type, policy = [], "", ""
            for name, value in headers:
                lower = name.lower()
                if lower not in _REPLACED:
                    kept.append((name, value))
                if lower == "content-type":
                    media_type = value.partition(";")[0]
                elif lower == _POLICY_HEADER:
                    policy = value
            if policy not in _DATA_POLICIES or media_type not in _DATA_TYPES:
                policy = SANDBOX
            kept.append(("Content-Security-Policy", environ.get(_POLICY, policy)))
            kept.append(("X-Content-Type-Options", "nosniff"))
            code = status[:3]
            return start_response(f"{code} {phrase_of(int(code))}", kept, exc_info)

        return app(environ, start)

    return isolated
