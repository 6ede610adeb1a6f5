"""Credentials with a namespace, in every part of a request that may contain them."""

from __future__ import annotations

import base64
import hashlib
import html
import itertools
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, parse_qsl, quote, urlencode, urlsplit

import pytest
import urllib3

from fakebox import Fakebox

KEY, SECRET = "fakebox-app-key", "fakebox-app-secret"
REDIRECT_URI = "http://localhost:8000/callback"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=")
_numbers = itertools.count(1)


def basic(key: str, secret: str = SECRET) -> str:
    """An Authorization header with an app's key and secret."""
    return f"Basic {base64.b64encode(f'{key}:{secret}'.encode()).decode()}"


def oauth1(key: str, token: str = "", secret: str = "", app_secret: str = SECRET) -> dict[str, str]:
    """The parameters of a request that is signed by PLAINTEXT."""
    params = {
        "oauth_consumer_key": key,
        "oauth_signature_method": "PLAINTEXT",
        "oauth_signature": f"{app_secret}&{secret}",
    }
    return {**params, "oauth_token": token} if token else params


@dataclass
class Server:
    """An emulator on a socket, and requests to it.

    Attributes:
        box: the emulator.
        cookies: the cookies of the browser that opens its pages.
    """

    box: Fakebox
    cookies: dict[str, str] = field(default_factory=dict)

    def send(
        self, method: str, target: str, form: dict[str, str] | None = None, **headers: str
    ) -> urllib3.BaseHTTPResponse:
        """Send a request, with a form if there is one."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        body = None
        if form is not None:
            named["Content-Type"], body = "application/x-www-form-urlencoded", urlencode(form)
        return urllib3.request(
            method, f"{self.box.url}{target}", headers=named, body=body, redirect=False
        )

    def rpc(self, route: str, argument: Any, authorization: str) -> urllib3.BaseHTTPResponse:
        """Call a route of version 2."""
        headers = {"Authorization": authorization} if authorization else {}
        url = f"{self.box.url}/2/{route}"
        return urllib3.request("POST", url, headers=headers, json=argument)

    def names(self) -> list[str]:
        """The names of all namespaces."""
        names: list[str] = self.send("GET", "/_fakebox/namespaces").json()["namespaces"]
        return names

    def create(self, name: str, path: str = "/marker") -> None:
        """Create a namespace with one file, over the control plane."""
        target = f"/_fakebox/files/1{path}"
        response = self.send("PUT", target, X_Fakebox_Namespace=name)
        assert response.status == 204, response.data

    def files_of_bearer(self, token: str) -> list[str]:
        """Return the paths of the files that a bearer token gives access to."""
        response = self.rpc("files/list_folder", {"path": ""}, f"Bearer {token}")
        assert response.status == 200, response.data
        return [entry["path_display"] for entry in response.json()["entries"]]

    def browse(self, target: str, form: dict[str, str] | None = None) -> urllib3.BaseHTTPResponse:
        """Open a page in the browser, or send the form that is on it."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Cookie": cookies} if cookies else {}
        response = self.send("POST" if form else "GET", target, form, **headers)
        for cookie in response.headers.getlist("Set-Cookie"):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return response

    def allow(self, target: str) -> urllib3.BaseHTTPResponse:
        """Open an authorization page, sign in, and allow the app.

        Returns:
            The response to the form that allows it.
        """
        page = self.browse(target)
        sign_in = {"email": "user@fakebox.example", "password": "fakebox", "action": "sign_in"}
        response = self.browse(target, {**sign_in, "csrf": csrf(page)})
        assert response.status == 303, response.data
        page = self.browse(target)
        return self.browse(target, {"action": "allow", "csrf": csrf(page)})


def csrf(page: urllib3.BaseHTTPResponse) -> str:
    """The token of the form on a page."""
    assert page.status == 200, page.data
    found = re.search(rb'name="csrf" value="([^"]+)"', page.data)
    assert found
    return html.unescape(found[1].decode())


