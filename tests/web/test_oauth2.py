"""The authorization page of OAuth 2."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.test import Client

from fakebox.context import Namespace, Options, RequestContext
from fakebox.core import defaults
from fakebox.core.apps import Apps
from fakebox.core.scopes import DESCRIPTIONS
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

    def open_page(path="/oauth2/authorize", options=None, **params):
        def app(environ, start_response):
            RequestContext(environ).namespace = Namespace(world, options or Options())
            return _WEB(environ, start_response)

        query = {"response_type": "code", "client_id": defaults.APP_KEY, **params}
        return Client(app).get(path, query_string=query)

    return open_page


@pytest.fixture
def granted(world, authorize):
    """A function that returns the grant of an authorization."""

    def grant(**params):
        page = authorize(redirect_uri=LOCAL, **params)
        code = parse_qs(urlsplit(page.headers["Location"]).query)["code"][0]
        app = world.apps.find(params.get("client_id", defaults.APP_KEY))
        return world.oauth2.exchange_code(app, code, redirect_uri=LOCAL)

    return grant


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


@pytest.mark.parametrize(
    "uri",
    [
        "http://localhost:8000/callback/",
        "http://localhost:8000/callback?x=y",
        "http://localhost:8000/Callback",
        "http://LOCALHOST:8000/callback",
        "http://localhost:8001/callback",
        "http://127.0.0.1:8000/callback",
        "https://localhost:8000/callback",
        "http://127.0.0.1:53566/auth/",
        "https://elsewhere.example/",
    ],
)
@pytest.mark.parametrize("path", ["/oauth2/authorize", "/1/oauth2/authorize"])
def test_redirect_uri_that_is_not_registered_is_400(authorize, path, uri):
    """The URI is compared with the registered ones by every character."""
    page = authorize(path, redirect_uri=uri)
    assert page.status_code == 400
    assert "Location" not in page.headers
    assert "Invalid redirect_uri. It must exactly match one of the redirect URIs" in page.text


@pytest.mark.parametrize("uri", defaults.REDIRECT_URIS)
def test_registered_redirect_uri_gets_the_code_and_the_state(authorize, uri):
    """The state is sent back as it was received, up to 2000 bytes."""
    for state in ("a b&c=d/\u00e9+%41", "x" * 2000):
        page = authorize(redirect_uri=uri, state=state)
        assert page.headers["Location"].startswith(f"{uri}?")
        query = parse_qs(urlsplit(page.headers["Location"]).query)
        assert query["state"] == [state]
    assert authorize(redirect_uri=uri, state="x" * 2001).status_code == 400


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"client_id": ""}, "Missing &#39;client_id&#39;"),
        ({"client_id": "unknown"}, "Invalid client_id: &#34;unknown&#34;."),
        ({"client_id": "off"}, "This app is currently disabled."),
        ({"scope": ""}, "No scope requested can be granted for this app."),
        ({"scope": "unknown files.permanent_delete"}, "No scope requested can be granted"),
        ({"scope": "account_info.read", "include_granted_scopes": "x"}, "must be one of: user"),
        ({"include_granted_scopes": "user"}, "include_granted_scopes requires scope."),
        ({"token_access_type": "never"}, "must be one of: online, offline, legacy."),
        ({"response_type": "x"}, "response_type"),
        ({"response_type": "token"}, "redirect_uri is required"),
    ],
    ids=str,
)
def test_invalid_authorization_request_is_a_page_with_the_reason(world, authorize, params, text):
    """The page has status 400 and the texts of the service, and the browser is not redirected."""
    world.apps.create("Off", key="off")
    world.apps.configure("off", is_disabled=True)
    page = authorize(**params)
    assert page.status_code == 400
    assert page.content_type.startswith("text/html")
    assert "It seems the app you were using submitted a bad request." in page.text
    assert text in page.text


def test_token_has_the_requested_scopes(granted):
    """Scopes that the app does not have are left out while one remains."""
    scope = "files.metadata.read unknown account_info.read files.permanent_delete"
    grant = granted(scope=scope, token_access_type="offline")
    assert grant.access.scopes == ("account_info.read", "files.metadata.read")


def test_refresh_token_has_the_requested_scopes(world, granted):
    """The tokens of later refreshes have the scopes of the authorization."""
    grant = granted(scope="account_info.read", token_access_type="offline")
    found = world.oauth2.find_refresh_token(grant.refresh_token)
    app = world.apps.find(defaults.APP_KEY)
    assert world.oauth2.refresh(app, found).access.scopes == ("account_info.read",)


@pytest.mark.parametrize("whose", ["user", "team"])
def test_earlier_scopes_are_included_on_request(world, granted, whose):
    """With `include_granted_scopes` the token has the scopes of earlier authorizations as well."""
    first, second = "account_info.read", "files.metadata.read"
    assert granted(scope=first).access.scopes == (first,)
    assert granted(scope=second).access.scopes == (second,)
    params = {"scope": "sharing.read", "include_granted_scopes": whose}
    assert granted(**params).access.scopes == (first, second, "sharing.read")
    world.apps.configure(defaults.APP_KEY, scopes=[second, "sharing.read"])
    assert granted(**params).access.scopes == (second, "sharing.read")


def test_scopes_of_other_apps_and_accounts_are_not_included(world, granted):
    """Only the consent of the same account to the same app counts."""
    app = world.apps.create(
        "Other", key="other", secret="x", auto_approve=True, redirect_uris=[LOCAL]
    )
    world.oauth2.consent(app, 2, ("sharing.read",))
    granted(scope="files.metadata.read")
    params = {"scope": "account_info.read", "include_granted_scopes": "user"}
    assert granted(client_id="other", **params).access.scopes == ("account_info.read",)


@pytest.mark.parametrize(
    ("setting", "path", "requested", "kind"),
    [
        ("online", "/oauth2/authorize", None, "online"),
        ("online", "/oauth2/authorize", "online", "online"),
        ("online", "/oauth2/authorize", "offline", "offline"),
        ("online", "/oauth2/authorize", "legacy", "online"),
        ("offline", "/oauth2/authorize", None, "offline"),
        ("offline", "/oauth2/authorize", "legacy", "online"),
        ("offline", "/oauth2/authorize", "online", "online"),
        ("legacy", "/oauth2/authorize", None, "legacy"),
        ("legacy", "/oauth2/authorize", "legacy", "legacy"),
        ("legacy", "/oauth2/authorize", "online", "online"),
        ("legacy", "/oauth2/authorize", "offline", "offline"),
        ("online", "/1/oauth2/authorize", None, "legacy"),
        ("online", "/1/oauth2/authorize", "online", "online"),
        ("online", "/1/oauth2/authorize", "offline", "offline"),
    ],
)
def test_token_has_the_lifetime_of_its_access_type(granted, setting, path, requested, kind):
    """A token expires after four hours, unless it is of the type `legacy`."""
    params = {"token_access_type": requested} if requested else {}
    grant = granted(path=path, options=Options(token_access_type=setting), **params)
    assert grant.lifetime_s == (None if kind == "legacy" else 14_400)
    assert (grant.refresh_token is not None) == (kind == "offline")
    assert grant.access.token.startswith("sl.") == (kind != "legacy")


@pytest.mark.parametrize(
    ("path", "lifetime"), [("/oauth2/authorize", ["14400"]), ("/1/oauth2/authorize", None)]
)
def test_implicit_response_is_complete(world, authorize, path, lifetime):
    """The fragment has the token, its type, lifetime and scopes, the account and the state."""
    scope = "files.metadata.read account_info.read"
    page = authorize(path, response_type="token", redirect_uri=LOCAL, state="s t", scope=scope)
    parts = urlsplit(page.headers["Location"])
    assert parts.query == ""
    fragment = parse_qs(parts.fragment)
    token = world.tokens.find(fragment.pop("access_token")[0], bearer=True)
    assert token.scopes == ("account_info.read", "files.metadata.read")
    assert fragment.pop("expires_in", None) == lifetime
    assert fragment.pop("account_id")[0].startswith("dbid:")
    assert fragment == {
        "token_type": ["bearer"],
        "scope": ["account_info.read files.metadata.read"],
        "uid": ["1"],
        "state": ["s t"],
    }


def test_consent_page_lists_the_scopes_in_words(world):
    """The page has one sentence for each scope that the app gets, and no others."""
    world.apps.configure(defaults.APP_KEY, auto_approve=False)

    def app(environ, start_response):
        RequestContext(environ).namespace = Namespace(world)
        return _WEB(environ, start_response)

    client = Client(app)
    url = f"/oauth2/authorize?client_id={defaults.APP_KEY}&response_type=code&scope="
    url += "files.content.write+account_info.read+unknown"
    page = client.get(url)
    csrf = re.search(r'name="csrf" value="([^"]+)"', page.text)[1]
    form = {"csrf": csrf, "action": "sign_in", "email": defaults.USER.email}
    page = client.post(url, data={**form, "password": "fakebox"}, follow_redirects=True)
    assert re.findall(r"<li>(.*)</li>", page.text) == [
        DESCRIPTIONS["account_info.read"],
        DESCRIPTIONS["files.content.write"],
    ]
