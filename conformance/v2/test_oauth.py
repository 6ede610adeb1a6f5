"""OAuth 2: authorization, codes, PKCE, refresh tokens, and revoking tokens.

The consent of a user cannot be given by a program, so these cases run on the emulator.
"""

import hashlib
import re
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import parse_qs, urlsplit

import pytest

from conformance.v2.oauth import REDIRECT_URI, authorize, code, exchange, grant
from conformance.v2.shapes import check_error

ACCOUNT = "users/get_current_account"
REVOKE = "auth/token/revoke"
VERIFIER = "0123456789-abcdefghijklmnopqrstuvwxyz.ABCDEFGH~_"
BROWSER = "needs the consent of a user in a browser"


def challenge(verifier=VERIFIER):
    """Return the S256 challenge of a verifier."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def status_of(api, token):
    """Return the status of a request with a token."""
    return api.call(ACCOUNT, authorization=f"Bearer {token}").status


def error_of(response, status=400):
    """Check an error of the token endpoint and return its error and description."""
    assert response.status == status, (response.status, response.text)
    body = response.json()
    return body["error"], body.get("error_description")


def refresh(api, refresh_token, **fields):
    """Send a refresh token to the token endpoint."""
    return exchange(api, grant_type="refresh_token", refresh_token=refresh_token, **fields)


@pytest.mark.checks("v2-authorize-code")
@pytest.mark.not_live(BROWSER)
def test_code_on_a_page(api):
    """Without a redirect URI the page shows the code, which has 43 characters."""
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", code(api))


@pytest.mark.checks("v2-authorize-redirect")
@pytest.mark.not_live(BROWSER)
def test_code_in_a_redirect(api):
    """With a redirect URI the user is redirected with the code and the unchanged state."""
    state = "a b&c=d/é"
    response = authorize(api, redirect_uri=REDIRECT_URI, state=state)
    assert response.status in (302, 303)
    location = response.headers["Location"]
    assert location.startswith(f"{REDIRECT_URI}?")
    query = parse_qs(urlsplit(location).query)
    assert set(query) == {"code", "state"}
    assert query["state"] == [state]
    assert "state" not in parse_qs(
        urlsplit(authorize(api, redirect_uri=REDIRECT_URI).headers["Location"]).query
    )


@pytest.mark.checks("v2-authorize-implicit")
@pytest.mark.not_live(BROWSER)
def test_token_in_a_fragment(api):
    """The implicit grant sends the token in the fragment, with the account and the state."""
    response = authorize(
        api, response_type="token", redirect_uri=REDIRECT_URI, state="s", client_id=api.app[0]
    )
    parts = urlsplit(response.headers["Location"])
    assert parts.query == ""
    fragment = {name: value for name, (value,) in parse_qs(parts.fragment).items()}
    assert {"access_token", "token_type", "uid", "account_id", "state"} <= set(fragment)
    assert fragment["account_id"] == api.ok(ACCOUNT)["account_id"]
    assert status_of(api, fragment["access_token"]) == 200


@pytest.mark.checks("v2-authorize-errors")
@pytest.mark.not_live(BROWSER)
@pytest.mark.parametrize(
    "params",
    [
        {"client_id": "unknown"},
        {"client_id": ""},
        {"redirect_uri": "https://elsewhere.example/"},
        {"response_type": "nonsense"},
        {"token_access_type": "nonsense"},
        {"code_challenge": "short", "code_challenge_method": "S256"},
        {"code_challenge": VERIFIER, "code_challenge_method": "nonsense"},
    ],
    ids=str,
)
def test_page_of_an_invalid_request(api, params):
    """An invalid authorization request is a page with status 400, and no redirect."""
    response = authorize(api, **params)
    assert response.status == 400
    assert response.headers["Content-Type"].startswith("text/html")
    assert "Location" not in response.headers


@pytest.mark.checks("v2-authorize-errors")
@pytest.mark.not_live(BROWSER)
@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"client_id": "unknown"}, "Invalid client_id: &#34;unknown&#34;."),
        (
            {"redirect_uri": "https://elsewhere.example/"},
            "Invalid redirect_uri. It must exactly match one of the redirect URIs",
        ),
    ],
    ids=["client_id", "redirect_uri"],
)
def test_text_of_an_invalid_request(api, params, text):
    """The page of an invalid request has the text of the service."""
    assert text in authorize(api, **params).text


@pytest.mark.checks("v2-authorize-redirect-exact")
@pytest.mark.not_live(BROWSER)
@pytest.mark.parametrize(
    "uri",
    [
        "http://127.0.0.1:53566/auth/",
        "http://localhost:53682/other",
        "http://localhost:53682",
        "HTTP://LOCALHOST:53682/",
    ],
)
def test_redirect_uri_that_differs(api, uri):
    """A redirect URI has to be one of the registered ones, character by character."""
    response = authorize(api, redirect_uri=uri)
    assert response.status == 400


@pytest.mark.checks("v2-authorize-scope-empty")
@pytest.mark.not_live(BROWSER)
def test_empty_scope(api):
    """An empty scope is a page with status 400."""
    assert authorize(api, scope="").status == 400


@pytest.mark.checks("v2-authorize-state-length")
@pytest.mark.not_live(BROWSER)
def test_length_of_the_state(api):
    """A state of 500 bytes is accepted."""
    response = authorize(api, redirect_uri=REDIRECT_URI, state="x" * 500)
    assert response.status in (302, 303)


@pytest.mark.checks("v2-authorize-state-length")
@pytest.mark.not_live(BROWSER)
def test_length_of_a_long_state(api):
    """A state has up to 2000 bytes."""
    response = authorize(api, redirect_uri=REDIRECT_URI, state="x" * 2000)
    assert response.status in (302, 303)


@pytest.mark.checks("v2-token-offline")
@pytest.mark.not_live(BROWSER)
def test_offline_access(api):
    """Offline access is a token of four hours and a refresh token."""
    granted = grant(api, token_access_type="offline")
    assert set(granted) == {
        "access_token",
        "token_type",
        "expires_in",
        "refresh_token",
        "scope",
        "uid",
        "account_id",
    }
    assert (granted["token_type"], granted["expires_in"]) == ("bearer", 14400)
    assert isinstance(granted["uid"], str)
    assert granted["account_id"] == api.ok(ACCOUNT)["account_id"]
    scopes = granted["scope"].split(" ")
    assert scopes == sorted(scopes)
    assert {"account_info.read", "files.content.write"} <= set(scopes)
    assert status_of(api, granted["access_token"]) == 200


@pytest.mark.checks("v2-token-online")
@pytest.mark.not_live(BROWSER)
def test_online_access(api):
    """Online access is a token of four hours without a refresh token."""
    granted = grant(api, token_access_type="online")
    assert granted["expires_in"] == 14400
    assert "refresh_token" not in granted


@pytest.mark.checks("v2-token-default")
@pytest.mark.not_live(BROWSER)
def test_default_access(api):
    """Without token_access_type a token expires."""
    assert grant(api)["expires_in"] == 14400


@pytest.mark.checks("v2-token-content-type")
@pytest.mark.not_live(BROWSER)
def test_content_type_of_tokens(api):
    """The token endpoint returns JSON with the recorded type."""
    response = exchange(api, grant_type="authorization_code", code=code(api))
    assert response.headers["Content-Type"].startswith("text/javascript")


@pytest.mark.checks("v2-token-no-store")
@pytest.mark.not_live(BROWSER)
def test_tokens_are_not_stored(api):
    """A response with a token must not be stored."""
    response = exchange(api, grant_type="authorization_code", code=code(api))
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.checks("v2-code-once")
@pytest.mark.not_live(BROWSER)
def test_code_that_is_used_twice(api):
    """A code can be used once."""
    fields = {"grant_type": "authorization_code", "code": code(api)}
    assert exchange(api, **fields).status == 200
    found = error_of(exchange(api, **fields))
    assert found == ("invalid_grant", "code doesn't exist or has expired")


@pytest.mark.checks("v2-code-unknown")
@pytest.mark.not_live(BROWSER)
def test_unknown_code(api):
    """An unknown code is an invalid grant."""
    found = error_of(exchange(api, grant_type="authorization_code", code="A" * 43))
    assert found == ("invalid_grant", "code doesn't exist or has expired")


@pytest.mark.checks("v2-code-expires")
@pytest.mark.not_live(BROWSER)
def test_expired_code(api):
    """A code expires after a short time."""
    value = code(api)
    api.box.clock.advance(15 * 60)
    found = error_of(exchange(api, grant_type="authorization_code", code=value))
    assert found == ("invalid_grant", "code doesn't exist or has expired")


@pytest.mark.checks("v2-code-redirect")
@pytest.mark.not_live(BROWSER)
@pytest.mark.parametrize("given", ["", "http://127.0.0.1:53682/"])
def test_other_redirect_uri_at_the_token_endpoint(api, given):
    """The redirect URI of a code has to be repeated."""
    value = code(api, redirect_uri=REDIRECT_URI)
    fields = {"grant_type": "authorization_code", "code": value, "redirect_uri": given}
    found = error_of(exchange(api, **fields))
    assert found == ("invalid_grant", "redirect_uri mismatch")


@pytest.mark.checks("v2-token-secret")
@pytest.mark.not_live(BROWSER)
@pytest.mark.parametrize("field", ["client_id", "client_secret"])
def test_wrong_credentials_of_an_app_are_rejected(api, field):
    """A wrong key or secret is an error, and the code can be used afterwards."""
    fields = {"grant_type": "authorization_code", "code": code(api)}
    response = exchange(api, **{**fields, field: "wrong"})
    assert response.status == 400
    assert response.json()["error"].startswith("invalid_client")
    assert exchange(api, **fields).status == 200


@pytest.mark.checks("v2-token-secret")
@pytest.mark.not_live(BROWSER)
@pytest.mark.parametrize("field", ["client_id", "client_secret"])
def test_wrong_credentials_of_an_app(api, field):
    """A wrong key or secret is 400 with the error of the service."""
    fields = {"grant_type": "authorization_code", "code": code(api), field: "wrong"}
    found = error_of(exchange(api, **fields))
    assert found[0] == "invalid_client: Invalid client_id or client_secret"


@pytest.mark.checks("v2-token-basic")
@pytest.mark.not_live(BROWSER)
@pytest.mark.parametrize("has_key", [False, True], ids=["header", "header and form"])
def test_credentials_of_an_app_as_basic(api, has_key):
    """The key and the secret may be sent as HTTP Basic credentials, and the key in the form too."""
    basic = b64encode(":".join(api.app).encode()).decode()
    form = {"grant_type": "authorization_code", "code": code(api)}
    if has_key:
        form["client_id"] = api.app[0]
    response = api.form("/oauth2/token", form, Authorization=f"Basic {basic}")
    assert response.status == 200
    assert status_of(api, response.json()["access_token"]) == 200


@pytest.mark.checks("v2-token-two-apps")
@pytest.mark.not_live(BROWSER)
@pytest.mark.parametrize("key", ["a", "z"])
def test_credentials_of_two_apps(api, key):
    """The keys in the form and in the HTTP Basic credentials must be those of one app."""
    api.box.add_app("Another", key=key)
    basic = b64encode(":".join(api.app).encode()).decode()
    form = {"grant_type": "authorization_code", "code": code(api), "client_id": key}
    response = api.form("/oauth2/token", form, Authorization=f"Basic {basic}")
    assert error_of(response)[0].startswith("invalid_client")


@pytest.mark.checks("v2-token-no-auth")
@pytest.mark.not_live(BROWSER)
def test_code_without_a_secret(api):
    """A code without a challenge needs the secret."""
    fields = {"grant_type": "authorization_code", "code": code(api), "client_secret": ""}
    assert "No auth function available for given request" in exchange(api, **fields).text
    assert exchange(api, **fields).status == 400


@pytest.mark.checks("v2-token-grant-type")
@pytest.mark.not_live(BROWSER)
@pytest.mark.parametrize("grant_type", ["password", "client_credentials", ""])
def test_other_grant_types(api, grant_type):
    """Another grant type is not supported."""
    response = exchange(api, grant_type=grant_type, code=code(api))
    error, _ = error_of(response)
    assert error in ("unsupported_grant_type", "invalid_request")


@pytest.mark.checks("v2-pkce")
@pytest.mark.not_live(BROWSER)
@pytest.mark.parametrize("method", ["S256", "plain", None])
def test_pkce(api, method):
    """With a challenge the verifier replaces the secret; the default method is plain."""
    params = {"code_challenge": challenge() if method == "S256" else VERIFIER}
    if method:
        params["code_challenge_method"] = method
    fields = {"grant_type": "authorization_code", "code": code(api, **params)}
    response = exchange(api, **fields, client_secret="", code_verifier=VERIFIER)
    assert response.status == 200
    assert status_of(api, response.json()["access_token"]) == 200


@pytest.mark.checks("v2-pkce-wrong")
@pytest.mark.not_live(BROWSER)
@pytest.mark.parametrize("verifier", ["", VERIFIER[::-1], challenge()])
def test_wrong_verifier(api, verifier):
    """A wrong or missing verifier is an error."""
    params = {"code_challenge": challenge(), "code_challenge_method": "S256"}
    fields = {"grant_type": "authorization_code", "code": code(api, **params)}
    response = exchange(api, **fields, client_secret="", code_verifier=verifier)
    assert response.status == 400
    assert "access_token" not in response.text


@pytest.mark.checks("v2-pkce-wrong")
@pytest.mark.not_live(BROWSER)
@pytest.mark.parametrize("verifier", ["", VERIFIER[::-1]])
def test_wrong_verifier_with_a_secret(api, verifier):
    """The secret does not take the place of the verifier (RFC 7636, 4.6)."""
    params = {"code_challenge": challenge(), "code_challenge_method": "S256"}
    fields = {"grant_type": "authorization_code", "code": code(api, **params)}
    response = exchange(api, **fields, code_verifier=verifier)
    assert error_of(response)[0] == "invalid_grant"


@pytest.mark.checks("v2-refresh")
@pytest.mark.not_live(BROWSER)
def test_refresh(api):
    """A refresh token returns a new token, and neither changes nor expires."""
    granted = grant(api, token_access_type="offline")
    api.box.clock.advance(30 * 24 * 3600)
    assert status_of(api, granted["access_token"]) == 401
    tokens = set()
    for _ in range(2):
        response = refresh(api, granted["refresh_token"])
        assert response.status == 200
        body = response.json()
        assert set(body) == {"access_token", "token_type", "expires_in"}
        assert (body["token_type"], body["expires_in"]) == ("bearer", 14400)
        assert status_of(api, body["access_token"]) == 200
        tokens.add(body["access_token"])
    assert len(tokens) == 2


@pytest.mark.checks("v2-refresh-secret")
@pytest.mark.not_live(BROWSER)
def test_refresh_without_a_secret(api):
    """A refresh token needs the secret, unless its code had a challenge."""
    granted = grant(api, token_access_type="offline")
    response = refresh(api, granted["refresh_token"], client_secret="")
    assert response.status == 400
    assert "No auth function available for given request" in response.text
    params = {"code_challenge": challenge(), "code_challenge_method": "S256"}
    fields = {
        "grant_type": "authorization_code",
        "code": code(api, token_access_type="offline", **params),
        "code_verifier": VERIFIER,
        "client_secret": "",
    }
    granted = exchange(api, **fields).json()
    assert refresh(api, granted["refresh_token"], client_secret="").status == 200


@pytest.mark.checks("v2-refresh-invalid")
@pytest.mark.not_live(BROWSER)
def test_unknown_refresh_token(api):
    """An unknown refresh token is an invalid grant."""
    assert error_of(refresh(api, "A" * 64)) == (
        "invalid_grant",
        "refresh token is invalid or revoked",
    )


@pytest.mark.checks("v2-refresh-invalid")
@pytest.mark.not_live(BROWSER)
def test_refresh_token_of_another_app(api):
    """A refresh token of another app is an invalid grant, and stays valid."""
    value = grant(api, token_access_type="offline")["refresh_token"]
    other = api.box.add_app("Another")
    response = refresh(api, value, client_id=other.key, client_secret=other.secret)
    assert error_of(response)[0] == "invalid_grant"
    assert refresh(api, value).status == 200


@pytest.mark.checks("v2-refresh-malformed")
@pytest.mark.not_live(BROWSER)
def test_malformed_refresh_token(api):
    """A refresh token of an invalid form is malformed."""
    found = error_of(refresh(api, "not a refresh token"))
    assert found == ("invalid_grant", "refresh token is malformed")


@pytest.mark.checks("v2-refresh-scope")
@pytest.mark.not_live(BROWSER)
def test_refresh_with_other_scopes(api):
    """A scope that was not granted cannot be added, although the app has it (RFC 6749, 6)."""
    granted = grant(api, token_access_type="offline", scope="account_info.read")
    response = refresh(api, granted["refresh_token"], scope="account_info.read files.content.read")
    assert error_of(response)[0] == "invalid_scope"


@pytest.mark.checks("v2-refresh-scope")
@pytest.mark.not_live(BROWSER)
def test_refresh_with_fewer_scopes(api):
    """A refresh may narrow the scopes of the new token."""
    granted = grant(api, token_access_type="offline")
    response = refresh(api, granted["refresh_token"], scope="account_info.read")
    token = response.json()["access_token"]
    assert status_of(api, token) == 200
    response = api.call("files/list_folder", {"path": ""}, authorization=f"Bearer {token}")
    assert response.status == 401


@pytest.mark.checks("v2-scope-granted")
@pytest.mark.not_live(BROWSER)
def test_requested_scopes(api):
    """A token has the scopes that were requested."""
    granted = grant(api, scope="files.metadata.read account_info.read")
    assert granted["scope"] == "account_info.read files.metadata.read"


@pytest.mark.checks("v2-scope-earlier")
@pytest.mark.not_live(BROWSER)
def test_scopes_of_an_earlier_consent(api):
    """With include_granted_scopes a token has the scopes that were granted before as well."""
    grant(api, scope="account_info.read")
    assert grant(api, scope="files.metadata.read")["scope"] == "files.metadata.read"
    granted = grant(api, scope="files.content.read", include_granted_scopes="user")
    expected = ["account_info.read", "files.content.read", "files.metadata.read"]
    assert sorted(granted["scope"].split()) == expected


@pytest.mark.checks("v2-token-form")
@pytest.mark.not_live(BROWSER)
def test_form_of_tokens(api):
    """A short-lived token begins with sl., and a refresh token has 64 characters."""
    granted = grant(api, token_access_type="offline")
    assert granted["access_token"].startswith("sl.")
    assert len(granted["refresh_token"]) == 64


@pytest.mark.checks("v2-revoke")
@pytest.mark.not_live(BROWSER)
def test_revoke(api):
    """Revoking a token also disables its refresh token and all access tokens of that."""
    granted = grant(api, token_access_type="offline")
    other = grant(api, token_access_type="offline")
    second = refresh(api, granted["refresh_token"]).json()["access_token"]
    response = api.call(REVOKE, authorization=f"Bearer {granted['access_token']}")
    assert (response.status, response.json()) == (200, None)
    for token in (granted["access_token"], second):
        response = api.call(ACCOUNT, authorization=f"Bearer {token}")
        assert response.status == 401
        assert response.json()["error"] == {".tag": "invalid_access_token"}
    assert error_of(refresh(api, granted["refresh_token"]))[0] == "invalid_grant"
    assert status_of(api, other["access_token"]) == 200


@pytest.mark.checks("v2-from-oauth1")
@pytest.mark.not_live(BROWSER)
def test_token_of_version_1(api, app):
    """An OAuth 1.0 token is exchanged for a bearer token by its app."""
    token = api.box.add_token()
    argument = {"oauth1_token": token.token, "oauth1_token_secret": token.secret}
    response = api.call("auth/token/from_oauth1", argument, authorization=app)
    assert status_of(api, response.json()["oauth2_token"]) == 200
    argument["oauth1_token_secret"] = "wrong"
    response = api.call("auth/token/from_oauth1", argument, authorization=app)
    assert response.json()["error"] == {".tag": "invalid_oauth1_token_info"}


@pytest.mark.checks("v2-from-oauth1")
@pytest.mark.not_live(BROWSER)
def test_token_of_version_1_of_another_app(api, app):
    """An OAuth 1.0 token of another app is not exchanged."""
    token = api.box.add_token(app=api.box.add_app("Another"))
    argument = {"oauth1_token": token.token, "oauth1_token_secret": token.secret}
    response = api.call("auth/token/from_oauth1", argument, authorization=app)
    assert check_error(response) == "app_id_mismatch"


@pytest.mark.checks("v2-app-folder")
@pytest.mark.not_live("needs an app with access to its folder only")
def test_app_folder(api):
    """The root of an app with its own folder is that folder."""
    token = api.box.add_token(access_type="app_folder", bearer=True)
    authorization = f"Bearer {token.token}"
    argument = {"path": "/inside.txt"}
    put = api.call("files/upload", argument, b"x", authorization=authorization).json()
    assert (put["path_display"], put["path_lower"]) == ("/inside.txt", "/inside.txt")
    page = api.call("files/list_folder", {"path": ""}, authorization=authorization).json()
    assert [entry["path_display"] for entry in page["entries"]] == ["/inside.txt"]
    argument = {"path": api.folder}
    response = api.call("files/get_metadata", argument, authorization=authorization)
    assert response.status == 409