def query_of(response: urllib3.BaseHTTPResponse) -> dict[str, str]:
    """The parameters of the URL that a response redirects to."""
    assert response.status == 302, response.data
    return dict(parse_qsl(urlsplit(response.headers["Location"]).query))


def authorize_url(client_id: str, path: str = "/oauth2/authorize", **params: str) -> str:
    """Return the URL of the authorization page of OAuth 2."""
    wanted = {"client_id": client_id, "response_type": "code", "redirect_uri": REDIRECT_URI}
    return f"{path}?{urlencode({**wanted, **params})}"


@pytest.fixture(scope="module")
def box() -> Iterator[Fakebox]:
    """One emulator; each test names namespaces that no other test uses."""
    with Fakebox() as box:
        yield box


@pytest.fixture
def server(box: Fakebox) -> Server:
    """The emulator, with a browser that has no cookies."""
    return Server(box)


@pytest.fixture
def name() -> str:
    """The name of a namespace that no other test uses."""
    return f"space-{next(_numbers)}"


@pytest.fixture
def other_name() -> str:
    """The name of another such namespace."""
    return f"space-{next(_numbers)}"


Send = Callable[[Server, str, str], urllib3.BaseHTTPResponse]

# Each sends a request with prefixed default credentials, and gets a response with status 200.
PLACES: dict[str, Send] = {
    "bearer header": lambda s, p, _: s.send(
        "GET", "/1/account/info", Authorization=f"Bearer {p}fakebox-bearer-token"
    ),
    "bearer header, version 2": lambda s, p, _: s.rpc(
        "users/get_current_account", None, f"Bearer {p}fakebox-bearer-token"
    ),
    "authorization parameter, version 2": lambda s, p, _: s.rpc(
        f"check/user?{urlencode({'authorization': f'Bearer {p}fakebox-bearer-token'})}", {}, ""
    ),
    "access_token in the query": lambda s, p, _: s.send(
        "GET", f"/1/account/info?access_token={p}fakebox-bearer-token"
    ),
    "access_token in the query, encoded": lambda s, p, _: s.send(
        "GET", f"/1/account/info?access_token={p.replace('~', '%7e')}fakebox-bearer-token"
    ),
    "access_token in a form": lambda s, p, _: s.send(
        "POST", "/1/delta", {"access_token": f"{p}fakebox-bearer-token"}
    ),
    "OAuth 1.0 query": lambda s, p, _: s.send(
        "GET",
        "/1/account/info?"
        + urlencode(oauth1(f"{p}{KEY}", f"{p}fakebox-token", "fakebox-token-secret")),
    ),
    "OAuth 1.0 form": lambda s, p, _: s.send(
        "POST", "/1/delta", oauth1(KEY, f"{p}fakebox-token", "fakebox-token-secret")
    ),
    "OAuth 1.0 header": lambda s, p, _: s.send(
        "GET",
        "/1/account/info",
        Authorization="OAuth "
        + ", ".join(
            f'{key}="{quote(value, "")}"'
            for key, value in oauth1(
                f"{p}{KEY}", f"{p}fakebox-token", "fakebox-token-secret"
            ).items()
        ),
    ),
    "OAuth 1.0 app key alone has the prefix": lambda s, p, _: s.send(
        "GET",
        "/1/account/info?"
        + urlencode(oauth1(f"{p}{KEY}", "fakebox-token", "fakebox-token-secret")),
    ),
    "OAuth 1.0 request token": lambda s, p, _: s.send(
        "POST", "/1/oauth/request_token", oauth1(f"{p}{KEY}")
    ),
    "token_from_oauth1, version 1": lambda s, p, _: s.send(
        "POST",
        "/1/oauth2/token_from_oauth1",
        oauth1(f"{p}{KEY}", f"{p}fakebox-token", "fakebox-token-secret"),
    ),
    "token/from_oauth1": lambda s, p, _: s.rpc(
        "auth/token/from_oauth1",
        {
            "oauth1_token": f"{p}fakebox-token",
            "oauth1_token_secret": "fakebox-token-secret",
        },
        basic(f"{p}{KEY}"),
    ),
    "token/from_oauth1, every value with the prefix": lambda s, p, _: s.rpc(
        "auth/token/from_oauth1",
        {
            "oauth1_token": f"{p}fakebox-token",
            "oauth1_token_secret": f"{p}fakebox-token-secret",
        },
        basic(f"{p}{KEY}", f"{p}{SECRET}"),
    ),
    "token/from_oauth1, only the token has the prefix": lambda s, p, _: s.rpc(
        "auth/token/from_oauth1",
        {
            "oauth1_token": f"{p}fakebox-token",
            "oauth1_token_secret": "fakebox-token-secret",
        },
        basic(KEY),
    ),
    "check/app": lambda s, p, _: s.rpc("check/app", {}, basic(f"{p}{KEY}")),
    "check/app, secret with the prefix": lambda s, p, _: s.rpc(
        "check/app", {}, basic(f"{p}{KEY}", f"{p}{SECRET}")
    ),
    "revoke": lambda s, p, _: s.rpc(
        "auth/token/revoke", None, f"Bearer {p}fakebox-sandbox-bearer-token"
    ),
    "disable_access_token": lambda s, p, _: s.send(
        "POST",
        "/1/disable_access_token",
        oauth1(KEY, f"{p}fakebox-sandbox-token", "fakebox-sandbox-token-secret"),
    ),
    "client_id of the authorize page": lambda s, p, _: s.send("GET", authorize_url(f"{p}{KEY}")),
    "client_id of the authorize page, version 1": lambda s, p, _: s.send(
        "GET", authorize_url(f"{p}{KEY}", "/1/oauth2/authorize")
    ),
    "Basic header of the token endpoint": lambda s, p, name: s.send(
        "POST", "/oauth2/token", code_form(s, name), Authorization=basic(f"{p}{KEY}")
    ),
    "Basic header and form of the token endpoint": lambda s, p, name: s.send(
        "POST",
        "/oauth2/token",
        {**code_form(s, name), "client_id": KEY},
        Authorization=basic(f"{p}{KEY}", f"{p}{SECRET}"),
    ),
    "form of the token endpoint": lambda s, p, name: s.send(
        "POST",
        "/oauth2/token",
        {**code_form(s, name), "client_id": f"{p}{KEY}", "client_secret": f"{p}{SECRET}"},
    ),
    "form of the token endpoint, version 1": lambda s, p, name: s.send(
        "POST",
        "/1/oauth2/token",
        {**code_form(s, name), "client_id": f"{p}{KEY}", "client_secret": SECRET},
    ),
    "code alone has the prefix": lambda s, p, name: s.send(
        "POST",
        "/oauth2/token",
        {**code_form(s, name), "client_id": KEY, "client_secret": SECRET},
    ),
    "refresh token alone has the prefix": lambda s, p, name: s.send(
        "POST",
        "/oauth2/token",
        {
            "grant_type": "refresh_token",
            "refresh_token": offline_grant(s, name)["refresh_token"],
            "client_id": KEY,
            "client_secret": SECRET,
        },
    ),
}
# A new world has no such tokens.
NOT_READY_MADE = {"revoke"}


