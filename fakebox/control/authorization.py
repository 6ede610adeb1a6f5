"""Authorization for the control plane.

Without an admin token, programs on this machine may use it. Web pages of other origins may not:
forms of other origins and other host names that resolve to this machine (DNS rebinding) are
rejected.
"""

from __future__ import annotations

import hmac
from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import Response, jsonify, request

from fakebox.control.request import ControlRequest
from fakebox.dropbox_hosts import DROPBOX_HOSTS
from fakebox.http.headers import is_cross_origin, parse_authorization


def reject() -> Response | None:
    """Return the error response for a request that is not authorized; `None` for other requests."""
    if request.path == "/health":
        return None
    if _is_other_origin():
        return _error(403, "web pages of other origins may not use the control plane")
    if request.path == "/ca.pem":
        # A client needs the certificate before it can send the admin token over TLS.
        return None
    expected = ControlRequest.current().admin_token
    if expected is None:
        if not is_loopback(urlsplit(f"//{request.host}").hostname or ""):
            return _error(
                403,
                f"without an admin token the host must be a loopback address, not {request.host}",
            )
    elif not hmac.compare_digest(_sent_token().encode(), expected.encode()):
        response = _error(401, "the Authorization header must contain the admin token")
        response.headers["WWW-Authenticate"] = 'Basic realm="fakebox"'
        return response
    return None


def is_loopback(host: str) -> bool:
    """Return whether a host name is used only by programs on this machine.

    The host names of the real service are accepted: only the emulator's proxy, or a setting of the
    machine itself, connects them to the emulator.
    """
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost") or host in DROPBOX_HOSTS


def _sent_token() -> str:
    parsed = parse_authorization(request.headers.get("Authorization", ""))
    if parsed is None:
        return ""
    # Browsers send a name and a password; the name is ignored.
    return parsed.token or parsed.password or ""


def _is_other_origin() -> bool:
    # Links to the dashboard are allowed: another origin cannot read the page.
    is_link = request.method == "GET" and request.headers.get("Sec-Fetch-Dest") == "document"
    return not is_link and is_cross_origin(request.environ)


def _error(status: int, text: str) -> Response:
    response = jsonify({"error": text})
    response.status_code = status
    response.headers["Connection"] = "close"
    return response
