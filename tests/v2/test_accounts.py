"""Accounts, apps and tokens."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from hashlib import sha256
from urllib.parse import urlencode

import pytest

from fakebox.core import defaults
from fakebox.core.oauth2 import PkceChallenge
from fakebox.http.account_ids import account_id
from tests.core.cost import steps_of

VERIFIER = "a-verifier-of-at-least-forty-three-characters"
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


def test_current_account_has_the_details_of_the_account(api):
    """The current account has an email address, a type and an ID of 40 characters."""
    payload = api.rpc_null("users/get_current_account")
    assert payload["email"] == defaults.USER.email
    assert len(payload["account_id"]) == 40
    assert payload["account_type"] == {".tag": "pro"}


def test_accounts_are_found_by_account_id(api):
    """Accounts are found one by one, or in a batch in the order of its IDs."""
    mine = api.rpc_null("users/get_current_account")["account_id"]
    other = api.rpc_null("users/get_current_account", api.bearer(2))["account_id"]
    assert api.rpc("users/get_account", account_id=other)["email"] == defaults.OTHER.email
    payload = api.rpc("users/get_account_batch", account_ids=[other, mine])
    assert [one["is_teammate"] for one in payload] == [False, True]


def test_cost_of_accounts_does_not_depend_on_the_number_of_accounts(api):
    """Finding accounts takes the same number of SQLite steps with fifty accounts as with two."""

    def cost():
        get = {"account_id": other}, {"account_ids": [other, other]}
        return steps_of(
            api.world,
            lambda: (
                api.rpc("users/get_account", **get[0]),
                api.rpc("users/get_account_batch", **get[1]),
            ),
        )

    other = api.rpc_null("users/get_current_account", api.bearer(2))["account_id"]
    cost()
    few = cost()
    for number in range(50):
        api.world.accounts.create(f"user{number}@example.com", "password")
    assert cost() < few * 1.2


@pytest.mark.parametrize("unknown", ["dbid:" + "x" * 35, account_id(3), account_id(-1)])
def test_unknown_account_is_an_error(api, unknown):
    """An unknown account ID is rejected, and the error of a batch contains the ID."""
    assert api.fails("users/get_account", account_id=unknown) == {".tag": "no_account"}
    error = api.fails("users/get_account_batch", account_ids=[unknown])
    assert error == {".tag": "no_account", "no_account": unknown}


def test_space_usage_has_the_used_and_the_allocated_space(api):
    """The used space is the size of all files."""
    api.upload("/a", b"four")
    payload = api.rpc_null("users/get_space_usage")
    assert (payload["used"], payload["allocation"][".tag"]) == (4, "individual")


def test_feature_values_are_returned_for_the_requested_features(api):
    """Only requested features are returned, and a request without features fails."""
    payload = api.rpc("users/features/get_values", features=[{".tag": "file_locking"}])
    disabled = {".tag": "enabled", "enabled": False}
    assert payload == {"values": [{".tag": "file_locking", "file_locking": disabled}]}
    error = api.fails("users/features/get_values", features=[])
    assert error == {".tag": "empty_features_list"}


def test_check_returns_the_query(api, app_credentials):
    """The check routes for users and for apps return the query."""
    assert api.rpc("check/user", query="hallo") == {"result": "hallo"}
    assert api.rpc("check/app", app_credentials, query="hallo") == {"result": "hallo"}


@pytest.mark.parametrize(
    "who", ["", "Basic nonsense", "Basic \xfc", "Basic /w==", "Basic ", "Basic eA==", "Basic eDp5"]
)
def test_invalid_app_credentials_are_400_in_plain_text(api, who):
    """Malformed and unknown app credentials are answered with 400 in plain text."""
    response = api.post("check/app", {"query": "x"}, who)
    assert response.status_code == 400
    assert "authorization" in response.text.lower()


@pytest.mark.parametrize(
    ("route", "argument"),
    [
        ("check/app", {"query": "x"}),
        ("auth/token/from_oauth1", {"oauth1_token": "x", "oauth1_token_secret": "x"}),
    ],
)
def test_bearer_token_for_an_app_route_is_400(api, route, argument):
    """The error text names Basic authentication as expected, and does not contain the token."""
    response = api.post(route, argument, api.user)
    reason = 'Invalid authorization value in HTTP header "Authorization": "Bearer ...".'
    expected = 'Expecting "Basic <base64(app-key:app-secret)>".'
    assert (response.status_code, response.content_type) == (400, "text/plain; charset=utf-8")
    assert response.text == f'Error in call to API function "{route}": {reason}  {expected}'


def request_access_token(api, who="", **params):
    """Return the status and the decoded response of the token route."""
    form = "application/x-www-form-urlencoded"
    response = api.raw("/oauth2/token", urlencode(params), form, who)
    return response.status_code, json.loads(response.text)


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        ("code=%ff", "A parameter is not valid UTF-8."),
        ("a=1&" * 1001, "A request may have 1000 parameters at most."),
    ],
)
def test_token_route_rejects_a_form_that_cannot_be_decoded(api, form, reason):
    """A malformed form is answered with 400 and the reason."""
    response = api.raw("/oauth2/token", form, "application/x-www-form-urlencoded", "")
    assert response.status_code == 400
    assert response.text.endswith(reason)


@pytest.fixture
def code(api):
    """A function that issues authorization codes, as the authorization page does."""

    def issue(**argument):
        app = api.world.apps.find(defaults.APP_KEY)
        return api.world.oauth2.issue_code(app, 1, **argument)

    return issue


def test_code_is_exchanged_with_the_secret(api, code, app_credentials):
    """A code is exchanged with the secret for a token that does not expire by default."""
    params = {"grant_type": "authorization_code", "code": code()}
    status, payload = request_access_token(api, app_credentials, **params)
    assert (status, payload["token_type"], payload["uid"]) == (200, "bearer", "1")
    assert "expires_in" not in payload
    assert api.rpc_null("users/get_current_account", f"Bearer {payload['access_token']}")


def test_pkce_verifier_replaces_the_secret(api, code):
    """A refresh token from an exchange with PKCE is accepted without the secret."""
    params = {
        "grant_type": "authorization_code",
        "code": code(challenge=PkceChallenge(CHALLENGE, "S256"), offline=True),
        "code_verifier": VERIFIER,
        "client_id": defaults.APP_KEY,
    }
    _, payload = request_access_token(api, **params)
    assert payload["expires_in"] == 4 * 60 * 60
    api.world.clock.advance(payload["expires_in"])
    expired = api.post("users/get_current_account", who=f"Bearer {payload['access_token']}")
    assert expired.status_code == 401
    again = {"grant_type": "refresh_token", "refresh_token": payload["refresh_token"]}
    _, fresh = request_access_token(api, **again, client_id=defaults.APP_KEY)
    assert set(fresh) == {"access_token", "token_type", "expires_in"}
    assert api.rpc_null("users/get_current_account", f"Bearer {fresh['access_token']}")


NEEDS_SECRET = {
    "error": "invalid_request",
    "error_description": "No auth function available for given request",
}
CLIENT = "invalid_client: Invalid client_id or client_secret"
APP = {"client_id": defaults.APP_KEY}
SECRET = {**APP, "client_secret": defaults.APP_SECRET}


def test_refresh_token_issued_with_the_secret_requires_the_secret(api, code):
    """The client must authenticate with each refresh (RFC 6749, section 6)."""
    params = {"grant_type": "authorization_code", "code": code(offline=True)}
    _, granted = request_access_token(api, **params, **SECRET)
    again = {"grant_type": "refresh_token", "refresh_token": granted["refresh_token"]}
    assert request_access_token(api, **again, **APP) == (400, NEEDS_SECRET)
    status, _ = request_access_token(api, **again, **SECRET)
    assert status == 200


def test_refresh_token_of_a_pkce_grant_accepts_the_secret(api, code):
    """A refresh token of a PKCE grant is accepted with and without the secret."""
    params = {
        "grant_type": "authorization_code",
        "code": code(challenge=PkceChallenge(CHALLENGE, "S256"), offline=True),
        "code_verifier": VERIFIER,
    }
    _, granted = request_access_token(api, **params, **SECRET)
    again = {"grant_type": "refresh_token", "refresh_token": granted["refresh_token"]}
    assert [request_access_token(api, **again, **who)[0] for who in (APP, SECRET)] == [200, 200]


def test_code_without_secret_and_verifier_is_an_invalid_request(api, code):
    """An exchange without secret and verifier fails, and the code stays valid."""
    params = {"grant_type": "authorization_code", "code": code()}
    assert request_access_token(api, **params, **APP) == (400, NEEDS_SECRET)
    assert request_access_token(api, **params, **SECRET)[0] == 200


def basic_header(key, secret):
    """Return the Authorization header of an app."""
    return "Basic " + b64encode(f"{key}:{secret}".encode()).decode()


@pytest.mark.parametrize(
    ("who", "params"),
    [
        ("", {**APP, "client_secret": "wrong"}),
        (basic_header(defaults.APP_KEY, "wrong"), {}),
        (basic_header(defaults.APP_KEY, defaults.APP_SECRET), {"client_secret": "wrong"}),
        (basic_header(defaults.APP_KEY, "wrong"), SECRET),
        (basic_header(defaults.APP_KEY, defaults.APP_SECRET), {"client_id": "another"}),
    ],
    ids=["parameter", "basic", "wrong-parameter", "wrong-basic", "two-apps"],
)
def test_wrong_secret_is_an_invalid_client_even_with_pkce(api, code, who, params):
    """A wrong secret fails even with a verifier. The code and the refresh token stay valid."""
    exchange = {
        "grant_type": "authorization_code",
        "code": code(challenge=PkceChallenge(CHALLENGE, "S256"), offline=True),
        "code_verifier": VERIFIER,
    }
    status, error = request_access_token(api, who, **exchange, **params)
    assert (status, error["error"]) == (400, CLIENT)
    _, granted = request_access_token(api, **exchange, **APP)
    again = {"grant_type": "refresh_token", "refresh_token": granted["refresh_token"]}
    status, error = request_access_token(api, who, **again, **params)
    assert (status, error["error"]) == (400, CLIENT)


@pytest.mark.parametrize(
    "invalid_params",
    [
        {"code_verifier": "a"},
        {"code_verifier": "a" * 129},
    ],
)
def test_malformed_exchange_does_not_use_up_the_code(api, code, invalid_params):
    """The parameters of an exchange are checked before the code."""
    exchange = {
        "grant_type": "authorization_code",
        "code": code(challenge=PkceChallenge(CHALLENGE, "S256")),
        "code_verifier": VERIFIER,
    }
    status, error = request_access_token(api, **{**exchange, **invalid_params}, **APP)
    assert (status, error["error"]) == (400, "invalid_request")
    assert request_access_token(api, **exchange, **APP)[0] == 200


def test_exchange_by_another_app_does_not_use_up_the_code(api, code):
    """An exchange by another app fails, and the code stays valid."""
    other = api.world.apps.create("Other", key="other", secret="other-secret")
    exchange = {"grant_type": "authorization_code", "code": code()}
    other_credentials = {"client_id": other.key, "client_secret": other.secret}
    status, error = request_access_token(api, **exchange, **other_credentials)
    assert (status, error["error"]) == (400, "invalid_grant")
    assert request_access_token(api, **exchange, **SECRET)[0] == 200


def test_revoked_refresh_token_is_an_invalid_grant(api, code):
    """A refresh token can be revoked, as when a user disconnects the app."""
    params = {"grant_type": "authorization_code", "code": code(offline=True)}
    secret = {"client_id": defaults.APP_KEY, "client_secret": defaults.APP_SECRET}
    _, payload = request_access_token(api, **params, **secret)
    api.world.oauth2.revoke_refresh_token(payload["refresh_token"])
    again = {"grant_type": "refresh_token", "refresh_token": payload["refresh_token"]}
    status, error = request_access_token(api, **again, **secret)
    assert (status, error["error"]) == (400, "invalid_grant")


def test_revoking_an_access_token_revokes_its_refresh_token(api, code):
    """Revoking an access token also revokes its refresh token and the tokens issued with it."""
    secret = {"client_id": defaults.APP_KEY, "client_secret": defaults.APP_SECRET}
    params = {"grant_type": "authorization_code", "code": code(offline=True)}
    _, payload = request_access_token(api, **params, **secret)
    again = {"grant_type": "refresh_token", "refresh_token": payload["refresh_token"]}
    _, fresh = request_access_token(api, **again, **secret)
    assert api.post("auth/token/revoke", who=f"Bearer {fresh['access_token']}").status_code == 200
    status, error = request_access_token(api, **again, **secret)
    assert (status, error["error"]) == (400, "invalid_grant")
    for one in (payload, fresh):
        response = api.post("users/get_current_account", who=f"Bearer {one['access_token']}")
        assert json.loads(response.text)["error"] == {".tag": "invalid_access_token"}


@pytest.mark.parametrize(
    ("params", "status", "error"),
    [
        ({"client_id": "nobody"}, 400, CLIENT),
        ({"client_secret": "wrong"}, 400, CLIENT),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"code": ""}, 400, "invalid_request"),
        ({"code": "spent"}, 400, "invalid_grant"),
    ],
    ids=["app", "secret", "grant", "no code", "bad code"],
)
def test_token_route_returns_the_error_codes_of_rfc_6749(api, params, status, error):
    """An invalid request to the token route is answered with the error code of RFC 6749."""
    valid_params = {
        "grant_type": "authorization_code",
        "code": "x",
        "client_id": defaults.APP_KEY,
        "client_secret": defaults.APP_SECRET,
    }
    response = request_access_token(api, **{**valid_params, **params})
    assert (response[0], response[1]["error"]) == (status, error)


def test_oauth1_token_is_exchanged_for_a_bearer_token(api, app_credentials):
    """An OAuth 1 token is exchanged for the same bearer token each time."""
    argument = {"oauth1_token": defaults.TOKEN, "oauth1_token_secret": defaults.TOKEN_SECRET}
    tokens = [
        api.rpc("auth/token/from_oauth1", app_credentials, **argument)["oauth2_token"] for _ in "ab"
    ]
    assert tokens[0] == tokens[1]
    assert api.rpc_null("users/get_current_account", f"Bearer {tokens[0]}")


def test_oauth1_token_of_another_app_or_with_a_wrong_secret_is_an_error(api, app_credentials):
    """Unknown tokens, wrong secrets and tokens of other apps are rejected."""
    argument = {"oauth1_token": defaults.TOKEN, "oauth1_token_secret": "wrong"}
    for token in (defaults.TOKEN, "nothing"):
        response = api.post(
            "auth/token/from_oauth1", {**argument, "oauth1_token": token}, app_credentials
        )
        assert json.loads(response.text)["error"] == {".tag": "invalid_oauth1_token_info"}
    unknown = api.world.apps.create("Stranger", access="dropbox")
    token = api.world.tokens.issue(unknown, 1)
    argument = {"oauth1_token": token.token, "oauth1_token_secret": token.secret}
    response = api.post("auth/token/from_oauth1", argument, app_credentials)
    assert json.loads(response.text)["error"] == {".tag": "app_id_mismatch"}


def test_root_of_an_app_is_its_folder(api):
    """The root of an app with the access type "app_folder" is its folder."""
    sandbox = api.bearer(access="app_folder")
    api.upload("/mine", who=sandbox)
    api.upload("/outside")
    payload = api.rpc("files/list_folder", sandbox, path="")
    assert [entry["path_display"] for entry in payload["entries"]] == ["/mine"]
