"""Tokens and authorization from Python: `add_token`, `add_app` and `authorize`."""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime, timezone
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import urllib3

from fakebox import Fakebox, Token
from tests.raw_http import V1

WEB = "https://www.dropbox.com/oauth2/authorize"
CALLBACK = "https://app.example/callback"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode()
CHALLENGE = CHALLENGE.rstrip("=")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def box():
    """An emulator on a socket."""
    with Fakebox() as started:
        yield started


def account_of(box, token):
    """Return the e-mail address of the account of a bearer token, or else the status."""
    url = f"{box.url}/2/users/get_current_account"
    response = urllib3.request("POST", url, headers={"Authorization": f"Bearer {token}"})
    return response.json()["email"] if response.status == 200 else response.status


def exchange(box, **form):
    """Return the response of the token endpoint."""
    url = f"{box.url}/oauth2/token"
    return urllib3.request("POST", url, body=urlencode(form), headers=FORM).json()


def authorization_url(**params):
    """Return an authorization URL of the ready-made app."""
    query = {"client_id": "fakebox-app-key", "response_type": "code", **params}
    return f"{WEB}?{urlencode(query)}"


# --- add_token -----------------------------------------------------------------------------------


def test_token_without_options_is_for_oauth1(box):
    """By default `add_token` makes an OAuth 1.0 token with a secret and no scopes."""
    token = box.add_token()
    assert V1(box.url, token.access_token, token.secret).get("/account/info").status == 200
    assert (token.refresh_token, token.expires_at, token.scopes) == (None, None, ())


@pytest.mark.parametrize(
    "options",
    [
        {"bearer": True},
        {"token": "my-token"},
        {"scopes": ["account_info.read"]},
        {"expires_in_s": 60},
        {"refresh": True},
    ],
)
def test_token_with_an_option_of_oauth2_is_a_bearer_token(box, options):
    """Any option of OAuth 2 makes a bearer token of the account."""
    token = box.add_token("other@fakebox.example", **options)
    assert account_of(box, token) == "other@fakebox.example"
    assert token.secret is None


def test_token_has_its_values(box):
    """A token has the given value, the scopes in their usual order, and its time of expiry."""
    box.clock.freeze()
    box.clock.set(1_400_000_000)
    scopes = ["files.metadata.read", "account_info.read", "files.metadata.read"]
    token = box.add_token(token="my-token", scopes=scopes, expires_in_s=60, refresh="my-refresh")
    assert (str(token), token.token, token.access_token) == ("my-token",) * 3
    assert token.scopes == ("account_info.read", "files.metadata.read")
    expected = datetime.fromtimestamp(1_400_000_060, timezone.utc).replace(tzinfo=None)
    assert (token.refresh_token, token.expires_at) == ("my-refresh", expected)
    assert isinstance(token, Token)
    assert "my-" not in repr(token)


def test_expired_token_is_refreshed(box):
    """After a token has expired, its refresh token returns a new one with the same scopes."""
    token = box.add_token(expires_in_s=3600, refresh=True, scopes=["account_info.read"])
    box.clock.advance(3600)
    assert account_of(box, token) == 401
    form = {"grant_type": "refresh_token", "refresh_token": token.refresh_token}
    grant = exchange(box, **form, client_id="fakebox-app-key")
    assert account_of(box, grant["access_token"]) == "user@fakebox.example"
    listed = urllib3.request("GET", f"{box.url}/_fakebox/tokens").json()["tokens"]
    shown = {each["token"]: each for each in listed}
    assert shown[grant["access_token"]]["scopes"] == ["account_info.read"]
    assert shown[token.refresh_token]["type"] == "refresh"


def test_token_of_no_time_has_expired(box):
    """A lifetime of 0 makes a token that has expired."""
    assert account_of(box, box.add_token(expires_in_s=0)) == 401


def test_token_with_a_secret_is_for_oauth1(box):
    """A given token and secret are those of an OAuth 1.0 token."""
    token = box.add_token(token="my-token", secret="my-secret")
    assert V1(box.url, "my-token", "my-secret").get("/account/info").status == 200
    assert token.scopes == ()


