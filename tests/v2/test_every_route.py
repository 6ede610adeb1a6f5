"""Requests that every route rejects."""

from __future__ import annotations

import json

import pytest

from fakebox.core.scopes import ALL_SCOPES
from fakebox.v2.app import create_v2
from fakebox.v2.permissions import PERMISSIONS

RULES = {rule.rule.lstrip("/"): rule for rule in create_v2().url_map.iter_rules()}
DOWNLOADS = {name for name, rule in RULES.items() if "GET" in rule.methods}
ROUTES = sorted(RULES.keys() - {"oauth2/token", "apitul/1/<token>"})
# The only content type that every route accepts.
CONTENT_TYPE = "text/plain; charset=dropbox-cors-hack"
FOR_APPS = {name for name, permission in PERMISSIONS.items() if permission.callers == ("app",)}
WITHOUT_CREDENTIALS = {
    name for name, permission in PERMISSIONS.items() if permission.callers == ("nobody",)
}
# Routes without an argument.
NULL_ARGUMENT = {
    "auth/token/revoke",
    "users/get_current_account",
    "users/get_space_usage",
}
# Routes without required fields.
NO_REQUIRED_FIELDS = {
    "check/user",
    "check/app",
    "files/upload_session/start",
    "sharing/list_shared_links",
    "sharing/get_shared_links",
}


def send_argument(api, route, argument, who=None):
    """Send an argument to a route, both in the body and in the header."""
    text = json.dumps(argument)
    body = b"" if route in DOWNLOADS else text
    return api.raw(f"/2/{route}", body, CONTENT_TYPE, who, headers={"Dropbox-API-Arg": text})


@pytest.mark.parametrize("route", [route for route in ROUTES if route not in WITHOUT_CREDENTIALS])
def test_route_requires_credentials(api, route):
    """Missing or malformed credentials are answered with 400, and an unknown token with 401."""
    assert "Must provide HTTP header" in send_argument(api, route, {}, "").text
    if route not in FOR_APPS:
        assert send_argument(api, route, {}, f"Bearer {'A' * 64}").status_code == 401
        assert "is malformed" in send_argument(api, route, {}, "Bearer nobody").text


@pytest.mark.parametrize("route", [route for route in ROUTES if route not in NULL_ARGUMENT])
def test_route_rejects_invalid_arguments(api, app_credentials, route):
    """An unknown field, a missing field and a list are answered with 400."""
    who = app_credentials if route in FOR_APPS else api.bearer_of_app(*ALL_SCOPES)
    if route in WITHOUT_CREDENTIALS:
        who = ""
    payload = send_argument(api, route, {"no such field": 1}, who)
    assert (payload.status_code, "unknown field" in payload.text) == (400, True)
    for argument in [] if route in NO_REQUIRED_FIELDS else [{}]:
        response = send_argument(api, route, argument, who)
        assert (response.status_code, "missing required field" in response.text) == (400, True)
    assert "expected object" in send_argument(api, route, [1], who).text


@pytest.mark.parametrize("argument", [{}, {"no such field": 1}, [], "", 0, False], ids=str)
@pytest.mark.parametrize("route", sorted(NULL_ARGUMENT))
def test_route_without_an_argument_accepts_only_null(api, route, argument):
    """An argument other than null is answered with 400, and null with 200."""
    payload = send_argument(api, route, argument)
    expected = f'Error in call to API function "{route}": request body: expected null, got value'
    assert (payload.status_code, payload.text) == (400, expected)
    assert send_argument(api, route, None).status_code == 200


@pytest.mark.parametrize("route", ROUTES)
def test_route_rejects_other_methods(api, route):
    """A PUT request is answered with 400 and the accepted methods."""
    response = api.raw(f"/2/{route}", b"", None, method="PUT")
    assert (response.status_code, "only accepts the HTTP request methods" in response.text) == (
        400,
        True,
    )