def new_code(server: Server, name: str, **params: str) -> str:
    """Return a code for the default app that a user of a namespace has allowed."""
    return query_of(server.allow(authorize_url(f"{name}~{KEY}", **params)))["code"]


def code_form(server: Server, name: str) -> dict[str, str]:
    """The form that exchanges a new code of a namespace, without credentials of the app."""
    code = new_code(server, name)
    return {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URI}


def offline_grant(server: Server, name: str) -> dict[str, str]:
    """The tokens of an authorization with PKCE and a refresh token, in a namespace."""
    params = {"code_challenge": CHALLENGE.decode(), "code_challenge_method": "S256"}
    code = new_code(server, name, token_access_type="offline", **params)
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT_URI,
        "client_id": f"{name}~{KEY}",
        "code_verifier": VERIFIER,
    }
    response = server.send("POST", "/oauth2/token", form)
    assert response.status == 200, response.data
    payload: dict[str, str] = response.json()
    return payload


@pytest.mark.parametrize("place", PLACES)
def test_credential_with_prefix_names_the_namespace(server: Server, name: str, place: str) -> None:
    """A default credential with a prefix is accepted in every part of a request."""
    if place in NOT_READY_MADE:
        server.create(name)
        body = json.dumps(
            {"type": "bearer", "access": "app_folder", "token": "fakebox-sandbox-bearer-token"}
        )
        urllib3.request(
            "POST",
            f"{server.box.url}/_fakebox/tokens",
            body=body,
            headers={"X-Fakebox-Namespace": name},
        )
    server.box.requests.clear()
    response = PLACES[place](server, f"{name}~", name)
    assert response.status == 200, response.data
    journal = server.send("GET", "/_fakebox/journal", X_Fakebox_Namespace=name)
    is_page = "authorize page" in place
    if not is_page:
        assert name in server.names()
        assert journal.json()["requests"][-1]["status"] == 200
    assert len(server.box.requests) == 0


