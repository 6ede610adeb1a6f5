"""Send raw requests to a target, for details that the SDK hides.

The requests are built and signed without the SDK. Only the connections are the same, so that the
cases reach what the SDK reaches.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urljoin

import pytest

from conformance import signer
from conformance.connections import Connections, PatientConnections
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
    url = url_of(target, call, host)
    headers = dict(headers or {})
    if signed:
        headers.update(signature(target, method, url, params))
    return fetch(
        f"{url}?{urlencode(params or {})}", method, body, headers, connections=target.connections
    )


def url_of(target, call, host="API"):
    """Return the URL of a call of version 1."""
    name = getattr(target.client.session, f"{host}_HOST")
    base = name.rstrip("/") if "://" in name else f"https://{name}"
    return f"{base}/1{quote(call)}"


def signature(target, method, url, params=None):
    """Return the Authorization header of a request with the target's credentials."""
    session = target.client.session
    if getattr(session, "access_token", None):
        return {"Authorization": f"Bearer {session.access_token}"}
    consumer, token = keys_of(session)
    return signer.header(signer.parameters(consumer, token, method, url, params))


def keys_of(session, token=None):
    """Return key and secret of a session's app and token; the access token by default."""
    app, token = session.consumer_creds, token or session.token
    return (app.key, app.secret), (token.key, token.secret) if token else None


def fetch(
    url,
    method="GET",
    body=None,
    headers=None,
    *,
    connections: Connections | None = None,
    **options: Any,
):
    """Send one request as it is, without following redirects; return the response.

    Args:
        url, method, body, headers: the request.
        connections: the connections to use; by default new ones.
        options: more arguments of urllib3, such as `timeout`.
    """
    used = connections or PatientConnections()
    response = used.urlopen(
        method,
        url,
        body=body,
        headers=headers or {},
        redirect=False,
        retries=False,
        preload_content=False,
        **options,
    )
    data = response.read()
    response.release_conn()
    if connections is None:
        used.close()
    return Response(response.status, response.headers, data)


def follow(url, fetch=fetch, statuses=(301, 302, 303, 307, 308)):
    """Follow the redirects of a link without credentials; return the last response.

    Args:
        url: the URL of the link.
        fetch: sends a request to a URL without following redirects.
        statuses: the statuses of redirects that are followed.
    """
    response = fetch(url)
    for _ in range(5):
        if response.status not in statuses:
            break
        url = urljoin(url, response.headers["Location"])
        response = fetch(url)
    return response


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
