"""Send raw requests to a target, for details that the SDK hides."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
import urllib3

from dropbox.rest import ErrorResponse


@dataclass(frozen=True)
class Response:
    """A response.

    Attributes:
        status: HTTP status.
        headers: response headers.
        data: response body.
    """

    status: int
    headers: Any
    data: bytes

    def json(self) -> Any:
        """Return the decoded body."""
        return json.loads(self.data)


def send(target, method, call, params=None, body=None, headers=None, *, host="API", signed=True):
    """Send one request.

    Args:
        target: the target with the credentials and hosts to use.
        method: HTTP method.
        call: path after the version, not encoded.
        params: query parameters.
        body: request body.
        headers: request headers.
        host: `API`, `API_CONTENT`, `WEB` or `API_NOTIFY`.
        signed: whether to add the target's credentials.

    Returns:
        The response.
    """
    session = target.client.session
    url = session.build_url(getattr(session, f"{host}_HOST"), call)
    if signed:
        _, params = session.build_access_headers(method, url, params)
    return fetch(f"{url}?{urlencode(params or {})}", method, body, headers)


def fetch(url, method="GET", body=None, headers=None):
    """Send one unsigned request without following redirects; return the response."""
    with urllib3.PoolManager() as pool:
        response = pool.request(
            method, url, body=body, headers=headers, redirect=False, retries=False
        )
    return Response(response.status, response.headers, response.data)


def status_of(call, *args, **options):
    """Return the status of the `ErrorResponse` that a call raises."""
    with pytest.raises(ErrorResponse) as caught:
        call(*args, **options)
    return caught.value.status


def place(target, call, name=""):
    """Return the path of a call for a name in the run's folder: `/metadata/dropbox/run/a`."""
    return f"/{call}/{target.client.session.root}{target.path(name)}"


def put(target, name, body=b"content", **params):
    """Upload a file with a raw request."""
    return send(target, "PUT", place(target, "files_put", name), params, body, host="API_CONTENT")


def get(target, name, **headers):
    """Download a file with a raw request."""
    call = place(target, "files", name)
    return send(target, "GET", call, headers=headers, host="API_CONTENT")