@pytest.mark.parametrize("path", ["/oauth2/authorize", "/1/oauth2/authorize"])
def test_code_flow_with_pkce_and_refresh_stays_in_its_namespace(
    server: Server, name: str, path: str
) -> None:
    """Code, access token and refresh token have the prefix, and reach the namespace's files."""
    server.create(name)
    target = authorize_url(
        f"{name}~{KEY}",
        path,
        token_access_type="offline",
        code_challenge=CHALLENGE.decode(),
        code_challenge_method="S256",
        state="s",
    )
    answer = query_of(server.allow(target))
    assert answer["state"] == "s"
    form = {
        "grant_type": "authorization_code",
        "code": answer["code"],
        "redirect_uri": REDIRECT_URI,
        "client_id": f"{name}~{KEY}",
        "code_verifier": VERIFIER,
    }
    tokens = server.send("POST", "/oauth2/token", form).json()
    form = {
        "grant_type": "refresh_token",
        "refresh_token": tokens["refresh_token"],
        "client_id": f"{name}~{KEY}",
    }
    refreshed = server.send("POST", "/oauth2/token", form).json()
    issued = [
        answer["code"],
        tokens["access_token"],
        tokens["refresh_token"],
        refreshed["access_token"],
    ]
    assert [value.partition("~")[0] for value in issued] == [name] * 4
    for token in (tokens["access_token"], refreshed["access_token"]):
        assert server.files_of_bearer(token) == ["/marker"]
    assert (
        server.rpc("auth/token/revoke", None, f"Bearer {refreshed['access_token']}").status == 200
    )
    refused = server.send("POST", "/oauth2/token", form)
    assert (refused.status, refused.json()["error"]) == (400, "invalid_grant")


def test_implicit_flow_stays_in_its_namespace(server: Server, name: str) -> None:
    """The token in the fragment has the prefix, and reaches the namespace's files."""
    server.create(name)
    response = server.allow(authorize_url(f"{name}~{KEY}", response_type="token"))
    fragment = parse_qs(urlsplit(response.headers["Location"]).fragment)
    (token,) = fragment["access_token"]
    assert token.startswith(f"{name}~")
    assert server.files_of_bearer(token) == ["/marker"]


