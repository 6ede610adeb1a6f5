"""Raw requests to a target, for what the SDK hides; every one of them signed as the SDK would."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
import urllib3

from dropbox.rest import ErrorResponse


@dataclass(frozen=True)
class Answer:
    """What came back.

    Attributes:
        status: the HTTP status.
        headers: the response's headers.
        data: its body.
    """

    status: int
    headers: Any
    data: bytes

    def json(self) -> Any:
        """The decoded body."""
        return json.loads(self.data)


def ask(target, method, call, params=None, body=None, headers=None, *, host="API", signed=True):
    """Send one request.

    Args:
        target: whose credentials and addresses.
        method: the HTTP method.
        call: what follows the version in the path, not encoded yet.
        params: parameters for the query.
        body, headers: sent as they are.
        host: `API`, `API_CONTENT`, `WEB` or `API_NOTIFY`.
        signed: with the target's credentials, or with none.
    """
    session = target.client.session
    url = session.build_url(getattr(session, f"{host}_HOST"), call)
    if signed:
        _, params = session.build_access_headers(method, url, params)
    return fetch(f"{url}?{urlencode(params or {})}", method, body, headers)


def fetch(url, method="GET", body=None, headers=None):
    """Send one request that needs no signature, and follow no redirect."""
    with urllib3.PoolManager() as pool:
        answer = pool.request(
            method, url, body=body, headers=headers, redirect=False, retries=False
        )
    return Answer(answer.status, answer.headers, answer.data)


def status_of(call, *args, **options):
    """The status that a call is refused with."""
    with pytest.raises(ErrorResponse) as caught:
        call(*args, **options)
    return caught.value.status


def place(target, call, name=""):
    """A call about a place of the run's folder."""
    return f"/{call}/{target.client.session.root}{target.path(name)}"


def put(target, name, body=b"content", **params):
    """Upload by a raw request."""
    return ask(target, "PUT", place(target, "files_put", name), params, body, host="API_CONTENT")


def get(target, name, **headers):
    """Download by a raw request."""
    call = place(target, "files", name)
    return ask(target, "GET", call, headers=headers, host="API_CONTENT")
