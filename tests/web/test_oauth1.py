"""The authorization page of OAuth 1.0."""

from __future__ import annotations

import pytest
from werkzeug.test import Client

from fakebox.context import Namespace, RequestContext
from fakebox.core import defaults
from fakebox.core.world import World
from fakebox.web.app import create_web

_WEB = create_web()


@pytest.fixture
def authorize():
    """Returns a function that opens the authorization page with a callback."""
    world = World()
    world.apps.configure(defaults.APP_KEY, auto_approve=True)
    request_token = world.tokens.request(world.apps.find(defaults.APP_KEY))

    def app(environ, start_response):
        RequestContext(environ).namespace = Namespace(world)
        return _WEB(environ, start_response)

    def open_page(callback):
        query = {"oauth_token": request_token.token, "oauth_callback": callback}
        return Client(app).get("/1/oauth/authorize", query_string=query)

    yield open_page
    world.close()


@pytest.mark.parametrize(
    "callback",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/hosts",
        "blob:http://localhost/x",
        "about:blank",
        "/relative",
    ],
)
def test_callback_that_is_not_a_page_or_an_app_is_400(authorize, callback):
    """The page does not redirect to a script, a local file, or a URL without a scheme."""
    page = authorize(callback)
    assert page.status_code == 400
    assert "Location" not in page.headers


@pytest.mark.parametrize("callback", ["http://localhost:8000/done?a=b", "myapp://done"])
def test_callback_gets_the_token_and_the_uid(authorize, callback):
    """The redirect keeps the query of the callback, and adds the request token and the account."""
    page = authorize(callback)
    assert page.status_code == 302
    assert page.headers["Location"].startswith(callback)
    assert "oauth_token=" in page.headers["Location"]
    assert page.headers["Location"].endswith("&uid=1")