def test_code_that_a_page_shows_has_the_prefix(server: Server, name: str) -> None:
    """An app without a redirect URI gets a code that it can exchange."""
    target = f"/oauth2/authorize?client_id={name}~{KEY}&response_type=code"
    page = server.allow(target)
    found = re.search(rb'id="auth-code">([^<]+)<', page.data)
    assert found
    form = {"grant_type": "authorization_code", "code": found[1].decode()}
    response = server.send("POST", "/oauth2/token", form, Authorization=basic(f"{name}~{KEY}"))
    assert response.json()["access_token"].startswith(f"{name}~")


def test_oauth1_flow_stays_in_its_namespace(server: Server, name: str) -> None:
    """Request token and access token have the prefix, and reach the namespace's files."""
    server.create(name)
    key = f"{name}~{KEY}"
    response = server.send("POST", "/1/oauth/request_token", oauth1(key))
    pair = dict(parse_qsl(response.data.decode()))
    token, secret = pair["oauth_token"], pair["oauth_token_secret"]
    back = {"oauth_token": token, "oauth_callback": REDIRECT_URI}
    answer = query_of(server.allow(f"/1/oauth/authorize?{urlencode(back)}"))
    assert answer["oauth_token"] == token
    form = oauth1(key, token, secret)
    response = server.send("POST", "/1/oauth/access_token", form)
    pair = dict(parse_qsl(response.data.decode()))
    assert {value.partition("~")[0] for value in (token, pair["oauth_token"])} == {name}
    signed = urlencode(oauth1(key, pair["oauth_token"], pair["oauth_token_secret"]))
    listing = server.send("GET", f"/1/metadata/dropbox/?{signed}").json()
    assert [entry["path"] for entry in listing["contents"]] == ["/marker"]


def test_authorize_flow_creates_the_namespace_when_the_user_signs_in(
    server: Server, name: str
) -> None:
    """Opening the page creates no namespace. Signing in on the page creates it."""
    target = authorize_url(f"{name}~{KEY}")
    assert server.browse(target).status == 200
    assert name not in server.names()
    assert query_of(server.allow(target))["code"].startswith(f"{name}~")
    assert name in server.names()


def test_browser_that_is_signed_in_to_one_namespace_is_not_in_another(
    server: Server, name: str, other_name: str
) -> None:
    """Each namespace requires the password of its account."""
    server.create(other_name)
    server.allow(authorize_url(f"{name}~{KEY}"))
    assert b'name="password"' not in server.browse(authorize_url(f"{name}~{KEY}")).data
    assert b'name="password"' in server.browse(authorize_url(f"{other_name}~{KEY}")).data


def test_links_and_long_polls_select_their_namespace(server: Server, name: str) -> None:
    """A link and a cursor have the prefix, as they are sent without a token."""
    server.create(name)
    bearer = {"Authorization": f"Bearer {name}~fakebox-bearer-token"}
    for route in ("shares", "media"):
        url = server.send("POST", f"/1/{route}/dropbox/marker", **bearer).json()["url"]
        path = urlsplit(url).path
        for sent in (path, path.replace("~", "%7E")):
            assert server.send("GET", sent).status in (200, 302)
    cursor = server.send("POST", "/1/delta/latest_cursor", **bearer).json()["cursor"]
    listing = server.rpc("files/list_folder", {"path": ""}, bearer["Authorization"]).json()
    server.send("PUT", "/1/files_put/dropbox/new", **bearer)
    polled = server.send("GET", f"/1/longpoll_delta?{urlencode({'cursor': cursor})}")
    assert polled.json() == {"changes": True}
    polled = server.rpc("files/list_folder/longpoll", {"cursor": listing["cursor"]}, "")
    assert polled.json() == {"changes": True}


