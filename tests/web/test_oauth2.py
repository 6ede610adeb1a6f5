"""The authorization page of OAuth 2."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.test import Client

from fakebox.context import Namespace, RequestContext
from fakebox.core import defaults
from fakebox.core.apps import Apps
from fakebox.core.world import World
from fakebox.web.app import create_web

_WEB = create_web()
CHALLENGE = "a" * 43
LOCAL = "http://localhost:8000/callback"


@pytest.fixture
def world():
    """A new world with automatic approval of the default app."""
    new_world = World()
    new_world.apps.configure(defaults.APP_KEY, auto_approve=True)
    yield new_world
    new_world.close()


@pytest.fixture
def authorize(world):
    """A function that opens the authorization page with these parameters."""

    def app(environ, start_response):
        RequestContext(environ).namespace = Namespace(world)
        return _WEB(environ, start_response)

    def open_page(**params):
        query = {"response_type": "code", "client_id": defaults.APP_KEY, **params}
        return Client(app).get("/oauth2/authorize", query_string=query)

    return open_page


@pytest.mark.parametrize("method", ["S256", "plain", None])
def test_challenge_with_a_known_method_is_accepted(authorize, method):
    """A challenge without a method has the method `plain` (RFC 7636)."""
    params = {"code_challenge_method": method} if method else {}
    page = authorize(redirect_uri=LOCAL, code_challenge=CHALLENGE, **params)
    assert page.status_code == 302
    assert "code" in parse_qs(urlsplit(page.headers["Location"]).query)


@pytest.mark.parametrize(
    "params",
    [
        {"code_challenge": CHALLENGE, "code_challenge_method": "S512"},
        {"code_challenge": CHALLENGE, "code_challenge_method": "s256"},
        {"code_challenge": CHALLENGE, "code_challenge_method": ""},
        {"code_challenge": "a", "code_challenge_method": "plain"},
        {"code_challenge": "a" * 129},
        {"code_challenge": "a" * 42 + "="},
        {"code_challenge": ""},
        {"code_challenge_method": "S256"},
    ],
)
def test_invalid_challenge_is_400(authorize, params):
    """An invalid challenge or challenge method is answered with 400."""
    page = authorize(redirect_uri=LOCAL, **params)
    assert page.status_code == 400
    assert "code_challenge" in page.text


@pytest.mark.parametrize(
    "uri",
    [
        f"{LOCAL}#x",
        f"{LOCAL}#",
        "http://evil.example\\@localhost/",
        "http://localhost/\r\nX: y",
        "http://[",
        "http://localhost:99999/",
        "localhost",
        "",
    ],
)
@pytest.mark.parametrize("response_type", ["code", "token"])
def test_invalid_redirect_uri_is_400_without_a_redirect(authorize, uri, response_type):
    """The browser is not redirected to an invalid URI, even with an error."""
    page = authorize(response_type=response_type, redirect_uri=uri)
    assert page.status_code == 400
    assert "Location" not in page.headers


def test_unknown_token_access_type_is_400(authorize):
    """A misspelled `offline` would otherwise return a token that does not expire."""
    page = authorize(redirect_uri=LOCAL, token_access_type="Offline")
    assert page.status_code == 400
    assert "token_access_type" in page.text


def test_app_is_registered_only_with_valid_redirect_uris(world):
    """A redirect URI is absolute, has the scheme of a page or an app, and has no fragment."""
    apps: Apps = world.apps
    new_world = apps.create("Mine", redirect_uris=("https://app.example/", "com.example.app:/done"))
    assert len(new_world.redirect_uris) == 2
    for uri in ("https://app.example/#x", "/done", "javascript:alert(1)", "https:///x", "a b:/c"):
        with pytest.raises(ValueError, match="redirect_uri"):
            apps.create("Another", redirect_uris=(uri,))