def test_app_has_given_credentials(box):
    """An app has the given key, secret, redirect URIs and scopes, which limit its tokens."""
    app = box.add_app(
        "App",
        key="my-key",
        secret="my-secret",
        redirect_uris=["https://mine.example/"],
        scopes=["files.metadata.read"],
    )
    assert box.add_token(app=app, bearer=True).scopes == ("files.metadata.read",)
    with pytest.raises(ValueError, match=r"unknown scope 'sharing\.read'"):
        box.add_token(app=app, scopes=["sharing.read"])


def test_failed_token_changes_nothing(box):
    """If the access token exists already, its refresh token is not stored either."""
    with pytest.raises(ValueError, match="exists already"):
        box.add_token(token="fakebox-bearer-token", refresh="my-refresh")
    assert box.add_token(refresh="my-refresh").refresh_token == "my-refresh"


# --- authorize -----------------------------------------------------------------------------------


def test_code_without_a_redirect_is_returned(box):
    """Without a redirect URI the result is the code, which the app exchanges."""
    code = box.authorize(authorization_url(), "other@fakebox.example")
    client = {"client_id": "fakebox-app-key", "client_secret": "fakebox-app-secret"}
    grant = exchange(box, grant_type="authorization_code", code=code, **client)
    assert account_of(box, grant["access_token"]) == "other@fakebox.example"
    assert grant["scope"].split() == sorted(grant["scope"].split())


def test_code_is_in_the_redirect_url(box):
    """With a redirect URI the result is the URL with the code and the state."""
    result = box.authorize(authorization_url(redirect_uri=CALLBACK, state="s"))
    assert result.startswith(f"{CALLBACK}?")
    sent = parse_qs(urlsplit(result).query)
    assert (sent["state"], len(sent["code"])) == (["s"], 1)


def test_code_of_a_pkce_grant_is_exchanged_without_the_secret(box):
    """The challenge and the type of access of the URL apply to the code."""
    url = authorization_url(
        code_challenge=CHALLENGE, code_challenge_method="S256", token_access_type="offline"
    )
    form = {"grant_type": "authorization_code", "code": box.authorize(url)}
    grant = exchange(box, **form, client_id="fakebox-app-key", code_verifier=VERIFIER)
    assert (grant["expires_in"], "refresh_token" in grant) == (14400, True)


def test_implicit_grant_has_the_token_in_the_fragment(box):
    """The result of the implicit grant is a URL with a token that is accepted."""
    result = box.authorize(authorization_url(response_type="token", redirect_uri=CALLBACK))
    (token,) = parse_qs(urlsplit(result).fragment)["access_token"]
    assert account_of(box, token) == "user@fakebox.example"


@pytest.mark.parametrize("callback", ["", CALLBACK])
def test_oauth1_request_token_is_allowed(box, callback):
    """A URL of OAuth 1.0 allows the request token, and returns the callback or the token."""
    unsigned = V1(box.url, token="", secret="")
    token = parse_qs(unsigned.post("/oauth/request_token").data.decode())
    (key,), (secret,) = token["oauth_token"], token["oauth_token_secret"]
    query = {"oauth_token": key, **({"oauth_callback": callback} if callback else {})}
    result = box.authorize(f"{box.url}/1/oauth/authorize?{urlencode(query)}")
    assert result == (f"{callback}?oauth_token={key}&uid=1" if callback else key)
    assert V1(box.url, key, secret).post("/oauth/access_token").status == 200


def test_authorization_is_not_a_request(box):
    """The journal does not contain an authorization, because it is not a request."""
    box.authorize(authorization_url())
    assert len(box.requests) == 0


def test_error_of_authorization_does_not_contain_the_query(box):
    """The error for a URL of another page contains no parameter, which may be secret."""
    with pytest.raises(ValueError, match="authorization URL") as caught:
        box.authorize("https://user:pass@page.example/oauth2/authorize?state=secret")
    assert "secret" not in str(caught.value)
    assert "pass" not in str(caught.value)


def test_authorization_of_an_in_process_emulator_works():
    """An emulator without a socket accepts the URL of a host of Dropbox, or its own URL."""
    with Fakebox("inprocess") as box:
        for base in (WEB, f"{box.url}/oauth2/authorize"):
            assert box.authorize(f"{base}?client_id=fakebox-app-key&response_type=code")