def test_apps_and_tokens_of_a_namespace_are_found_by_its_prefix(server: Server, name: str) -> None:
    """A random app key has the prefix; a given key or token is accepted with the prefix."""
    control = f"{server.box.url}/_fakebox"
    header = {"X-Fakebox-Namespace": name}
    drawn = urllib3.request("POST", f"{control}/apps", json={"name": "A"}, headers=header).json()
    assert drawn["key"].startswith(f"{name}~")
    given = {"name": "B", "key": "my-key", "secret": "my-secret"}
    urllib3.request("POST", f"{control}/apps", json=given, headers=header)
    token = {"type": "bearer", "token": "my-token"}
    urllib3.request("POST", f"{control}/tokens", json=token, headers=header)
    for authorization in (
        basic(drawn["key"], drawn["secret"]),
        basic(f"{name}~my-key", "my-secret"),
        basic(f"{name}~my-key", f"{name}~my-secret"),
    ):
        assert server.rpc("check/app", {}, authorization).status == 200
    assert server.rpc("check/user", {}, f"Bearer {name}~my-token").status == 200
    assert server.rpc("check/user", {}, "Bearer my-token").status in (400, 401)


def test_namespaces_do_not_accept_credentials_of_each_other(
    server: Server, name: str, other_name: str
) -> None:
    """A code, token or refresh token of one namespace is unknown in another."""
    server.create(name, "/first")
    server.create(other_name, "/second")
    tokens = offline_grant(server, name)
    bare = tokens["access_token"].partition("~")[2]
    for stranger in (bare, f"{other_name}~{bare}"):
        response = server.rpc("check/user", {}, f"Bearer {stranger}")
        assert response.status in (400, 401)
    form = {
        "grant_type": "refresh_token",
        "refresh_token": f"{other_name}~{tokens['refresh_token'].partition('~')[2]}",
        "client_id": f"{other_name}~{KEY}",
    }
    refused = server.send("POST", "/oauth2/token", form)
    assert (refused.status, refused.json()["error"]) == (400, "invalid_grant")
    for each, path in ((name, "/first"), (other_name, "/second")):
        assert server.files_of_bearer(f"{each}~fakebox-bearer-token") == [path]


TWO_NAMES: dict[str, Send] = {
    "app key and code": lambda s, a, b: s.send(
        "POST",
        "/oauth2/token",
        {
            "grant_type": "authorization_code",
            "client_id": f"{a}~{KEY}",
            "client_secret": SECRET,
            "code": f"{b}~x",
        },
    ),
    "app key and refresh token": lambda s, a, b: s.send(
        "POST",
        "/oauth2/token",
        {"grant_type": "refresh_token", "client_id": f"{a}~{KEY}", "refresh_token": f"{b}~x"},
    ),
    "Basic header and form": lambda s, a, b: s.send(
        "POST",
        "/oauth2/token",
        {"grant_type": "refresh_token", "refresh_token": "x", "client_id": f"{b}~{KEY}"},
        Authorization=basic(f"{a}~{KEY}"),
    ),
    "OAuth 1.0 app key and token": lambda s, a, b: s.send(
        "POST", "/1/delta", oauth1(f"{a}~{KEY}", f"{b}~fakebox-token", "fakebox-token-secret")
    ),
    "header and token": lambda s, a, b: s.send(
        "GET",
        "/1/account/info",
        X_Fakebox_Namespace=a,
        Authorization=f"Bearer {b}~fakebox-bearer-token",
    ),
    "app key twice": lambda s, a, b: s.send(
        "GET", f"{authorize_url(f'{a}~{KEY}')}&client_id={b}~{KEY}"
    ),
    "Basic header and OAuth 1.0 token in JSON": lambda s, a, b: s.rpc(
        "auth/token/from_oauth1",
        {"oauth1_token": f"{b}~fakebox-token", "oauth1_token_secret": "x"},
        basic(f"{a}~{KEY}"),
    ),
    "app key in the header and token in the query": lambda s, a, b: s.send(
        "GET",
        f"/1/account/info?oauth_token={a}~fakebox-token",
        Authorization=f'OAuth oauth_consumer_key="{b}~{KEY}"',
    ),
}


