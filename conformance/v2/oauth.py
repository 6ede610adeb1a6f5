"""Authorize the emulator's ready-made app over HTTP, as a user does in a browser."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from conformance.v2.api import Api, Response

REDIRECT_URI = "http://localhost:53682/"
_CODE = re.compile(r'id="auth-code">([^<]+)')


def authorize(api: Api, **params: str) -> Response:
    """Open the authorization page of the app for an account that approves at once."""
    url = f"{api.hosts['api']}/_fakebox/accounts/1"
    headers = {"Content-Type": "application/json"}
    assert api.fetch(url, "PATCH", json.dumps({"auto_approve": True}), headers).status == 200
    query = {"client_id": api.app[0], "response_type": "code", **params}
    return api.fetch(f"{api.hosts['www']}/oauth2/authorize?{urlencode(query)}")


def code(api: Api, **params: str) -> str:
    """Return the authorization code that the page shows, or that the redirect has."""
    response = authorize(api, **params)
    if response.status in (302, 303):
        return parse_qs(urlsplit(response.headers["Location"]).query)["code"][0]
    found = _CODE.search(response.text)
    assert found, response.text[:2000]
    return found[1]


def exchange(api: Api, **fields: str) -> Response:
    """Send a form to the token endpoint with the key and the secret of the app.

    Args:
        api: the target.
        **fields: the fields; an empty value removes a field.
    """
    key, secret = api.app
    form = {"client_id": key, "client_secret": secret, **fields}
    return api.form("/oauth2/token", {name: value for name, value in form.items() if value})


def grant(api: Api, **params: str) -> Any:
    """Authorize the app and return the token endpoint's response to the code."""
    fields = {"grant_type": "authorization_code", "code": code(api, **params)}
    if "redirect_uri" in params:
        fields["redirect_uri"] = params["redirect_uri"]
    response = exchange(api, **fields)
    assert response.status == 200, response.text
    return response.json()
