"""Who may steer the emulator: its own user, and nobody else.

On a loopback address everybody on the machine may, but no web page of another site: neither by a
form that it sends here, nor under a name of its own that it has lead here.
"""

from __future__ import annotations

import hmac
from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import Response, jsonify, request

from fakebox.auth.basic import parse_authorization
from fakebox.control.request import ControlRequest
from fakebox.dropbox_hosts import DROPBOX_HOSTS
from fakebox.http.isolation import is_cross_origin


def reject() -> Response | None:
    """The answer to a request that may not come in; `None` if it may."""
    if request.path == "/health":
        return None
    if _is_foreign_page():
        return _error(403, "pages of other sites may not steer the emulator")
    expected = ControlRequest.current().admin_token
    if expected is None:
        if not is_loopback(urlsplit(f"//{request.host}").hostname or ""):
            return _error(403, f"{request.host} is no name for this machine")
    elif not hmac.compare_digest(_given().encode(), expected.encode()):
        response = _error(401, "this needs the admin token")
        response.headers["WWW-Authenticate"] = 'Basic realm="fakebox"'
        return response
    return None


def is_loopback(host: str) -> bool:
    """Whether only this machine's own programs address it so.

    The real service's names are, since nothing but the emulator's own proxy leads them here.
    """
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost") or host in DROPBOX_HOSTS


def _given() -> str:
    given = parse_authorization(request.headers.get("Authorization", ""))
    if given is None:
        return ""
    # Browsers ask for a name and a password; the name doesn't matter.
    return given.token or given.password or ""


def _is_foreign_page() -> bool:
    # A page may link to the dashboard: another site can't read what a navigation shows.
    is_link = request.method == "GET" and request.headers.get("Sec-Fetch-Dest") == "document"
    return not is_link and is_cross_origin(request.environ)


def _error(status: int, text: str) -> Response:
    response = jsonify({"error": text})
    response.status_code = status
    response.headers["Connection"] = "close"
    return response