@pytest.mark.parametrize("place", TWO_NAMES)
@pytest.mark.parametrize("exist", [True, False])
def test_request_that_names_two_namespaces_is_rejected(
    server: Server, name: str, other_name: str, place: str, exist: bool
) -> None:
    """The error names both, and no namespace is created."""
    if exist:
        server.create(name)
        server.create(other_name)
    before = server.names()
    response = TWO_NAMES[place](server, name, other_name)
    assert response.status == 400
    error = response.json()["error"]
    assert "names two namespaces" in error
    assert name in error
    assert other_name in error
    assert server.names() == before


@pytest.mark.parametrize(
    "prefix", ["", "Upper", "a b", "-a", "_a", "é", "a.b", "x" * 41, "x" * 5_000, "../a", "\x00"]
)
@pytest.mark.parametrize("kind", ["bearer", "client_id", "basic"])
def test_prefix_that_is_not_a_valid_name_is_rejected(
    server: Server, prefix: str, kind: str
) -> None:
    """A default credential with a malformed prefix is rejected; the error describes valid names."""
    before = server.names()
    if kind == "bearer":
        params = urlencode({"access_token": f"{prefix}~fakebox-bearer-token"})
        response = server.send("GET", f"/1/account/info?{params}")
    elif kind == "client_id":
        response = server.send("GET", authorize_url(f"{prefix}~{KEY}"))
    else:
        response = server.rpc("check/app", {}, basic(f"{prefix}~{KEY}"))
    assert response.status == 400
    error = response.json()["error"]
    assert "1 to 40 of a-z, 0-9, - and _" in error
    assert len(error) < 300
    assert server.names() == before


def test_header_with_an_invalid_name_is_rejected_beside_a_prefix(server: Server, name: str) -> None:
    """The error contains the beginning of the header."""
    headers = {
        "X-Fakebox-Namespace": "X" * 5_000,
        "Authorization": f"Bearer {name}~fakebox-bearer-token",
    }
    response = urllib3.request("GET", f"{server.box.url}/1/account/info", headers=headers)
    assert response.status == 400
    assert response.json()["error"].endswith(f"not '{'x' * 40}...'")
    assert name not in server.names()


UNKNOWN: dict[str, tuple[int, Send]] = {
    "bearer token": (
        401,
        lambda s, p, _: s.send("GET", "/1/account/info", Authorization=f"Bearer {p}sl.unknown"),
    ),
    "OAuth 1.0 token": (403, lambda s, p, _: s.send("POST", "/1/delta", oauth1(KEY, f"{p}x", "x"))),
    "app key of the page": (400, lambda s, p, _: s.send("GET", authorize_url(f"{p}unknown"))),
    "token beside a valid one": (
        401,
        lambda s, p, _: s.send(
            "PUT",
            f"/1/files_put/dropbox/a.txt?oauth_token={p}x",
            Authorization="Bearer fakebox-bearer-token",
        ),
    ),
    "Basic header": (401, lambda s, p, _: s.rpc("check/app", {}, basic(f"{p}unknown"))),
    "code of a well-known app": (
        400,
        lambda s, p, _: s.send(
            "POST",
            "/oauth2/token",
            {
                "grant_type": "authorization_code",
                "client_id": KEY,
                "client_secret": SECRET,
                "code": f"{p}x",
            },
        ),
    ),
    "refresh token of a well-known app": (
        400,
        lambda s, p, _: s.send(
            "POST",
            "/oauth2/token",
            {"grant_type": "refresh_token", "client_id": KEY, "refresh_token": f"{p}x"},
        ),
    ),
    "secret with a prefix alone": (
        400,
        lambda s, p, _: s.send(
            "POST",
            "/oauth2/token",
            {"grant_type": "x", "client_id": "x", "client_secret": f"{p}{SECRET}"},
        ),
    ),
    "request token of the page": (
        404,
        lambda s, p, _: s.send("GET", f"/1/oauth/authorize?oauth_token={p}fakebox-token"),
    ),
    "link": (404, lambda s, p, _: s.send("GET", f"/s/{p}x/a.txt")),
    "link of version 2": (404, lambda s, p, _: s.send("GET", f"/scl/fi/{p}x/a.txt?rlkey=x")),
    "step of a link": (404, lambda s, p, _: s.send("GET", f"/s/dl/{p}x/a.txt")),
    "address of a content": (404, lambda s, p, _: s.send("GET", f"/cd/0/get/{p}x/file")),
    "address of an archive": (404, lambda s, p, _: s.send("GET", f"/zip_download_get/{p}x")),
    "cursor of a long poll": (
        400,
        lambda s, p, _: s.send("GET", f"/1/longpoll_delta?cursor={p}x"),
    ),
}


@pytest.mark.parametrize("query", ["dl=1", "raw=1"])
def test_redirects_of_a_link_stay_in_its_namespace(server: Server, name: str, query: str) -> None:
    """Each step from a link to its content is a URL with the prefix, which needs no token."""
    server.create(name, "/folder/a.txt")
    bearer = {"Authorization": f"Bearer {name}~fakebox-bearer-token"}
    for path in ("/folder/a.txt", "/folder"):
        call = f"/1/shares/dropbox{path}?short_url=false"
        url = server.send("POST", call, **bearer).json()["url"]
        response = server.send("GET", f"{urlsplit(url).path}?{query}")
        while response.status in (301, 302):
            parts = urlsplit(response.headers["Location"])
            assert f"/{name}~" in parts.path
            response = server.send("GET", f"{parts.path}?{parts.query}")
        assert response.status == 200


def test_link_of_version_2_selects_its_namespace(server: Server, name: str) -> None:
    """A browser opens the link of a file or folder without a token."""
    server.create(name, "/folder/a.txt")
    for path in ("/folder/a.txt", "/folder"):
        response = server.rpc(
            "sharing/create_shared_link_with_settings",
            {"path": path},
            f"Bearer {name}~fakebox-bearer-token",
        )
        url = urlsplit(response.json()["url"])
        assert f"/{name}~" in url.path
        page = server.send("GET", f"{url.path}?{url.query}")
        assert (page.status, b"a.txt" in page.data) == (200, True)


@pytest.mark.parametrize("kind", UNKNOWN)
def test_unknown_credential_with_prefix_creates_no_namespace(
    server: Server, name: str, kind: str
) -> None:
    """An unknown credential with a prefix has the same error as any unknown credential."""
    status, send = UNKNOWN[kind]
    response = send(server, f"{name}~", name)
    # Some errors of the token endpoint are 400 in one version of the API and 401 in the other.
    assert response.status in ((400, 401) if status in (400, 401) else (status,))
    assert name not in server.names()


def test_form_of_another_site_creates_no_namespace(server: Server, name: str) -> None:
    """A page of another origin can send a form with the default app key."""
    form = {"grant_type": "authorization_code", "client_id": f"{name}~{KEY}", "code": "x"}
    for target in ("/oauth2/token", authorize_url(f"{name}~{KEY}")):
        server.send("POST", target, form, Origin="https://evil.example")
    assert name not in server.names()


def test_tilde_in_other_values_names_no_namespace(server: Server) -> None:
    """Only credentials name a namespace: a secret, a verifier, a state or a path does not."""
    form = {
        "grant_type": "authorization_code",
        "client_id": KEY,
        "client_secret": SECRET,
        "code": "unknown",
        "code_verifier": f"one~{'v' * 43}",
        "redirect_uri": "http://localhost/one~two",
    }
    response = server.send("POST", "/oauth2/token", form)
    assert response.json()["error"] == "invalid_grant"
    target = authorize_url(KEY, state="one~two")
    assert server.send("GET", target).status == 200
    url = "/1/metadata/dropbox/one~two?access_token=fakebox-bearer-token&code=one~two"
    assert server.send("GET", url).status == 404
    server.box.requests.clear()
